"""How a request reaches its operation: method, action, version (facts rpc-protocol.md 1 and 8)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from conformance.checks.probing import (
    BY_PARAMETERS,
    ICE,
    Judged,
    a_read,
    accepted,
    ask,
    bases,
    control,
    in_turn,
    reads,
    refused,
    settled,
    shaped,
)
from conformance.checks.registry import check, expect, watch
from conformance.exchange import Call, Exchange, Flow, Step, Verdict
from conformance.judge.reaction import Reaction, matches, react, summarize, why_unusable
from conformance.world import World
from strategies import RawText

Pair = tuple[Exchange, Exchange]
"""What came of one read by POST and by GET."""

_OF_VOD = "GetURLUploadInfos"
_NEAR_VERSION = "2020-10-01"
"""Begins like the versions of both services, and is none."""
_OF_IMM, _OF_ICE = "2020-09-30", "2020-11-09"
_BY_GET = ("CreateBinding", "IndexFileMeta")
_UNNAMED = ("InvalidAction*", "InvalidApi*", "InvalidVersion*", "MissingAction*", "MissingVersion*")


def _unserved(exchange: Exchange) -> bool:
    """Return whether the operation is not there for this method."""
    answer = exchange.answer
    if answer is None:
        return False
    bare = answer.status in (404, 405, 501) and not answer.code
    return bare or answer.status == 405 or react(exchange) is Reaction.UNKNOWN_OPERATION


@watch("Gateway/behavior/post", operation="*", scope="any")
def post(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-COM-POST."""
    if exchange.call.form.method != "POST" or exchange.answer is None:
        return
    turned_away = exchange.answer.status == 405 or exchange.answer.code == "UnsupportedHTTPMethod"
    if exchange.accepted or (turned_away and not exchange.call.form.tamper):
        yield expect(
            "Gateway/behavior/post",
            exchange.accepted,
            expected=f"{exchange.call.operation} is served by POST",
            observed=summarize(exchange),
            exchange=exchange,
        )


@check("Gateway/behavior/get-and-post", "Gateway/behavior/get")
def both_methods(world: World) -> Flow:
    """RPC-METHODS: one operation at least by both methods; as soon as one is, no more are asked."""
    a_read(world)
    pairs: list[Pair] = []
    for call in reads(world):
        posted = yield from ask(call)
        got = yield from ask(control(call, method="GET"))
        pairs.append((posted, got))
        if got.accepted:
            break
    yield from settled([*_got(pairs), _both(pairs)])


@check("Gateway/behavior/post", "Gateway/behavior/get")
def methods(world: World) -> Flow:
    """IMM-COM-POST, IMM-COM-GET: each operation by both methods."""
    a_read(world)
    pairs: list[Pair] = []
    for call in reads(world):
        posted = yield from ask(call)
        got = yield from ask(control(call, method="GET"))
        pairs.append((posted, got))
    bare: list[Exchange] = []
    for name in _BY_GET:
        if name in world.operations and world.writes is not None:
            got = yield shaped(Call(name, {}), method="GET")
            bare.append(got)
    yield from settled([*(_posted(posted) for posted, _ in pairs), *_got(pairs, bare)])


def _got(pairs: Sequence[Pair], bare: Iterable[Exchange] = ()) -> Iterator[Verdict]:
    """Judge GET of each operation; where none is served by it, that is told once, of the gateway."""
    if not any(got.accepted for _, got in pairs):
        yield Verdict("Gateway/behavior/get", "inconclusive", observed="no operation is served by GET")
        return
    for posted, got in pairs:
        yield accepted("Gateway/behavior/get", got, posted, f"{got.call.operation} is served by GET")
    for got in bare:
        yield from _found_by_get(got)


