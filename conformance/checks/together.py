"""What must be accepted, many rows in one request: a limit that is kept costs no request of its own.

Only where such a request is refused are its rows sent by halves, down to the
one that is to blame, which is then judged as it is by itself. That all are
refused together although each is accepted alone breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from conformance.checks.exploration import wire_length
from conformance.checks.registry import Case, conforms
from conformance.checks.rows import base_request, judge_row, named_rows, tier_of
from conformance.exchange import Call, Exchange, Flow, Verdict
from conformance.judge.reaction import react, why_unusable
from conformance.wire.encoding import LONGEST_QUERY
from conformance.world import PLACEHOLDER, BlockedError, World
from openapi import Contract, Operation
from strategies import Row
from strategies.joining import join, joinable

_MOST_BLAMED = 4
"""So many rows of a request are looked for; at a server that refuses more, the others are left to themselves."""


def together_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the case of an operation that sends its rows together, if there are several."""
    groups = _groups(contract, operation, PLACEHOLDER)
    ids = [_requirement(row) for group in groups for row in group]
    if not ids:
        return

    def flow(world: World) -> Flow:
        return _together(contract, operation, world)

    name = f"{operation.name}/request/accepts[together]"
    yield Case(name, operation.name, tuple(ids), flow, tier_of(operation), brief=True)


def _requirement(row: Row) -> str:
    return f"{row.requirement}/accepts"


def _groups(contract: Contract, operation: Operation, world: World) -> list[Sequence[Row]]:
    """Return what is sent together: of each requirement the last of its rows, which is at the limit."""
    base = base_request(operation, world)
    found = [row for row in named_rows(operation, world) if row.expect == "accepts" and row.params != base]
    last = {row.requirement: row for row in found if _requirement(row) in contract.ledger}

    def fits(params: Mapping[str, Any]) -> bool:
        return wire_length(operation, dict(params)) <= LONGEST_QUERY

    return [group for group in joinable(base, last.values(), fits) if len(group) > 1]


def _together(contract: Contract, operation: Operation, world: World) -> Flow:
    base, groups = base_request(operation, world), _groups(contract, operation, world)
    control = yield Call(operation.name, base, reuse=True)
    if not react(control).understands:
        why = f"the control was not accepted: {why_unusable(control)}"
        for row in (row for group in groups for row in group):
            yield Verdict(_requirement(row), "inconclusive", observed=why)
        return
    for group in groups:
        yield from _narrowed(contract, operation, base, group, world)


def _narrowed(
    contract: Contract, operation: Operation, base: Mapping[str, Any], rows: Sequence[Row], world: World
) -> Flow:
    """Send rows together, and where that is refused, halves of them."""
    waiting, blamed = [rows], 0
    while waiting and blamed < _MOST_BLAMED:
        part = waiting.pop()
        if len(part) == 1:
            blamed += 1
            with suppress(BlockedError):  # said where the row is sent by itself
                yield from judge_row(contract, operation.name, part[0], world)
            continue
        probe: Exchange | None = None
        with suppress(BlockedError):  # for one of the rows, or some of them
            probe = yield Call(operation.name, join(base, part))
        if probe is not None and react(probe).understands:
            for row in part:
                yield conforms(_requirement(row), probe)
        else:
            middle = len(part) // 2
            waiting += [part[:middle], part[middle:]]
