"""What checks of the gateway share: a request to send, and how to judge its fate."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.registry import expect
from conformance.exchange import Call, Exchange, Form, Step, Steps, Verdict
from conformance.journal import INDEXING
from conformance.judge.reaction import Reaction, matches, not_missed, react, summarize, why_unusable
from conformance.polling import insist
from conformance.world import BlockedError, World, base_params

READS = ("GetUrlUploadInfos", "BatchGetFileMeta", "GetTask", "GetBinding", "GetBatchMediaProducingJob")
ICE = frozenset({"GetUrlUploadInfos", "GetBatchMediaProducingJob"})
"""The reading operations of ICE; the others are of IMM."""

BY_PARAMETERS: Mapping[str, Any] = {"signature": "query", "named_by": "parameters"}
"""The form of a query-signed request as the documents have it."""

REGION = (("RegionId", "cn-hangzhou"),)
"""A parameter that no operation has, and that an official SDK sends."""

Judged = Generator[Step, Any, list[Verdict]]
"""A part of a flow that returns its verdicts."""

_NO_JOB = {"JobIds": ["0" * 32]}


def reads(world: World) -> tuple[Call, ...]:
    """Return a request of each reading operation that the target claims and must accept.

    Where it claims none, the request that indexes a file of the run's own stands in, if it may be sent.
    """
    found = tuple(bases(READS, world))
    return found or (tuple(bases(("IndexFileMeta",), world)) if world.writes else ())


def repeatable(world: World) -> tuple[Call, ...]:
    """Return a request of each operation that the target must accept as often as it is sent.

    That leaves out CreateBinding, since a bucket can be bound once only.
    """
    return tuple(bases((*READS, *(INDEXING if world.writes else ())), world))


def in_turn(world: World, forms: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Call, Mapping[str, Any]]]:
    """Pair the calls that are `repeatable` with some forms, so that each call and each form comes up.

    Raises BlockedError if there is no call.
    """
    a_read(world)
    calls = repeatable(world)
    for turn in range(max(len(calls), len(forms))):
        yield calls[turn % len(calls)], forms[turn % len(forms)]


def bases(names: Iterable[str], world: World) -> Iterator[Call]:
    """Yield a request that must be accepted of each of some operations, as far as it is claimed and can be made."""
    for name in names:
        params = _params(name, world) if name in world.operations else {}
        if params:
            yield Call(name, params, reuse=True)


def a_read(world: World, turn: int = 0) -> Call:
    """Return one of `reads`, another for each `turn`, so that checks spread over the operations.

    Raises BlockedError if there is none.
    """
    found = reads(world)
    if not found:
        raise nothing_to_send(world, "the target claims no operation that only reads")
    return found[turn % len(found)]


def nothing_to_send(world: World, why: str) -> BlockedError:
    """Return the error for a check without a request: for want of a resource if there is one, else `why`."""
    return BlockedError(next(iter(world.lacking.values()), why))


def _params(name: str, world: World) -> dict[str, Any]:
    try:
        return base_params(name, world)
    except BlockedError:
        # An unknown job id is answered, not refused (ICE-GUUI-NONEXIST-JOBID).
        return dict(_NO_JOB) if name == "GetUrlUploadInfos" else {}


def ask(call: Call) -> Steps:
    """Send a request that must be accepted, and again while one of several servers does not know what it names."""
    return (yield from insist(call, not_missed))


def shaped(call: Call, **form: Any) -> Call:
    """Return `call` in another form; it is not reused."""
    return replace(call, form=replace(call.form, **form), reuse=False)


def control(call: Call, **form: Any) -> Call:
    """Return `call` in another form, as a control: sent once in a run."""
    return replace(call, form=replace(call.form, **form), reuse=True)


def plain(form: Form) -> bool:
    """Return whether a form is what any client would send: nothing in it is wrong."""
    return form == Form(placement=form.placement, method=form.method, spelling=form.spelling)


def accepted(requirement: str, probe: Exchange, twin: Exchange, expected: str, *codes: str) -> Verdict:
    """Judge a request that differs from an accepted one in something that must not matter.

    With `codes` only a refusal with one of them says anything.
    """
    reaction = react(probe)
    if reaction is Reaction.ACCEPTED:
        return Verdict(requirement, "conforms", exchange=probe, control=twin)
    unsure = _unsure(probe, twin) or (why_unusable(probe) if codes and not matches(_code(probe), codes) else "")
    if unsure:
        return Verdict(requirement, "inconclusive", observed=unsure)
    observed = f"{reaction.value}: {summarize(probe)}"
    return expect(requirement, False, expected=expected, observed=observed, exchange=probe, control=twin)


def refused(  # the parts of one sentence
    requirement: str,
    probe: Exchange,
    twin: Exchange,
    what: str,
    *,
    codes: tuple[str, ...] = (),
    statuses: tuple[int, ...] = (),
) -> Verdict:
    """Judge a request that must be refused; its `twin` must have been accepted.

    `codes` and `statuses` are those that the refusal must have, none if any will do.
    """
    unsure = _unsure(probe, twin)
    if unsure:
        return Verdict(requirement, "inconclusive", observed=unsure)
    assert probe.answer is not None
    status = probe.answer.status
    right = 400 <= status < 500 and (not codes or matches(_code(probe), codes))
    return expect(
        requirement,
        right and (not statuses or status in statuses),
        expected=f"{what} is refused{_wanted(codes, statuses)}",
        observed=f"{react(probe).value}: {summarize(probe)}",
        exchange=probe,
        control=twin,
    )


def _wanted(codes: tuple[str, ...], statuses: tuple[int, ...]) -> str:
    parts = [f"HTTP {' or '.join(map(str, statuses))}"] if statuses else []
    parts += [f"the Code {' or '.join(codes)}"] if codes else []
    return f" with {' and '.join(parts)}" if parts else ""


def _code(exchange: Exchange) -> str:
    return exchange.answer.code if exchange.answer else ""


def _unsure(probe: Exchange, twin: Exchange) -> str:
    if react(twin) is not Reaction.ACCEPTED:
        return f"the control was not accepted: {why_unusable(twin)}"
    if probe.answer is None or react(probe) is Reaction.THROTTLED:
        return why_unusable(probe)
    return ""


def settled(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield the verdicts, without those that are inconclusive where others of the requirement are not."""
    given = list(verdicts)
    decided = {v.requirement for v in given if v.outcome != "inconclusive"}
    yield from (v for v in given if v.outcome != "inconclusive" or v.requirement not in decided)
