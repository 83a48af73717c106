"""What the checks of both index operations share: their calls and the objects they may index."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.behaviors.own import Own, member, unindexing
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Steps
from conformance.judge.reaction import why_unusable
from conformance.polling import until
from conformance.world import BlockedError, Place, World, base_params

Input = Mapping[str, Any]
MOST_FILES = 100
"""Files that one call of BatchIndexFileMeta may have (IMM-BIFM-FILES-MAX)."""
USER_DATA_BYTES = 2048
"""Bytes that UserData of an index call may have (IMM-BIFM-USERDATA-MAX)."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """One of the two index operations, so that a check can be written once for both."""

    name: str
    takes_many: bool

    def requirement(self, slug: str) -> str:
        """Return the id of a behaviour requirement of the operation."""
        return f"{self.name}/behavior/{slug}"

    def call(self, place: Place, inputs: Sequence[Input], **params: Any) -> Call:
        """Return the call that indexes `inputs`, of which only IndexFileMeta takes just one."""
        value = {"Files": list(inputs)} if self.takes_many else {"File": inputs[0]}
        return Call(self.name, {**place.params, **value, **params})

    def calls(self, place: Place, inputs: Sequence[Input]) -> list[Call]:
        """Return the calls that index all of `inputs`."""
        if self.takes_many:
            return [self.call(place, inputs)]
        return [self.call(place, [entry]) for entry in inputs]

    def control(self, world: World) -> Steps:
        """Send the base request. Raises Inconclusive unless it is accepted."""
        control: Exchange = yield Call(self.name, base_params(self.name, world), reuse=True)
        if not control.accepted:
            raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
        return control


BATCH = Indexing("BatchIndexFileMeta", takes_many=True)
SINGLE = Indexing("IndexFileMeta", takes_many=False)
BOTH = (BATCH, SINGLE)


def makes_up(world: World) -> bool:
    """Return whether an object that the kit makes up counts as one that exists.

    It does where one of them was indexed, and on an emulator without fixtures
    that took the dataset of the run.
    """
    if world.files:
        return any(file.via != "fixture" for file in world.files)
    place = world.writes
    own = place is not None and world.token in place.project and world.token in place.dataset
    return world.local and own and not world.given_bucket


def require_indexed(own: Own) -> Flow:
    """Raise Inconclusive unless some file was found, or is counted where nothing but a made-up one was indexed.

    Else only existing objects may be indexed (imm.md 14.2, gap 6).
    """
    if own.world.files or (yield from _counts_made_up(own)):
        return
    msg = (
        "no file was ever found: no index call has an effect, or it takes longer than [limits] settle_seconds, or only "
        "objects that exist can be indexed; add [fixtures] bucket and indexed_uris"
    )
    raise Inconclusive(msg)


def _counts_made_up(own: Own) -> Generator[Step, Any, bool]:
    """Return whether a dataset without a binding, which could fill it, counts a made-up file that is indexed in it."""
    world = own.world
    place = replace(world.writing, dataset=f"conformance-{world.token}-counted")
    made = yield from own.dataset(place)
    if not made.accepted:
        return False
    uri = world.uri("counted.jpg")
    yield from (call for indexing in BOTH for call in indexing.calls(place, [{"URI": uri}]))
    forget(own, place, [uri])
    shown = Call("GetDataset", {**place.params, "WithStatistics": True})
    read = yield from until(shown, lambda answer: _file_count(answer) > 0, world.settle_seconds)
    return _file_count(read) > 0


def _file_count(read: Exchange) -> int:
    count = member(read, "Dataset").get("FileCount")
    return count if isinstance(count, int) else 0


def subjects(world: World, folder: str, names: Sequence[str]) -> list[str]:
    """Return URIs of objects that exist as far as the run can know, at most one for a name.

    Given objects are indexed only in a dataset of the run's own, and not in
    the one in which they are read. Raises BlockedError if there are none.
    """
    place = world.writing
    if makes_up(world):
        return [world.uri(f"{folder}/{name}") for name in names]
    given = world.given_objects
    if given and world.writes_apart:
        return list(given[: len(names)])
    if given:
        own = world.token in place.dataset
        why = "add [fixtures] project and dataset to read them in" if own else "it could create none"
        raise BlockedError(f"given objects are indexed in a dataset of the run's own that nothing is read in; {why}")
    msg = "no object that could be indexed is known to exist; add [fixtures] project, dataset and indexed_uris"
    raise BlockedError(msg)


def forget(own: Own, place: Place, uris: Sequence[str]) -> None:
    """Note that index entries are to be removed at the end of a check."""
    own.removals.append(unindexing(place, uris))
