"""BatchIndexFileMeta: as many files as the documents allow, to the last of them (imm.md 5.3 and 5.5)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, MOST_FILES, USER_DATA_BYTES, forget, makes_up, require_indexed
from conformance.behaviors._lookups import by_uri, in_a_query, look_up
from conformance.behaviors.file_lookups import FILTER, FOUND
from conformance.behaviors.indexing_effects import GONE
from conformance.behaviors.own import Own
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step
from conformance.judge.reaction import not_missed, react, why_unusable
from conformance.polling import insist, until
from conformance.world import BlockedError, World

_EFFECT = BATCH.requirement("full-batch-effect")
WHOLE = BATCH.requirement("refused-as-a-whole")


@check(_EFFECT, FOUND, WHOLE, GONE, FILTER, tier="create-and-clean")
def a_full_batch(world: World) -> Flow:
    """Index a hundred files in one call and look for them, and for those of a call with one more.

    IMM-BIFM-FILES-MAX, IMM-BIFM-FILES-OVER, IMM-BIFM-EFFECT.
    """
    if not makes_up(world):
        raise BlockedError("a hundred objects are not known; they cannot be given as [fixtures]")
    own = Own(world)
    uris = [world.uri(f"full/{number}.jpg") for number in range(1, MOST_FILES + 1)]
    yield from own.tidied(_to_the_last(own, uris))


def _to_the_last(own: Own, uris: list[str]) -> Flow:
    world = own.world
    refused = [*(yield from _one_too_many(own)), *(yield from _too_long(own))]
    made: Exchange = yield BATCH.call(world.writing, [{"URI": uri} for uri in uris])
    if not made.accepted:
        raise Inconclusive(why_unusable(made))
    forget(own, world.writing, uris)
    most = in_a_query(uris)
    read = look_up(world.writing, most)
    seen = yield from until(read, lambda answer: by_uri(answer).keys() >= set(most), world.settle_seconds)
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    found = by_uri(seen).keys() | (yield from _found_apart(read, [uri for uri in most if uri not in by_uri(seen)]))
    lost = [uri for uri in (uris[0], uris[-1]) if uri not in found]
    if lost and (yield from _found_late(look_up(world.writing, uris), world.settle_seconds)):
        lost = []
    if not found:
        yield from require_indexed(own)
    seconds = f"{world.settle_seconds:g} s"
    yield expect(
        _EFFECT,
        not lost,
        expected=f"the first and the last of {MOST_FILES} files that one call indexes within {seconds}",
        observed=f"{' and '.join(shown(uri) for uri in lost)} missing",
        exchange=seen,
        control=made,
    )
    if refused and not lost:
        yield from _none_of(refused, world)
    yield look_up(world.writing, most, ["URI", "Filename"])  # whether it shows other fields every answer is asked
    if not lost:
        yield from _removed(own, most)


def _removed(own: Own, uris: list[str]) -> Flow:
    """Remove a hundred files in one call, and judge that the first and the last of them are gone."""
    removed: Exchange = yield own.removals.pop()
    if not removed.accepted:
        return
    read = look_up(own.world.writing, [uris[0], uris[-1]])
    seen = yield from until(read, lambda answer: not by_uri(answer), own.world.settle_seconds)
    if not_missed(seen):
        left = sorted(by_uri(seen))
        yield expect(
            GONE,
            not left,
            expected=f"none of {MOST_FILES} files that one call removed",
            observed=f"{' and '.join(map(shown, left))}",
            exchange=seen,
            control=removed,
        )


def _one_too_many(own: Own) -> Generator[Step, Any, list[str]]:
    """Send a call with one file more than a call may have; return the first and the last one if it is refused."""
    uris = [own.world.uri(f"over/{number}.jpg") for number in range(MOST_FILES + 1)]
    over: Exchange = yield BATCH.call(own.world.writing, [{"URI": uri} for uri in uris])
    if not react(over).refuses:
        forget(own, own.world.writing, uris[:MOST_FILES])
        return []
    return [uris[0], uris[-1]]


def _too_long(own: Own) -> Generator[Step, Any, list[str]]:
    """Send a call with UserData of a byte more than it may have; return its file if it is refused."""
    place, uri = own.world.writing, own.world.uri("over/told.jpg")
    over: Exchange = yield BATCH.call(place, [{"URI": uri}], UserData="x" * (USER_DATA_BYTES + 1))
    if not react(over).refuses:
        forget(own, place, [uri])
        return []
    return [uri]


def _none_of(refused: list[str], world: World) -> Flow:
    """Judge that files of a call that was refused are not there once those of a later one are."""
    seen: Exchange = yield look_up(world.writing, refused)
    found = sorted(by_uri(seen).keys() & set(refused))
    if seen.accepted:
        yield expect(
            WHOLE,
            not found,
            expected=f"no file of a call that was refused for {MOST_FILES + 1} files or its UserData is indexed",
            observed=f"{shown(found[0])} is found" if found else "",
            exchange=seen,
        )


def _found_apart(read: Call, lost: list[str]) -> Generator[Step, Any, set[str]]:
    """Ask for the first and the last of the files that an answer lacks, and judge that the long list has them too."""
    if not lost:
        return set()
    few: Exchange = yield Call(read.operation, {**read.params, "URIs": [lost[0], lost[-1]]})
    apart = by_uri(few).keys() & set(lost)
    again = yield from insist(read, lambda answer: by_uri(answer).keys() >= apart)
    if not again.accepted:
        raise Inconclusive(why_unusable(again))
    overlooked = sorted(apart - by_uri(again).keys())
    yield expect(
        FOUND,
        not overlooked,
        expected=f"what is found alone is found in a list of {len(read.params['URIs'])} files",
        observed=f"{' and '.join(shown(uri) for uri in overlooked)} missing",
        exchange=again,
        control=few,
    )
    return set(apart)


def _found_late(read: Call, seconds: float) -> Generator[Step, Any, bool]:
    """Return whether all files are found after all; no source says how long a hundred of them take.

    Raises Inconclusive if some have been added meanwhile, and not all.
    """
    early: Exchange = yield read
    late: Exchange = yield from until(read, lambda answer: len(by_uri(answer)) > len(by_uri(early)), seconds)
    if len(by_uri(late)) == MOST_FILES:
        return True
    if len(by_uri(late)) > len(by_uri(early)):
        msg = f"{len(by_uri(late))} of {MOST_FILES} files were found, and more come; raise [limits] settle_seconds"
        raise Inconclusive(msg)
    return False
