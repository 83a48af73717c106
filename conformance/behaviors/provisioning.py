"""Projects, datasets and index entries: making and removing them (facts imm.md 12)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors.instants import read_instant
from conformance.behaviors.own import Own, made_again, member, needed, refusal, says_nothing
from conformance.behaviors.provisioning_answers import REQUEST_ID
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Steps, Verdict
from conformance.judge.reaction import says_full, summarize, why_unusable
from conformance.polling import until
from conformance.provisioning.files import visible
from conformance.world import BlockedError, Place, World

UPDATE_EQUAL = "Provisioning/behavior/update-time-equal"
RANGE = "Provisioning/behavior/bind-limit-range"
_DELETE_FILE = "Provisioning/behavior/delete-file-meta-idempotent"
_DELETE_ORDER = "Provisioning/behavior/delete-dataset-order"


@check(
    RANGE,
    "Provisioning/behavior/dataset-shape",
    "Provisioning/behavior/dataset-duplicate",
    UPDATE_EQUAL,
    operation="CreateBinding",
    tier="create-and-clean",
)
def datasets(world: World) -> Flow:
    """Make datasets with each bound of DatasetMaxBindCount, without it, and beyond it."""
    own = Own(world)
    yield from own.tidied(_datasets(own))


def _datasets(own: Own) -> Flow:
    place = own.place("plain")
    made = needed((yield from own.dataset(place)))
    yield from equal_times(made, "Dataset")
    read = yield Call("GetDataset", place.params)
    yield from equal_times(read, "Dataset")
    yield from made_again(
        made, "Provisioning/behavior/dataset-duplicate", "a second dataset of one name in one project"
    )
    for count in (1, 10):
        taken = yield from _brief_dataset(own, count)
        if says_nothing(taken):
            raise Inconclusive(why_unusable(taken))
        what = f"DatasetMaxBindCount {count} accepted"
        yield expect(RANGE, taken.accepted, expected=what, observed=summarize(taken), exchange=taken, control=made)
        yield from _limit_shown(taken, count, f"the DatasetMaxBindCount {count} that was given")
    if own.world.token in place.project:  # the default of a project that is given may be another one
        yield from _limit_shown(made, 10, "the DatasetMaxBindCount 10 by default")
    for count in (0, 11, -1):
        probe = yield from _brief_dataset(own, count)
        yield refusal(RANGE, probe, made, f"DatasetMaxBindCount {count}")


def _brief_dataset(own: Own, count: int) -> Steps:
    """Make a dataset that takes so many bindings and remove it at once: a quota may leave room for few.

    Raises BlockedError if there is none for any.
    """
    made: Exchange = yield from own.dataset(own.place(f"takes-{count}"), DatasetMaxBindCount=count)
    if says_full(made):
        needed((yield from own.dataset(own.place("takes-any"))))
    if own.removals[1:]:
        yield own.removals.pop()
    return made


def _limit_shown(made: Exchange, count: int, expected: str) -> Iterator[Verdict]:
    """Judge how many bindings a new dataset is said to take, where it is said."""
    found = member(made, "Dataset").get("DatasetMaxBindCount")
    if made.accepted and found is not None:
        holds = found == count and not isinstance(found, bool)
        yield expect(RANGE, holds, expected=expected, observed=f"DatasetMaxBindCount {shown(found)}", exchange=made)


def equal_times(made: Exchange, name: str) -> Iterator[Verdict]:
    """IMM-PRV-UPDATE-EQ: what is new was not updated."""
    found = member(made, name)
    created, updated = read_instant(found.get("CreateTime")), read_instant(found.get("UpdateTime"))
    if made.accepted and created and found.get("UpdateTime") is not None:
        yield expect(
            UPDATE_EQUAL,
            updated is not None and created.same(updated),
            expected=f"equal CreateTime and UpdateTime of a new {name}",
            observed=f"CreateTime {found['CreateTime']}, UpdateTime {shown(found['UpdateTime'])}",
            exchange=made,
        )


@check(_DELETE_FILE, _DELETE_ORDER, REQUEST_ID, operation="BatchGetFileMeta", tier="create-and-clean")
def deletions(world: World) -> Flow:
    """Delete index entries that are there, that were there, and that never were."""
    own = Own(world)
    yield from own.tidied(_deletions(own))


def _deletions(own: Own) -> Flow:
    place = own.place("delete")
    made = yield from own.dataset(place)
    if not made.accepted:
        place = own.world.writing
    uris = [own.world.uri(f"delete/{name}.jpg") for name in ("a", "b", "c", "never")]
    yield from _indexed(own.world, place, uris[:3])
    one = [{**place.params, "URI": uri} for uri in (uris[0], uris[0], uris[3])]
    lacking = yield from _deleted("DeleteFileMeta", one)
    early = (yield Call("DeleteDataset", place.params)) if made.accepted else None
    if early is not None and early.accepted:
        own.removals.clear()
        yield refusal(_DELETE_ORDER, early, made, "DeleteDataset with indexed files left")
        return
    many = [{**place.params, "URIs": some} for some in (uris[1:2], uris[1:2], [uris[3], *uris[:3]])]
    lacking = (yield from _deleted("BatchDeleteFileMeta", many)) or lacking
    late = yield from own.clear()
    if early is not None and late is not None and late.accepted:
        yield refusal(_DELETE_ORDER, early, late, "DeleteDataset with indexed files left")
    if lacking:
        raise BlockedError(f"{lacking}, and the check needs it")


def _indexed(world: World, place: Place, uris: list[str]) -> Generator[Step, Any, None]:
    """Index files and wait until they are all there; raise BlockedError if they do not come."""
    needed((yield Call("BatchIndexFileMeta", {**place.params, "Files": [{"URI": uri} for uri in uris]})))
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})
    seen = yield from until(read, lambda e: visible(e) >= set(uris), world.settle_seconds)
    if not visible(seen) >= set(uris):
        raise BlockedError("the files to delete did not become visible in time")


def _deleted(operation: str, requests: list[dict[str, Any]]) -> Generator[Step, Any, str]:
    """Delete what is there (the twin), then what is not, or not wholly; return why that cannot be judged."""
    control: Exchange = yield Call(operation, requests[0])
    if not control.accepted:
        return why_unusable(control)
    for params in requests[1:]:
        probe: Exchange = yield Call(operation, params)
        if says_nothing(probe):
            return why_unusable(probe)
        yield expect(
            _DELETE_FILE,
            probe.accepted,
            expected=f"{operation} succeeds for an entry that does not exist",
            observed=summarize(probe),
            exchange=probe,
            control=control,
        )
    return ""
