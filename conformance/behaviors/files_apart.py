"""Files of one dataset are not those of another (imm.md 2.5), be it of the same project or of the same name."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, forget, makes_up
from conformance.behaviors._lookups import by_uri, files_of, look_up
from conformance.behaviors.file_lookups import FOUND, MISSING, known_uris
from conformance.behaviors.file_meta import SCOPE
from conformance.behaviors.own import Own, needed
from conformance.checks.made_up import misses_strange
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict
from conformance.judge.reaction import not_missed, summarize, why_unusable
from conformance.polling import insist, until
from conformance.world import BlockedError, IndexedFile, Place, World

KEPT_APART = (SCOPE, MISSING, FOUND, BATCH.requirement("effect-labels"))
"""What the flows of this module judge."""


@check(*KEPT_APART, tier="create-and-clean")
def another_dataset(world: World) -> Flow:
    """Ask a new dataset for the files of another one."""
    known = known_uris(world)
    own = Own(world)
    yield from own.tidied(_foreign(own, known))


def _foreign(own: Own, known: list[str]) -> Flow:
    place = own.place("scope")
    needed((yield from own.dataset(place)))
    if (yield from is_empty(own.world, place, known)) and (yield from indexed_too(own, place, known[0])):
        yield from kept_apart(own, place, known[0])


def is_empty(world: World, place: Place, known: list[str]) -> Generator[Step, Any, bool]:
    """Judge that a new dataset has none of the files of the one that is read; return whether that is so.

    Raises BlockedError or Inconclusive if that cannot be seen.
    """
    probe: Exchange = yield from until(look_up(place, known), lambda e: e.accepted, world.settle_seconds)
    if not not_missed(probe):
        raise BlockedError(misses_strange(probe))
    if not probe.accepted:
        raise Inconclusive(why_unusable(probe))
    strange = files_of(probe)
    observed = f"{len(strange)} files of another dataset"
    yield expect(SCOPE, not strange, expected="no file of another dataset", observed=observed)
    yield expect(MISSING, not strange, expected="no file in an empty dataset", observed=observed)
    return not strange


def indexed_too(own: Own, place: Place, uri: str) -> Generator[Step, Any, bool]:
    """Index a file of the dataset that is read in another one too, with labels of its own; return whether it is there.

    It is not tried where the run can only index what it was given.
    """
    if not makes_up(own.world) or "IndexFileMeta" not in own.world.operations:
        return False
    file = {"URI": uri, "CustomLabels": {"of": place.project}}
    made: Exchange = yield Call("IndexFileMeta", {**place.params, "File": file})
    if not made.accepted:
        return False
    seen: Exchange = yield from until(look_up(place, [uri]), lambda e: uri in by_uri(e), own.world.settle_seconds)
    if uri not in by_uri(seen):
        forget(own, place, [uri])
    return uri in by_uri(seen)


def kept_apart(own: Own, place: Place, uri: str) -> Flow:
    """Judge a file that is in two datasets in the one that is read, before and after it is deleted in the other."""
    there = look_up(own.world.reading, [uri])
    kept: Exchange = yield from insist(there, lambda e: uri in by_uri(e))
    yield from _same_labels(kept, own.world.files[0])
    removed: Exchange = yield Call("DeleteFileMeta", {**place.params, "URI": uri})
    last = (yield from insist(there, lambda e: uri in by_uri(e))) if removed.accepted else kept
    for found, done in ((kept, "indexed"), (last, "deleted")):
        yield expect(
            FOUND,
            uri in by_uri(found),
            expected=f"{shown(uri)} is still found once it is {done} in another dataset",
            observed=f"it is not found: {summarize(found)}",
            exchange=found,
        )


def _same_labels(kept: Exchange, file: IndexedFile) -> Iterator[Verdict]:
    """Judge that a file has the labels that it was given, and not those that it has in another dataset."""
    found = by_uri(kept).get(file.uri)
    if found is not None and file.labels:
        yield expect(
            f"{file.via}/behavior/effect-labels",
            found.get("CustomLabels") == file.labels,
            expected=f"CustomLabels {shown(dict(file.labels))}, whatever the file has in another dataset",
            observed=f"CustomLabels {shown(found.get('CustomLabels'))}",
            exchange=kept,
        )
