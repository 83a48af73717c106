"""Exploration around the named rows: Hypothesis and schemathesis draw requests."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from conformance.checks.drawing import draw_examples, repeatable
from conformance.checks.made_up import may_be_missing, misses_strange, refuse_full
from conformance.checks.registry import Case
from conformance.checks.rows import WRITING, base_request, judge_row, tier_of
from conformance.checks.schema_cases import coverage_requests
from conformance.exchange import Call, Exchange, Flow, Steps, Trying, Verdict
from conformance.judge.reaction import (
    Reaction,
    misses_made_up,
    misses_some,
    not_missed,
    react,
    refused_for_rule,
    summarize,
    why_unusable,
)
from conformance.judge.requests import RequestJudge
from conformance.polling import insist
from conformance.settings import Extent
from conformance.wire.encoding import LONGEST_QUERY, encode_params, encode_value, join_pairs
from conformance.world import PLACEHOLDER, BlockedError, World
from openapi import Contract, Operation, Parameter
from strategies import valid_requests, violations

_KNOWN = "found, as what it names was found before"
IDENTITY = ("ProjectName", "DatasetName", "URI", "TaskId", "TaskType", "JobId", "JobIds", "UploadURLs", "URIs")


def exploration_cases(contract: Contract, operation: Operation, extent: Extent) -> Iterator[Case]:
    """Yield the exploring cases of an operation, as many as a profile asks for."""
    if not extent.examples:
        return
    tier = tier_of(operation)
    accepts = f"{operation.name}/request/accepts"
    refusals = tuple(r.id for r in contract.of(operation.name) if r.side == "request" and r.aspect == "refuses")

    def coverage(world: World) -> Flow:
        return _coverage(contract, operation, accepts, world, extent.coverage)

    for number in range(1, extent.rounds + 1):
        again = f"[{number}]" if number > 1 else ""
        name = f"{operation.name}/explore/valid{again}"
        valid = partial(_valid, operation, accepts, case=name, count=extent.examples, number=number)
        yield Case(name, operation.name, (accepts,), valid, tier, brief=True)
        if refusals:
            name = f"{operation.name}/explore/violations{again}"
            broken = partial(_broken, contract, operation, case=name, count=extent.examples, number=number)
            yield Case(name, operation.name, refusals, broken, tier, brief=True)
    name = f"{operation.name}/explore/schemathesis"
    yield Case(name, operation.name, (accepts, *refusals), coverage, tier, brief=True)


def _start(name: str, number: int, world: World) -> int:
    """Return the seed of a round of drawing; no two rounds of two runs with different seeds have the same one."""
    return zlib.crc32(name.encode()) + 2 * (number - 1) + (world.seed << 32)


def _fixed(base: dict[str, Any]) -> dict[str, Any]:
    """Return what of the base request names existing resources."""
    return {name: value for name, value in base.items() if name in IDENTITY}


def _valid(operation: Operation, accepts: str, world: World, *, case: str, count: int, number: int) -> Flow:
    """Send whole valid requests; a correct server accepts them."""
    base = base_request(operation, world)
    control = yield Call(operation.name, base, reuse=True)
    start, recalled = _start(operation.name, number, world), world.recalled.get(case, ())
    requests = draw_examples(valid_requests(operation, _fixed(base)), count, start=start, recalled=recalled)
    for drawn in requests:
        if wire_length(operation, drawn.value) > LONGEST_QUERY:
            continue
        yield Trying(drawn.choices)
        probe = yield from _known_to_all(Call(operation.name, drawn.value), world)
        try:
            yield from refuse_full(probe, control)
        except BlockedError as full:  # the next may have room
            yield Verdict(accepts, "blocked", observed=str(full))
        else:
            yield _accepted(accepts, probe, control, world)


def _known_to_all(call: Call, world: World) -> Steps:
    """Ask again for what was not found, unless that may be for something else that is named."""

    def is_final(probe: Exchange) -> bool:
        return (
            not_missed(probe) or misses_made_up(probe) or misses_some(probe, world.known) or call.operation in WRITING
        )

    return (yield from insist(call, is_final))


def wire_length(operation: Operation, params: dict[str, Any]) -> int:
    """Return how many characters the query of a request has."""
    return len(join_pairs(encode_params(params, operation)))


def _accepted(accepts: str, probe: Exchange, control: Exchange, world: World) -> Verdict:
    """Judge a valid request; in a bucket that is given the objects that it names may not exist."""
    reaction = react(probe)
    if reaction.understands:
        return Verdict(accepts, "conforms", exchange=probe)
    names_objects = probe.call.operation in WRITING  # they may look whether it exists (imm.md 14.2, gaps 5 and 6)
    unknown = names_objects and (misses_made_up(probe) or may_be_missing(probe, control, world))
    if misses_some(probe, world.known):
        return Verdict(accepts, "blocked", observed=misses_strange(probe))
    if unknown or reaction.unrelated or not react(control).understands:
        return Verdict(accepts, "inconclusive", observed=why_unusable(probe))
    return Verdict(
        accepts,
        "violates",
        expected=_KNOWN if reaction is Reaction.NOT_FOUND else "accepted, since it keeps every documented rule",
        observed=f"{reaction.value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )


def _broken(contract: Contract, operation: Operation, world: World, *, case: str, count: int, number: int) -> Flow:
    """Send requests that differ from a valid one by one drawn violation."""
    base = base_request(operation, world)
    start, recalled = _start(operation.name, number, world) + 1, world.recalled.get(case, ())
    for drawn in draw_examples(violations(operation, base), count, start=start, recalled=recalled):
        yield Trying(drawn.choices)
        with suppress(BlockedError):  # of what this one makes up, the next may have nothing
            yield from judge_row(contract, operation.name, drawn.value, world, drawn=True)


def _coverage(contract: Contract, operation: Operation, accepts: str, world: World, most: int) -> Flow:
    """Send the requests of schemathesis's coverage phase, judged by our verdicts."""
    base = base_request(operation, world)
    stand_in = base_request(operation, PLACEHOLDER)
    judge = RequestJudge(operation)
    control = yield Call(operation.name, base, reuse=True)
    usable = react(control).understands
    with repeatable():
        requests = list(coverage_requests(operation, base, stand_in))
    for params in _spread(requests, most):
        if judge.ambiguous(params):
            continue
        broken, call = judge.broken(params), Call(operation.name, params)
        must_do = not broken and _is_judgeable(operation, params, base)
        if operation.name in WRITING and not broken and not must_do:
            continue  # it would tell nothing, and may name what is somebody's
        try:
            probe = (yield from _known_to_all(call, world)) if must_do else (yield call)
        except BlockedError:  # it names what may be somebody's; the next may not
            continue
        if not usable:
            yield Verdict(accepts, "inconclusive", observed=why_unusable(control))
        elif broken:
            yield from _unenforced(contract, broken, probe, control)
        elif must_do:
            yield _accepted(accepts, probe, control, world)


