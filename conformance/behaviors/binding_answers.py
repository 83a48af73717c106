"""What every answer of CreateBinding and GetBinding shows by itself (facts imm.md 3.5 and 4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.behaviors.instants import read_instant
from conformance.behaviors.own import asked, member, undisguised
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", re.ASCII)
_BUCKET = re.compile(r"oss://[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", re.ASCII)
_ECHOED = {"ProjectName": _NAME, "DatasetName": _NAME, "URI": _BUCKET}
_SCANNED = ("Running", "Stopped")
"""States of a binding whose scanning has started; one whose creation failed has nothing to scan."""


@watch("CreateBinding/behavior/success-200")
def created_with_200(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-CB-OK: a creation is answered with 200 and no other 2xx."""
    yield _with_200("CreateBinding/behavior/success-200", exchange)


@watch("GetBinding/behavior/success-200")
def read_with_200(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GB-OK: a reading is answered with 200 and no other 2xx."""
    yield _with_200("GetBinding/behavior/success-200", exchange)


@watch("CreateBinding/behavior/echo")
def created_as_asked(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-CB-ECHO: the new binding is the one that was asked for."""
    yield from _echo("CreateBinding/behavior/echo", exchange)


@watch("GetBinding/behavior/echo")
def read_as_asked(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GB-ECHO: the binding read is the one that was asked for."""
    yield from _echo("GetBinding/behavior/echo", exchange)


@watch("CreateBinding/behavior/phase-empty-before-scan")
def created_with_phase(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-CB-PHASE, C8: no phase only while nothing is scanned."""
    yield from _phase("CreateBinding/behavior/phase-empty-before-scan", exchange)


@watch("GetBinding/behavior/phase-empty-only-ready")
def read_with_phase(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GB-PHASE-ENUM, C8: no phase only while nothing is scanned."""
    yield from _phase("GetBinding/behavior/phase-empty-only-ready", exchange)


@watch("CreateBinding/behavior/reason-only-failed")
def reason_of_failure(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-CB-REASON: a reason is given for a failure only."""
    binding = member(exchange, "Binding")
    state, reason = binding.get("State"), binding.get("Reason", "")
    if isinstance(state, str) and state not in ("Failed", "Retrying") and isinstance(reason, str):
        yield expect(
            "CreateBinding/behavior/reason-only-failed",
            not reason,
            expected=f"no Reason while State is '{state}'",
            observed=f"Reason is '{reason[:80]}'",
            exchange=exchange,
        )


@watch("GetBinding/behavior/time-order")
def update_after_creation(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GB-TIME-ORDER: nothing is updated before it was created."""
    binding = member(exchange, "Binding")
    created, updated = read_instant(binding.get("CreateTime")), read_instant(binding.get("UpdateTime"))
    if created and updated:
        yield expect(
            "GetBinding/behavior/time-order",
            not updated.precedes(created),
            expected="UpdateTime not before CreateTime",
            observed=f"UpdateTime {binding['UpdateTime']}, CreateTime {binding['CreateTime']}",
            exchange=exchange,
        )


def _with_200(requirement: str, exchange: Exchange) -> Verdict:
    assert exchange.answer is not None
    status = exchange.answer.status
    return expect(requirement, status == 200, expected="HTTP 200", observed=f"HTTP {status}", exchange=exchange)


def _echo(requirement: str, exchange: Exchange) -> Iterator[Verdict]:
    if not undisguised(exchange):
        return
    binding = member(exchange, "Binding")
    pairs = {
        name: (asked(exchange, name), binding[name])
        for name, rule in _ECHOED.items()
        if rule.fullmatch(asked(exchange, name)) and isinstance(binding.get(name), str)
    }
    if pairs:
        wrong = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        name, (wanted, found) = next(iter((wrong or pairs).items()))
        yield expect(
            requirement,
            not wrong,
            expected=f"{name} of the binding is '{wanted}' as in the request",
            observed=f"{name} is '{found}'",
            exchange=exchange,
        )


def _phase(requirement: str, exchange: Exchange) -> Iterator[Verdict]:
    binding = member(exchange, "Binding")
    state, phase = binding.get("State"), binding.get("Phase") or ""
    if state == "Ready" or state in _SCANNED:
        yield expect(
            requirement,
            state == "Ready" or phase != "",
            expected=f"a Phase while State is '{state}'",
            observed="Phase is empty" if "Phase" in binding else "Phase is absent",
            exchange=exchange,
        )
