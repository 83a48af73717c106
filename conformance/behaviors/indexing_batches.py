"""BatchIndexFileMeta: as many files as the documents allow, to the last of them (imm.md 5.3 and 5.5)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, forget, makes_up
from conformance.behaviors._lookups import by_uri, look_up
from conformance.behaviors.own import Own
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step
from conformance.judge.reaction import why_unusable
from conformance.polling import until
from conformance.world import BlockedError, World

_MOST = 100
_EFFECT = BATCH.requirement("full-batch-effect")


@check(_EFFECT, tier="create-and-clean")
def a_full_batch(world: World) -> Flow:
    """Index a hundred files in one call and look for the first and the last (IMM-BIFM-FILES-MAX, IMM-BIFM-EFFECT)."""
    if not makes_up(world):
        raise BlockedError("a hundred objects are not known; they cannot be given as [fixtures]")
    own = Own(world)
    uris = [world.uri(f"full/{number}.jpg") for number in range(1, _MOST + 1)]
    yield from own.tidied(_to_the_last(own, uris))


def _to_the_last(own: Own, uris: list[str]) -> Flow:
    world = own.world
    made: Exchange = yield BATCH.call(world.writing, [{"URI": uri} for uri in uris])
    if not made.accepted:
        raise Inconclusive(why_unusable(made))
    forget(own, world.writing, uris)
    ends = [uris[0], uris[-1]]
    seen = yield from until(
        look_up(world.writing, ends), lambda answer: by_uri(answer).keys() >= set(ends), world.settle_seconds
    )
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    lost = [uri for uri in ends if uri not in by_uri(seen)]
    if lost and (yield from _found_late(look_up(world.writing, uris), world.settle_seconds)):
        lost = []
    yield expect(
        _EFFECT,
        not lost,
        expected=f"the first and the last of {_MOST} files that one call indexes within {world.settle_seconds:g} s",
        observed=f"{' and '.join(shown(uri) for uri in lost)} missing",
        exchange=seen,
        control=made,
    )


def _found_late(read: Call, seconds: float) -> Generator[Step, Any, bool]:
    """Return whether all files are found after all; no source says how long a hundred of them take.

    Raises Inconclusive if some have been added meanwhile, and not all.
    """
    early: Exchange = yield read
    late: Exchange = yield from until(read, lambda answer: len(by_uri(answer)) > len(by_uri(early)), seconds)
    if len(by_uri(late)) == _MOST:
        return True
    if len(by_uri(late)) > len(by_uri(early)):
        msg = f"{len(by_uri(late))} of {_MOST} files were found, and more come; raise [limits] settle_seconds"
        raise Inconclusive(msg)
    return False
