"""The named rows of each operation as cases (limits, enums, lengths, presence)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from conformance.checks.made_up import asked_again, may_be_missing, misses_strange, refuse_full, refuse_made_up
from conformance.checks.registry import Case, Tier
from conformance.exchange import Call, Exchange, Flow, Steps, Verdict
from conformance.judge.reaction import (
    is_too_long,
    matches,
    misses_some,
    not_missed,
    react,
    refused_for_rule,
    summarize,
    why_unusable,
)
from conformance.polling import insist
from conformance.settings import Extent
from conformance.wire.encoding import quote
from conformance.world import PLACEHOLDER, World, base_params
from openapi import Contract, Operation, Requirement
from strategies import Row, rows

READ_ONLY = frozenset(
    {
        "BatchGetFileMeta",
        "GetBinding",
        "GetTask",
        "GetUrlUploadInfos",
        "GetBatchMediaProducingJob",
    }
)

WRITING = ("CreateBinding", "BatchIndexFileMeta", "IndexFileMeta")
"""The other operations, which make something."""

_MANIFOLD = frozenset({"pattern", "format", "enum"})
_STRIDE = 6
_FEW = (0.0,) * 3
"""So little is insisted on a control, at once, for each row of what may never be found."""


def row_cases(contract: Contract, operation: Operation, extent: Extent) -> Iterator[Case]:
    """Yield a case for each named row of an operation.

    Of the rows of a requirement that no source states plainly, a few stand for
    all unless the profile wants every one.
    """
    turn = list(contract.operations).index(operation.name)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in named_rows(operation, PLACEHOLDER):
        groups.setdefault((row.requirement, row.expect), []).append(row)
    for group in groups.values():
        ids = _requirements(contract, group[0])
        every = extent.every_should or any(r.must for r in ids)
        for row in (group if every else _standing_for(group, turn)) if ids else ():
            yield Case(
                id=f"{row.requirement}/{row.expect}[{row.label}]",
                operation=operation.name,
                requirements=tuple(r.id for r in ids),
                flow=_flow(contract, operation, row),
                tier=_tier(operation, row),
                brief=True,
            )


def _standing_for(group: list[Row], turn: int) -> list[Row]:
    """Return the rows that stand for all of a requirement.

    It is the first, the nearest to the limit, but where rows break a rule each
    in a way of its own every sixth: operations that share the rule begin at
    different ones.
    """
    if group[0].expect != "refuses" or group[0].requirement.rpartition("/")[2] not in _MANIFOLD:
        return group[:1]
    return group[turn % min(_STRIDE, len(group)) :: _STRIDE]


def tier_of(operation: Operation) -> Tier:
    """Return the least tier in which requests of an operation may be sent that are accepted."""
    return "reads" if operation.name in READ_ONLY else "create-and-clean"


def _tier(operation: Operation, row: Row) -> Tier:
    accepted = tier_of(operation)
    return "refused-only" if accepted != "reads" and row.expect == "refuses" else accepted


def base_request(operation: Operation, world: World) -> dict[str, Any]:
    """Return a whole request that the target must accept.

    Operations that the kit does not know by name are made of their examples.
    Raises BlockedError for a resource that is lacking.
    """
    known = base_params(operation.name, world)
    if known:
        return known
    return {name: parameter.example for name, parameter in operation.parameters.items() if parameter.required}


def _requirements(contract: Contract, row: Row) -> list[Requirement]:
    """Return what a row settles; an empty text is refused, and whether as a missing or a bad one no source says."""
    refuses = ("refuses",) if row.label == "empty text" else ("refuses", "code")
    aspects = ("accepts",) if row.expect == "accepts" else refuses
    ids = [f"{row.requirement}/{aspect}" for aspect in aspects]
    return [contract.ledger[i] for i in ids if i in contract.ledger]


def named_rows(operation: Operation, world: World) -> list[Row]:
    """Return the rows of an operation; those of URLs of upload jobs begin with the URL of one that is there."""
    return list(_rows_of(_Frozen(operation, world)).values())


def _made_rows(operation: Operation, world: World) -> list[Row]:
    found = [_beside(row, world) for row in rows(operation, base_request(operation, world))]
    if operation.name != "GetUrlUploadInfos" or not world.uploads:
        return found
    by_url = rows(operation, {"UploadURLs": [quote(world.uploads[0].url)]})
    known = {_key(row): row for row in by_url if row.requirement.startswith(f"{operation.name}/request/UploadURLs")}
    return [known.get(_key(row), row) for row in found]


def _beside(row: Row, world: World) -> Row:
    """Return a row about the one item of a list with a valid item before it: all of a list is to be looked at."""
    path = row.requirement.partition("/request/")[2]
    name, mark, _ = path.partition("/")[0].partition("[]")
    first = _NEIGHBORS[name](world) if mark and name in _NEIGHBORS else None
    lists = [params.get(name) for params in (row.params, row.control)]
    if first is None or not all(isinstance(items, list) and len(items) == 1 for items in lists):
        return row
    probe, control = ([first, *items] for items in lists if isinstance(items, list))
    return replace(row, params={**row.params, name: probe}, control={**row.control, name: control})


def _known_uri(world: World) -> str | None:
    return world.files[-1].uri if len(world.files) > 1 else None


def _input_beside(world: World) -> dict[str, str] | None:
    if world.given_bucket and world.writes_apart:
        return {"URI": world.given_objects[1]} if len(world.given_objects) > 1 else None
    return {"URI": world.uri("beside.jpg")}


_NEIGHBORS = {"URIs": _known_uri, "Files": _input_beside}
"""What stands before the item of a list, by parameter; None if nothing is known that could."""


def _key(row: Row) -> tuple[str, str, str]:
    return row.requirement, row.expect, row.label


@lru_cache(maxsize=16)
def _rows_of(base: _Frozen) -> Mapping[tuple[str, str, str], Row]:
    return {_key(row): row for row in _made_rows(base.operation, base.world)}


class _Frozen:
    """An operation in the world of a run as a cache key; it keeps that world, so no other has its `id`."""

    def __init__(self, operation: Operation, world: World) -> None:
        self.operation = operation
        self.world = world
        self._key = (operation.name, id(world))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)


def _flow(contract: Contract, operation: Operation, named: Row) -> Any:
    def flow(world: World) -> Flow:
        found = _rows_of(_Frozen(operation, world))
        row = found[_key(named)]
        return judge_row(contract, operation.name, row, world)

    return flow


def judge_row(contract: Contract, operation: str, row: Row, world: World, *, drawn: bool = False) -> Flow:
    """Send a row's control and the row, and judge its acceptance or refusal.

    That a `drawn` control is not accepted leaves nothing open: its requirement has named rows as well.
    """
    ids = _requirements(contract, row)
    if world.refusals_only and operation not in READ_ONLY:
        yield from _judge_alone(ids, operation, row)
        return
    control = probe = yield Call(operation, row.control, reuse=True)
    if row.is_control and not react(control).understands:
        control = yield Call(operation, base_request(contract.operations[operation], world), reuse=True)
    elif not not_missed(control):
        control = yield from _known_control(contract.operations[operation], control, world)
    refuse_made_up(control, control, world)
    yield from refuse_full(control, control)
    if not row.is_control:
        if not react(control).understands:
            yield from () if drawn else _undecided(ids, control, world)
            return
        probe = yield Call(operation, row.params)
    if row.expect == "accepts":
        probe = yield from asked_again(probe, world)
        refuse_made_up(probe, control, world)
        yield from refuse_full(probe, control)
    for requirement in ids:
        verdict = _verdict(requirement, row, probe, control, world)
        if verdict is not None:
            yield verdict


def _known_control(operation: Operation, control: Exchange, world: World) -> Steps:
    """Send a control again that was not found where the base request, which names the same things, is accepted."""
    call = Call(operation.name, base_request(operation, world), reuse=True)
    base = yield from insist(call, not_missed, _FEW)
    if not base.accepted or misses_some(control, world.known):
        return control
    return (yield from insist(control.call, not_missed))


def _undecided(ids: list[Requirement], control: Exchange, world: World) -> Flow:
    """Say of each requirement that it cannot be judged without its control."""
    for requirement in ids:
        if misses_some(control, world.known):
            yield Verdict(requirement.id, "blocked", observed=misses_strange(control))
        else:
            why = f"the control was not accepted: {why_unusable(control)}"
            yield Verdict(requirement.id, "inconclusive", observed=why)


def _judge_alone(ids: list[Requirement], operation: str, row: Row) -> Flow:
    """Send a row whose twin would create something: only that it is accepted tells anything."""
    probe: Exchange = yield Call(operation, row.params)
    for requirement in ids:
        if requirement.aspect == "refuses" and react(probe).understands:
            yield refusal(requirement, row, probe, probe)
        else:
            why = "the tier 'refused-only' sends no request that is accepted, to compare a refusal with"
            yield Verdict(requirement.id, "blocked", observed=why)


def _verdict(requirement: Requirement, row: Row, probe: Exchange, control: Exchange, world: World) -> Verdict | None:
    if requirement.aspect == "accepts":
        return acceptance(requirement, row, probe, control, world)
    if requirement.aspect == "refuses":
        return refusal(requirement, row, probe, control)
    return refusal_code(requirement, row, probe, control)


def acceptance(requirement: Requirement, row: Row, probe: Exchange, control: Exchange, world: World) -> Verdict:
    """Judge a request that the contract says is accepted."""
    reaction = react(probe)
    if reaction.understands:
        return Verdict(requirement.id, "conforms", exchange=probe, control=control)
    if misses_some(probe, world.known):
        return Verdict(requirement.id, "blocked", observed=misses_strange(probe))
    if reaction.unrelated or may_be_missing(probe, control, world):
        return Verdict(requirement.id, "inconclusive", observed=why_unusable(probe))
    return Verdict(
        requirement.id,
        "violates",
        expected=f"accepted: {row.change}",
        observed=f"{reaction.value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )


def refusal(requirement: Requirement, row: Row, probe: Exchange, control: Exchange) -> Verdict:
    """Judge a request that the contract says is refused; its twin was accepted.

    One that is too long for the HTTP server tells nothing of the rule, and a shorter row may do so.
    """
    reaction = react(probe)
    if is_too_long(probe):
        return Verdict(requirement.id, "blocked", observed=why_unusable(probe))
    if refused_for_rule(probe):
        return Verdict(requirement.id, "conforms", exchange=probe, control=control)
    if reaction.unrelated:
        return Verdict(requirement.id, "inconclusive", observed=why_unusable(probe))
    return Verdict(
        requirement.id,
        "violates",
        expected=f"refused with a 4xx error: {row.change}",
        observed=f"{reaction.value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )


def _codes(requirement: Requirement, row: Row) -> tuple[str, ...]:
    """Return the Codes that a refusal may have.

    A parameter that is the JSON text `null` may count as missing or as invalid
    (facts imm.md 1.4).
    """
    name = row.requirement.split("/")[2].split("[")[0]
    given_null = name in row.params and row.params[name] is None
    invalid = ("Invalid{Name}",) if given_null else ()
    return tuple(code.replace("{Name}", name) for code in (*requirement.codes, *invalid))


def refusal_code(requirement: Requirement, row: Row, probe: Exchange, control: Exchange) -> Verdict | None:
    """Judge status and `Code` of a refusal; without a refusal there is no occasion.

    A `null` may be told as a value that is wrong rather than as one that is missing.
    """
    answer = probe.answer
    if not refused_for_rule(probe) or answer is None or is_too_long(probe):
        return None
    codes = _codes(requirement, row)
    right = matches(answer.code, codes) and (not requirement.statuses or answer.status in requirement.statuses)
    if right:
        return Verdict(requirement.id, "conforms", exchange=probe, control=control)
    if row.label == "null" and requirement.keyword == "required":
        return None
    statuses = " or ".join(str(s) for s in requirement.statuses) or "4xx"
    return Verdict(
        requirement.id,
        "violates",
        expected=f"HTTP {statuses} with a Code of {', '.join(codes)}: {row.change}",
        observed=summarize(probe),
        exchange=probe,
        control=control,
    )
