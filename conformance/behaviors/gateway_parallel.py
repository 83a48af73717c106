"""Reads that are under way at the same time (facts rpc-protocol.md 8: RPC-REQID-UNIQUE).

No source speaks of requests at once; that each is answered as it is alone is
only expected. What moves on, and what a target refuses for want of capacity,
says nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import chain, cycle, islice, zip_longest
from typing import Any

from conformance.checks.probing import READS, nothing_to_send, reads, shaped
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Together, Verdict
from conformance.judge.load import overloaded
from conformance.judge.reaction import summarize, why_unusable
from conformance.world import World
from reports.runlog import canonical

PARALLEL = "Gateway/behavior/parallel-reads"
UNIQUE = "Gateway/behavior/request-id-differs"

_LEVELS = (8, 32)
_OF_ONE_KIND = 4
"""Of as many requests one more is sent that is equal to another."""
_MORE_LOOKS = 8
"""As often a request is sent alone again whose answer was another one at the same time as others, until one is equal:
one of several servers may not know yet what the others know."""

_Twins = dict[int, Exchange]


@check(PARALLEL)
def parallel_reads(world: World) -> Flow:
    """Send reads of different things, some of them twice, alone and then at the same time."""
    levels = _levels(world)
    calls, alone = yield from _answered_alone(list(_distinct(world, levels[-1])))
    for level in levels:
        sent = Together(tuple(islice(cycle(calls), level)))
        exchanges: tuple[Exchange, ...] = yield sent
        twins = {id(e): alone[n % len(calls)] for n, e in enumerate(exchanges)}
        judged = [exchange for exchange in exchanges if not overloaded(exchange)]
        if len(judged) < 2:
            raise Inconclusive(_too_many(exchanges))
        yield from _unique(judged, alone)
        looks = _Looks()
        for exchange in judged:
            yield from _judged(exchange, twins, looks)
        if len(judged) < level:
            break


def _levels(world: World) -> list[int]:
    """Return how many requests are sent at the same time, one time after the other."""
    if world.at_once < 2:
        raise Inconclusive("no two requests may be under way at once: the rate or an app in process forbids it")
    return [level for level in _LEVELS if level <= world.at_once] or [world.at_once]


def _distinct(world: World, level: int) -> Iterator[Call]:
    """Yield reads of different things, of each operation one after the other; fewer than `level`."""
    first = [call for call in reads(world) if call.operation in READS]
    if not first:
        raise nothing_to_send(world, "the target claims no operation that only reads")
    further = [list(_others(call, world)) for call in first]
    mixed = chain(first, (call for turn in zip_longest(*further) for call in turn if call is not None))
    yield from islice(mixed, level - max(1, level // _OF_ONE_KIND))


def _others(call: Call, world: World) -> Iterator[Call]:
    """Yield reads like `call` of the other things that the run knows."""
    name, params = call.operation, call.params
    if name == "BatchGetFileMeta":
        yield from (Call(name, {**params, "URIs": [file.uri]}) for file in world.files[1:])
    elif name == "GetTask":
        yield from (Call(name, task.params) for task in world.tasks[1:])
    elif name == "GetUrlUploadInfos":
        yield from (Call(name, {"JobIds": [job.id]}) for job in world.uploads[1:])
    elif name == "GetBatchMediaProducingJob":
        yield from (Call(name, {"JobId": job.id}) for job in world.batches[1:])


def _answered_alone(calls: Sequence[Call]) -> Generator[Step, Any, tuple[list[Call], list[Exchange]]]:
    """Return those of some calls that are accepted alone, as they are sent with others, and their exchanges."""
    kept: list[Exchange] = []
    for call in calls:
        exchange: Exchange = yield call
        kept += [exchange] if exchange.accepted else []
    if not kept:
        raise Inconclusive(f"no read was accepted alone: {why_unusable(exchange)}")
    return [shaped(exchange.call) for exchange in kept], kept


def _too_many(exchanges: Sequence[Exchange]) -> str:
    first = next(exchange for exchange in exchanges if overloaded(exchange))
    return f"of {len(exchanges)} requests at the same time fewer than two were answered: {summarize(first)}"


def _unique(judged: Sequence[Exchange], alone: Sequence[Exchange]) -> Iterator[Verdict]:
    """RPC-REQID-UNIQUE: of what was asked at the same time, and of what was asked before."""
    seen = {_id(exchange): exchange for exchange in alone if _id(exchange)}
    for exchange in judged:
        given = _id(exchange)
        if given:
            yield expect(
                UNIQUE,
                given not in seen,
                expected=f"a RequestId that no other call has, also with {len(judged)} under way at once",
                observed=f"RequestId '{given[:80]}' of another call",
                exchange=exchange,
                control=seen.get(given),
            )
            seen[given] = exchange


def _id(exchange: Exchange) -> str:
    given = exchange.value.get("RequestId")
    return given if isinstance(given, str) else ""


class _Looks:
    """What requests are answered alone afterwards; each is sent as often as anything depends on it."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Exchange]] = {}

    def at(self, call: Call, number: int) -> Generator[Step, Any, Exchange]:
        """Return what came of a call when it was sent for the first, second ... time."""
        seen = self._seen.setdefault(canonical([call.operation, call.params]), [])
        if number == len(seen):
            seen.append((yield shaped(call)))
        return seen[number]


