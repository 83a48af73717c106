"""The files of a run: indexed and waited for, which also shows how long indexing takes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait
from conformance.judge.reaction import not_missed, why_unusable
from conformance.polling import at_times, until
from conformance.provisioning.known import why_unknown
from conformance.provisioning.order import Order, Part, lack
from conformance.world import SLOW, IndexedFile, Place, World

_SHOWCASE = (
    "sampleobject.jpg",
    "photo.jpg",
    "clip.mp4",
    "song.mp3",
    "paper.pdf",
    "bundle.zip",
    "data.bin",
)
"""Names of the files that a run indexes: one of each media type."""

_LOOKS = 3
"""So often is looked in as much time as indexing takes as a rule, once it has taken longer."""


def _showcase(world: World) -> tuple[IndexedFile, ...]:
    """Return the files that a run indexes, with ids and labels to follow."""
    return tuple(
        IndexedFile(
            uri=world.uri(name),
            custom_id=f"id-{world.token}-{number}",
            labels={"kit": world.token, "Number": str(number)},
        )
        for number, name in enumerate(_SHOWCASE)
    )


def _input_file(file: IndexedFile) -> dict[str, Any]:
    """Return the InputFile of a file to index."""
    return {
        "URI": file.uri,
        "CustomId": file.custom_id,
        "CustomLabels": dict(file.labels),
    }


def provide_files(order: Order, world: World) -> Part:
    """Index files, or take those that are given."""
    given = tuple(IndexedFile(uri, via="fixture") for uri in order.fixtures.indexed_uris)
    if given and world.reads is not None and order.fixtures.dataset:
        return (yield from _given_files(replace(world, files=given)))
    if world.writes is None:
        why = world.lacking.get("writes", "nothing may be created")
        return lack(world, "files", f"{why}; add [fixtures] indexed_uris")
    if why := world.irremovable.get("BatchIndexFileMeta", ""):
        return lack(world, "files", f"{why}; or add [fixtures] indexed_uris")
    wanted = given or _showcase(world)
    made = yield from _index(world.writes, wanted)
    if not made.accepted:
        why = f"{why_unusable(made)}; add [fixtures] indexed_uris"
        return lack(world, "files", why)
    place, uris = world.writes, [f.uri for f in wanted]
    seen = yield from _visible(place, uris, order.settle_seconds)
    if not seen:
        # Where a batch has no effect this one file shows that there could be one.
        yield Call("IndexFileMeta", {**place.params, "File": _input_file(wanted[0])})
    if not seen.issuperset(uris):
        seen = (yield from _visible_late(place, uris, order.settle_seconds)) or seen
        if seen.issuperset(uris):
            world = replace(world, settle_seconds=order.settle_seconds * SLOW)
    found = tuple(f for f in wanted if f.uri in seen)
    if not found:
        last: Exchange = yield Call("BatchGetFileMeta", {**place.params, "URIs": uris[:1]})
        invisible = f"no file became visible within {SLOW * order.settle_seconds:g} s of indexing"
        why = why_unusable(last) if _is_refused(last) else invisible
        return lack(replace(world, reads=place), "files", f"{why}; add [fixtures] indexed_uris")
    return replace(world, reads=place, files=found)


def _given_files(world: World) -> Part:
    """Look once whether given files can be asked for where they are said to be."""
    why = yield from why_unknown("BatchGetFileMeta", world, "project, dataset and indexed_uris")
    if not why:
        return world
    world = lack(lack(world, "place", why), "files", why)
    return world if world.writes_apart else lack(replace(world, writes=None), "writes", why)


def _visible(place: Place, uris: list[str], seconds: float) -> Generator[Step, Any, set[str]]:
    """Wait for files to become visible; ask one by one if asking for all is refused."""
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})
    seen = yield from until(read, lambda e: visible(e) >= set(uris) or _is_refused(e), seconds)
    if seen.accepted or len(uris) == 1:
        return visible(seen)
    found: set[str] = set()
    for uri in uris:
        # What is not found has been waited for already.
        found |= yield from _visible(place, [uri], seconds if _is_refused(seen) else 0.0)
    return found


def _visible_late(place: Place, uris: list[str], seconds: float) -> Generator[Step, Any, set[str]]:
    """Look a few times more, so many seconds apart that it takes few requests of a budget."""
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})

    def done(look: Exchange) -> bool:
        return visible(look) >= set(uris) or _is_refused(look) or _is_something_else(look, uris)

    times = [Wait(seconds / _LOOKS)] * (_LOOKS * (SLOW - 1))
    return visible((yield from at_times(read, done, times)))


def _is_refused(read: Exchange) -> bool:
    """Return whether asking is in vain; what finds nothing may be refused as not found (IMM-BGFM-FILES-MISSING)."""
    return not read.accepted and not_missed(read)


def _is_something_else(read: Exchange, uris: list[str]) -> bool:
    """Return whether an answer is as if another call had been answered: other files, or none and much else."""
    if "Files" in read.value:
        return not visible(read) <= set(uris)
    return read.accepted and bool(read.value.keys() - {"RequestId"})


def _index(place: Place, files: tuple[IndexedFile, ...]) -> Generator[Step, Any, Exchange]:
    """Index all files at once or, if that is refused, one after the other."""
    inputs = [_input_file(f) for f in files]
    made: Exchange = yield Call("BatchIndexFileMeta", {**place.params, "Files": inputs})
    if made.accepted:
        return made
    for entry in inputs:
        made = yield Call("IndexFileMeta", {**place.params, "File": entry})
    return made


def visible(exchange: Exchange) -> set[str]:
    """Return the URIs of the files in an answer of BatchGetFileMeta."""
    files = exchange.value.get("Files")
    if not isinstance(files, list):
        return set()
    return {f["URI"] for f in files if isinstance(f, dict) and isinstance(f.get("URI"), str)}
