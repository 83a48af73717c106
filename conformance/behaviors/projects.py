"""Projects: what is in them is not in others, stays when a call is refused, and goes with them (imm.md 1.4, 12)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from conformance.behaviors._lookups import by_uri, look_up
from conformance.behaviors.binding_states import not_bound_in
from conformance.behaviors.bindings import UNBOUND, still_bound
from conformance.behaviors.file_lookups import FOUND, known_uris
from conformance.behaviors.files_apart import KEPT_APART, indexed_too, is_empty, kept_apart
from conformance.behaviors.gateway_refusals import not_known
from conformance.behaviors.own import Own, made_again, member, needed, says_nothing
from conformance.behaviors.provisioning import RANGE, UPDATE_EQUAL, equal_times
from conformance.behaviors.provisioning_answers import REQUEST_ID
from conformance.behaviors.tasks import UNKNOWN_TASK
from conformance.checks.probing import ask, bases, settled
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict
from conformance.judge.reaction import Reaction, not_missed, react, summarize, why_unusable
from conformance.polling import insist, until
from conformance.provisioning.known import made_just_now
from conformance.world import BlockedError, Place, World, base_params

_AGAIN = "Provisioning/behavior/project-duplicate"
_TAKEN = "Provisioning/behavior/dataset-duplicate"
_CONFLICT = "Provisioning/behavior/delete-project-conflict"
_ELSEWHERE = "Provisioning/behavior/dataset-of-its-project"
_GONE = "Provisioning/behavior/gone-after-delete"
_NAMING = ("BatchGetFileMeta", "GetBinding", "CreateBinding", "IndexFileMeta", "BatchIndexFileMeta")
"""The operations that name a dataset."""
_SECOND = "a second CreateProject with one name"


@check(
    "Provisioning/behavior/project-shape",
    REQUEST_ID,
    _AGAIN,
    _TAKEN,
    "GetTask/behavior/echo-project",
    UNKNOWN_TASK,
    _CONFLICT,
    UPDATE_EQUAL,
    RANGE,
    _ELSEWHERE,
    _GONE,
    "GetBinding/behavior/not-found",
    UNBOUND,
    *KEPT_APART,
    operation="BatchGetFileMeta",
    tier="create-and-clean",
)
def life_of_a_project(world: World) -> Flow:
    """Make a project with a dataset that is named like the run's, use it, and remove first the one, then the other."""
    own = Own(world)
    yield from own.tidied(_life(own))


def _life(own: Own) -> Flow:
    names = {"ProjectName": f"_Conformance_{own.world.token}-P"}
    made = needed((yield Call("CreateProject", names)))
    own.removals.append(Call("DeleteProject", names))
    yield from equal_times(made, "Project")
    read = yield from made_just_now(Call("GetProject", names), own.world)
    yield from equal_times(read, "Project")
    yield from _task_elsewhere(own.world, names)
    place = Place(names["ProjectName"], own.world.reads.dataset if own.world.reads else "inner")
    yield from _not_there(own.world, place, _ELSEWHERE, "a dataset of another project", _NAMING[:1])
    dataset = yield from own.dataset(place)
    yield from _free_name(dataset)
    yield from _default_limit(dataset)
    if not dataset.accepted:
        yield from made_again(made, _AGAIN, _SECOND)
        raise BlockedError(f"{why_unusable(dataset)}, and the check needs it")
    filled = yield from _filled(own, place)
    twice = yield from made_again(dataset, _TAKEN, "a second CreateDataset with one name")
    again = yield from made_again(made, _AGAIN, _SECOND)
    early = yield Call("DeleteProject", names)
    if not early.accepted:
        if filled and all(react(call).refuses for call in (twice, again, early)):
            filled = yield from _still_there(own, place)
        if filled:
            yield from kept_apart(own, place, own.world.files[0].uri)
        yield from _binding_apart(own, place)
    yield from _removed(own, place, early, read)


def _removed(own: Own, place: Place, early: Exchange, read: Exchange) -> Flow:
    """Remove the dataset and the project, which could be `read`, and judge that neither is known any more."""
    shown = yield from ask(Call("GetDataset", place.params))
    while own.removals[2:]:
        yield own.removals.pop()
    project, dataset = own.removals
    when = ""
    if not early.accepted:
        emptied: Exchange = yield project
        if not says_nothing(emptied):
            early, when = emptied, ", the second time, when the dataset was empty"
    removed = yield from until(dataset, lambda e: e.accepted or not not_missed(e), own.world.settle_seconds)
    if removed.accepted:
        own.removals.remove(dataset)
        yield from _not_there(own.world, place, _GONE, "a dataset that was deleted", _NAMING)
        yield from _unknown_now(shown, "GetDataset with a dataset that was deleted", own.world)
    late = yield project
    if not early.accepted and not own.world.late_seconds:
        yield _kept_dataset(removed, early)
    yield from _conflict(early, late, when)
    if late.accepted:
        own.removals.remove(project)
        yield from _unknown_now(read, "GetProject with a project that was deleted", own.world)