def _judged(exchange: Exchange, twins: _Twins, looks: _Looks) -> Flow:
    """Judge one of several exchanges by what its request is answered alone, before and, if need be, after."""
    before = twins[id(exchange)]
    if _told(exchange) == _told(before):
        yield Verdict(PARALLEL, "conforms", exchange=exchange, control=before)
        return
    foreign = _owner(exchange, twins) is not None
    for number in range(_MORE_LOOKS):
        after = yield from looks.at(exchange.call, number)
        if _told(after) == _told(exchange):
            yield Verdict(PARALLEL, "conforms", exchange=exchange, control=after)
            return
        if _told(after) != _told(before) and not foreign:
            return  # it moves on by itself, or is answered otherwise each time
    yield expect(
        PARALLEL,
        False,
        expected=f"with {len(twins)} requests under way at once the answer that the request gets alone",
        observed=_difference(exchange, before, twins),
        exchange=exchange,
        control=before,
    )


def _owner(exchange: Exchange, twins: _Twins) -> Exchange | None:
    """Return the request alone that was answered what another one was answered among others; None if none was."""
    return next((twin for twin in twins.values() if _told(twin) == _told(exchange)), None)


def _difference(exchange: Exchange, before: Exchange, twins: _Twins) -> str:
    """Return how an answer is another one than that of the same request alone."""
    owner = _owner(exchange, twins)
    if owner is not None and owner.call.operation == exchange.call.operation:
        return f"the answer to {owner.call.operation} of {_asked(owner)}, not of {_asked(exchange)}"
    if owner is not None:
        return f"the answer to {owner.call.operation}, which was under way at the same time"
    if not exchange.accepted:
        return f"{summarize(exchange)}; alone it is {summarize(before)}"
    mine, alone = exchange.told, before.told
    names = sorted(name for name in mine.keys() | alone.keys() if _ordered(mine.get(name)) != _ordered(alone.get(name)))
    return f"other values of {', '.join(names)}"


def _asked(exchange: Exchange) -> str:
    """Return the value that a read asks for, which is the last of its parameters."""
    return str(list(exchange.call.params.values())[-1])


def _told(exchange: Exchange) -> str:
    """Return what an answer says but for its id, in whatever order its lists are."""
    status = exchange.answer.status if exchange.answer else 0
    said = {name: _ordered(value) for name, value in exchange.told.items()}
    return f"{status} {canonical(said)}" if exchange.value else f"{status} {summarize(exchange)}"


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(inner) for name, inner in value.items()}
    return sorted((_ordered(inner) for inner in value), key=canonical) if isinstance(value, list) else value
