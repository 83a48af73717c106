"""Whether a target knows what it is asked for: what was made just now, which may take a while, and what is given."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait
from conformance.judge.reaction import not_missed, react, why_unusable
from conformance.polling import at_times, insist, until
from conformance.world import World, base_params

_TIMES = tuple(map(Wait, (0.05, 0.2, 0.5, 1.0, 1.25)))
"""What passes between looks."""
_GRACE = Wait(1.0)
"""What is given to the other servers behind an address, once one of them knows what was made."""


def _is_known(exchange: Exchange) -> bool:
    """Return whether what was asked for is there; an unknown job may be told by the Code of a wrong parameter."""
    return not react(exchange).refuses


def await_known(
    operation: str, world: World, there: Callable[[Exchange], bool] = _is_known
) -> Generator[Step, Any, None]:
    """Look until what the whole valid request of an operation asks for is there, to other servers too."""
    if operation not in world.operations:
        return
    call = Call(operation, base_params(operation, world))
    first: Exchange = yield call
    if not there(first):
        yield from at_times(call, there, _TIMES)
        yield _GRACE


def why_unknown(operation: str, world: World, keys: str) -> Generator[Step, Any, str]:
    """Return why what the `keys` of [fixtures] give cannot be used, empty if the target does not miss it."""
    if operation not in world.operations:
        return ""
    found = yield from insist(Call(operation, base_params(operation, world)), not_missed)
    return "" if not_missed(found) else f"{why_unusable(found)}; check [fixtures] {keys}"


def create_dataset(world: World, params: Mapping[str, Any]) -> Generator[Step, Any, Exchange]:
    """Create a dataset and return the answer; where new things are known late, wait for project and dataset."""
    late = world.late_seconds
    made = yield from until(Call("CreateDataset", params), not_missed, late)
    if made.accepted and late:
        yield from await_late_dataset({name: params[name] for name in ("ProjectName", "DatasetName")}, late)
    return made


def made_just_now(call: Call, world: World) -> Generator[Step, Any, Exchange]:
    """Look for what was made just now, and longer where new things have shown to be known late."""
    if world.late_seconds:
        return (yield from until(call, not_missed, world.late_seconds))
    return (yield from insist(call, not_missed))


def await_late_dataset(place: Mapping[str, Any], seconds: float) -> Generator[Step, Any, None]:
    """Wait until a new dataset is known, up to `seconds`, where it has shown that new things are known late."""
    yield from until(Call("GetDataset", place), not_missed, seconds)
    yield _GRACE