def _unknown_now(read: Exchange, what: str, world: World) -> Flow:
    """Read what was deleted since it was `read`; that may show for a while."""
    if react(read) is Reaction.UNKNOWN_OPERATION:
        yield Verdict(_GONE, "blocked", observed=f"the target has no {read.call.operation}")
        return
    gone = yield from until(read.call, _is_refused, world.settle_seconds)
    yield not_known(_GONE, gone, read, what)


def _task_elsewhere(world: World, names: dict[str, str]) -> Flow:
    """Look for a task in a project that is not its own; what an answer says of its project is judged by itself."""
    if "GetTask" not in world.operations or not world.tasks:
        return
    probe: Exchange = yield Call("GetTask", {**base_params("GetTask", world), **names})
    if probe.accepted:
        expected = "a task is not found through another project, which has none"
        yield expect(UNKNOWN_TASK, False, expected=expected, observed=summarize(probe), exchange=probe)


def _not_there(world: World, place: Place, requirement: str, what: str, operations: Sequence[str]) -> Flow:
    """Name a dataset that is not there, or not any more for a while, in calls that are accepted for another."""
    verdicts: list[Verdict] = []
    for call in bases(operations, world):
        twin = yield from ask(call)
        named = Call(call.operation, {**call.params, **place.params})
        probe = yield from until(named, _is_refused, world.settle_seconds)
        verdicts.append(not_known(requirement, probe, twin, f"{call.operation} with {what}"))
    yield from settled(verdicts)


def _is_refused(exchange: Exchange) -> bool:
    """Whether there is nothing to wait for; what is half gone may break a server, which is told of elsewhere."""
    return not exchange.accepted and react(exchange) is not Reaction.BROKEN


def _free_name(made: Exchange) -> Iterator[Verdict]:
    """Judge that the name of a dataset is taken in its own project only."""
    if react(made).understands:
        expected = "a dataset may be named like one of another project"
        yield expect(_TAKEN, made.accepted, expected=expected, observed=summarize(made), exchange=made)


def _filled(own: Own, place: Place) -> Generator[Step, Any, bool]:
    """Judge that a new dataset is empty, whatever one of the same name holds; put a file of that into it.

    Returns whether the file is there.
    """
    yield from not_bound_in(own.world, place)
    if "files" in own.world.lacking:
        return False
    known = known_uris(own.world)
    try:
        empty = yield from is_empty(own.world, place, known)
    except (BlockedError, Inconclusive):
        return False
    return empty and (yield from indexed_too(own, place, known[0]))


def _still_there(own: Own, place: Place) -> Generator[Step, Any, bool]:
    """Judge that what was refused has changed nothing; return whether the dataset is known."""
    uri = own.world.files[0].uri
    seen = yield from insist(look_up(place, [uri]), lambda e: uri in by_uri(e))
    if not not_missed(seen):  # the dataset is gone, which its deletion will show
        return False
    expected = "a file is found after CreateProject, CreateDataset and an early DeleteProject, which were refused"
    yield expect(FOUND, uri in by_uri(seen), expected=expected, observed=summarize(seen), exchange=seen)
    return True


def _binding_apart(own: Own, place: Place) -> Flow:
    """Bind the bucket of the run here too, and remove that binding: the other stays."""
    world = own.world
    if "binding" in world.lacking or world.given_bucket or "GetBinding" not in world.operations:
        return
    read = Call("GetBinding", base_params("GetBinding", world))
    before = yield read
    bound = yield from own.bind(place, read.params["URI"])
    if not bound.accepted:
        return
    deleted = yield own.removals.pop()
    if not (before.accepted and deleted.accepted):
        return
    yield from still_bound(read, before)


def _kept_dataset(removed: Exchange, early: Exchange) -> Verdict:
    """Judge that a deletion that was refused has deleted nothing."""
    return expect(
        _CONFLICT,
        not_missed(removed),
        expected="a dataset is there after its project could not be deleted",
        observed=summarize(removed),
        exchange=removed,
        control=early,
    )


def _conflict(early: Exchange, late: Exchange, when: str) -> Iterator[Verdict]:
    """Judge a deletion that came too early, and `when`; DeleteProject has to work later."""
    if not (early.accepted or late.accepted):
        raise BlockedError(f"{why_unusable(late)}, and the check needs it")
    answer = early.answer
    if answer is None or react(early) is Reaction.THROTTLED:
        raise Inconclusive(why_unusable(early))
    yield expect(
        _CONFLICT,
        answer.status == 400 and answer.code == "StatusConflict",
        expected="DeleteProject refused with HTTP 400 and the Code 'StatusConflict' while a dataset is left",
        observed=f"{summarize(early)}{when}",
        exchange=early,
        control=late,
    )


def _default_limit(made: Exchange) -> Iterator[Verdict]:
    """IMM-PRV-BINDMAX-RANGE: the default, in a project that was made without another one."""
    count = member(made, "Dataset").get("DatasetMaxBindCount")
    if isinstance(count, int):
        what = "DatasetMaxBindCount 10 when none is given"
        yield expect(RANGE, count == 10, expected=what, observed=f"DatasetMaxBindCount {count}", exchange=made)