def _is_judgeable(operation: Operation, params: dict[str, Any], base: dict[str, Any]) -> bool:
    """Return whether a target must accept a request that breaks no rule of a schema.

    It must name the resources that exist, and give no other objects than the
    base request: how the members of one go together, schemas do not say.
    """
    return all(
        name not in params if name not in base else name in params and _equal(parameter, params[name], base[name])
        for name, parameter in operation.parameters.items()
        if (name in base and name in IDENTITY) or _holds_objects(parameter)
    )


def _equal(parameter: Parameter, one: Any, other: Any) -> bool:
    return encode_value(one, parameter.encoding) == encode_value(other, parameter.encoding)


def _holds_objects(parameter: Parameter) -> bool:
    node = parameter.node.item or parameter.node
    return bool(node.members) or node.other is not None


def _spread(requests: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return at most `most` of the requests, evenly spread over all of them."""
    if len(requests) <= most:
        return requests
    return [requests[i * len(requests) // most] for i in range(most)]


def _unenforced(contract: Contract, broken: tuple[str, ...], probe: Exchange, control: Exchange) -> Iterator[Verdict]:
    """Judge a broken request: accepted, it enforced none of what it breaks."""
    reaction = react(probe)
    for base in broken:
        requirement = contract.ledger.get(f"{base}/refuses")
        if requirement is None:
            continue
        if reaction is Reaction.ACCEPTED:
            yield Verdict(
                requirement.id,
                "violates",
                expected=f"refused with a 4xx error, since it breaks {base}",
                observed=f"accepted: {summarize(probe)}",
                exchange=probe,
                control=control,
            )
        elif len(broken) == 1 and refused_for_rule(probe):
            yield Verdict(requirement.id, "conforms", exchange=probe)