def _posted(posted: Exchange) -> Verdict:
    if not posted.accepted and not _unserved(posted):
        return Verdict("Gateway/behavior/post", "inconclusive", observed=why_unusable(posted))
    return expect(
        "Gateway/behavior/post",
        posted.accepted,
        expected=f"{posted.call.operation} is served by POST",
        observed=summarize(posted),
        exchange=posted,
    )


def _found_by_get(got: Exchange) -> Iterator[Verdict]:
    """Judge a GET without parameters: what is refused for them was found."""
    if _unserved(got) or react(got).refuses:
        yield expect(
            "Gateway/behavior/get",
            not _unserved(got),
            expected=f"{got.call.operation} is served by GET",
            observed=summarize(got),
            exchange=got,
        )


def _both(pairs: Sequence[Pair]) -> Verdict:
    verdicts = [
        accepted("Gateway/behavior/get-and-post", got, posted, "what POST serves is served by GET")
        for posted, got in pairs
    ]
    order = ("conforms", "violates", "inconclusive")
    return min(verdicts, key=lambda v: order.index(v.outcome))


@check("Gateway/behavior/other-methods")
def other_methods(world: World) -> Flow:
    """RPC-METHOD-OTHER; the statuses of RPC-9.4."""
    call = a_read(world)
    twin: Exchange = yield call
    for method in ("PUT", "DELETE"):
        probe: Exchange = yield shaped(call, method=method)
        yield refused(
            "Gateway/behavior/other-methods",
            probe,
            twin,
            f"{method}",
            codes=("UnsupportedHTTPMethod",),
            statuses=(400, 403, 405),
        )


@check("Gateway/behavior/action-by-headers")
def action_by_headers(world: World) -> Flow:
    """IMM-COM-ACTION-HEADER."""
    a_read(world)
    answers: list[Exchange] = []
    named: list[Verdict] = []
    for call in reads(world):
        answer = yield from ask(call)
        answers.append(answer)
        named.append(_named("Gateway/behavior/action-by-headers", answer))
    swapped = yield from _swapped("Gateway/behavior/action-by-headers", answers)
    yield from settled([*named, *swapped])


def named_by_parameters(world: World) -> tuple[Call, ...]:
    """Return the calls of which `action-by-parameters` tells that they are not found."""
    return reads(world)[:3]


@check("Gateway/behavior/action-by-parameters")
def action_by_parameters(world: World) -> Flow:
    """IMM-COM-ACTION-QUERY."""
    a_read(world)
    answers: list[Exchange] = []
    verdicts: list[Verdict] = []
    for call in named_by_parameters(world):
        twin = yield from ask(call)
        probe = yield from ask(control(call, **BY_PARAMETERS))
        answers.append(probe)
        text = "an operation is selected by the parameters Action and Version"
        verdicts.append(accepted("Gateway/behavior/action-by-parameters", probe, twin, text))
    swapped = yield from _swapped("Gateway/behavior/action-by-parameters", answers)
    yield from settled([*verdicts, *swapped])


def _named(requirement: str, exchange: Exchange) -> Verdict:
    answer = exchange.answer
    lost = answer is not None and matches(answer.code, _UNNAMED)
    if not exchange.accepted and not lost:
        return Verdict(requirement, "inconclusive", observed=why_unusable(exchange))
    return expect(
        requirement,
        not lost,
        expected=f"x-acs-action and x-acs-version select {exchange.call.operation}",
        observed=summarize(exchange),
        exchange=exchange,
    )


def _swapped(requirement: str, answers: list[Exchange]) -> Judged:
    """Ask for one operation with the parameters of another; return what that shows."""
    usable = [e for e in answers if e.accepted]
    for one, other in combinations(usable, 2):
        named, meant = other.call.operation, one.call.operation
        if (meant in ICE) is not (named in ICE):
            continue
        probe: Exchange = yield Call(named, dict(_on_wire(one.call)), one.call.form)
        same = probe.accepted and set(probe.value) == set(one.value) != set(other.value)
        verdict = expect(
            requirement,
            not same,
            expected=f"{named} is selected where it is named",
            observed=f"the answer is that of {meant}",
            exchange=probe,
            control=one,
        )
        return [verdict]
    return []


def _on_wire(call: Call) -> Iterator[tuple[str, Any]]:
    """Yield the parameters in the text that they have in `call`, whatever operation they are sent to."""
    for name, value in call.params.items():
        joined = call.operation in ICE and isinstance(value, list)
        yield name, RawText(",".join(value)) if joined else value


@check("Gateway/behavior/unknown-action")
def unknown_action(world: World) -> Flow:
    """RPC-ACTION-UNKNOWN, by the header and by the parameter."""
    near, far = a_read(world), a_read(world, 1)
    verdicts: list[Verdict] = []
    for call, action, form in (
        (near, f"{near.operation}s", {}),
        (far, f"Describe{world.token}", {}),
        (near, f"Describe{world.token}", BY_PARAMETERS),
    ):
        twin: Exchange = yield control(call, **form)
        probe: Exchange = yield shaped(call, action=action, **form)
        verdicts.append(
            refused(
                "Gateway/behavior/unknown-action",
                probe,
                twin,
                "an unknown action",
                codes=("InvalidAction.NotFound", "InvalidApi.NotFound"),
                statuses=(404,),
            )
        )
    yield from settled(verdicts)


@check("Gateway/behavior/action-case")
def action_case(world: World) -> Flow:
    """RPC-ACTION-CASE; ICE-GUUI-ACTION-NAME names the spelling of another service."""
    verdicts: list[Verdict] = []
    for call in reads(world):
        if call.operation == "GetUrlUploadInfos":
            known: Exchange = yield call
            other: Exchange = yield shaped(call, action=_OF_VOD)
            verdicts.append(refused("Gateway/behavior/action-case", other, known, f"the action '{_OF_VOD}'"))
    spelled = [(call, form, call.operation.lower()) for call, form in in_turn(world, ({}, BY_PARAMETERS))]
    upper, inner = a_read(world, 1), a_read(world, 2)
    spelled.append((upper, {}, upper.operation.upper()))
    spelled.append((inner, BY_PARAMETERS, inner.operation[0].lower() + inner.operation[1:]))
    for call, form, action in spelled:
        twin: Exchange = yield control(call, **form)
        probe: Exchange = yield shaped(call, action=action, **form)
        verdicts.append(refused("Gateway/behavior/action-case", probe, twin, f"the action '{action}'"))
    yield from settled(verdicts)


@check("Gateway/behavior/unknown-version", "Gateway/behavior/other-services-version")
def unknown_version(world: World) -> Flow:
    """RPC-VERSION-UNKNOWN, by the header and by the parameter; a version that another service has."""
    verdicts: list[Verdict] = [(yield from _of_the_other_service(a_read(world)))]
    plain: Mapping[str, Any] = {}
    pairs = [*in_turn(world, (BY_PARAMETERS, plain)), *((call, plain) for call in bases(("CreateBinding",), world))]
    for turn, (call, form) in enumerate(pairs):
        version = ("2099-12-31", _NEAR_VERSION)[turn % 2]
        twin: Exchange = yield control(call, **form)
        probe: Exchange = yield shaped(call, version=version, **form)
        verdicts.append(
            refused(
                "Gateway/behavior/unknown-version",
                probe,
                twin,
                "an unknown version",
                codes=("InvalidVersion", "InvalidVersion.*"),
            )
        )
    yield from settled(verdicts)


def _of_the_other_service(call: Call) -> Generator[Step, Any, Verdict]:
    """Name the version of the other service; where that is on another address, no Code is expected of this one."""
    version = _OF_IMM if call.operation in ICE else _OF_ICE
    twin: Exchange = yield call
    probe: Exchange = yield shaped(call, version=version)
    what = f"{call.operation} under the version of the other service"
    return refused("Gateway/behavior/other-services-version", probe, twin, what)
