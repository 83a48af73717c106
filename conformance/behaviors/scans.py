"""CreateBinding: the objects that a bucket has already become indexed, whoever binds it (imm.md 3.5)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import SINGLE, forget
from conformance.behaviors._lookups import look_up
from conformance.behaviors.bindings import judged_creation, still_bound
from conformance.behaviors.own import Own, member, needed, unindexing
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step
from conformance.judge.reaction import react, why_unusable
from conformance.polling import until
from conformance.provisioning.files import visible
from conformance.world import BlockedError, Place, World

_SCAN = "CreateBinding/behavior/full-scan"
_MOST = 100
"""So many files can be asked for at once."""


@check(_SCAN, tier="create-and-clean")
def full_scan(world: World) -> Flow:
    """IMM-CB-FULLSCAN: known objects of a bucket appear in a fresh dataset, in one that has files, and once more."""
    if not world.objects:
        raise BlockedError("no objects are known; add [fixtures] bucket and indexed_uris of objects in it")
    own = Own(world)
    yield from own.tidied(_scans(own, list(world.objects[:_MOST])))


def _scans(own: Own, known: list[str]) -> Flow:
    place = own.place("scan")
    needed((yield from own.dataset(place)))
    forget(own, place, known)
    bound = yield from own.bind(place, _bucket_of(known))
    if not bound.accepted:
        raise Inconclusive(f"the given bucket cannot be bound: {why_unusable(bound)}")
    yield from judged_creation(bound)
    if (yield from _scanned(own, place, bound, known, "a new dataset")):
        other = yield from _with_files(own, known)
        yield from _bound_again(own, place, bound, known, other)


def scanned_binding(own: Own, place: Place) -> Generator[Step, Any, Call | None]:
    """Bind the bucket of the known objects; return how to read the binding once all of them are indexed, else None."""
    known = list(own.world.objects[:_MOST])
    if not known or "BatchGetFileMeta" not in own.world.operations:
        return None
    forget(own, place, known)
    bound: Exchange = yield from own.bind(place, _bucket_of(known))
    if not react(bound).understands:
        return None
    seen = yield from until(look_up(place, known), lambda e: visible(e) >= set(known), own.world.settle_seconds)
    return Call("GetBinding", bound.call.params) if visible(seen) >= set(known) else None


def _bucket_of(known: list[str]) -> str:
    return "/".join(known[0].split("/")[:3])


def _with_files(own: Own, known: list[str]) -> Generator[Step, Any, Exchange | None]:
    """Bind the bucket, which is bound already, to a dataset that has one of its objects; some may refuse that."""
    place = own.place("scan-too")
    made: Exchange = yield from own.dataset(place)
    if not made.accepted:
        return None
    forget(own, place, known)
    if SINGLE.name in own.world.operations:
        yield SINGLE.call(place, [{"URI": known[0]}])
        yield from until(look_up(place, known[:1]), lambda e: visible(e) >= {known[0]}, own.world.settle_seconds)
    bound: Exchange = yield from own.bind(place, _bucket_of(known))
    if not bound.accepted:
        return None
    yield from _scanned(own, place, bound, known, "a second dataset, with one of them indexed before")
    return bound


def _bound_again(own: Own, place: Place, bound: Exchange, known: list[str], other: Exchange | None) -> Flow:
    """Take the binding and the files away and bind the bucket once more; some may need time before that."""
    removed: Exchange = yield Call("DeleteBinding", bound.call.params)
    if removed.accepted and other is not None and "GetBinding" in own.world.operations:
        yield from still_bound(Call("GetBinding", other.call.params), other)
    emptied: Exchange = yield unindexing(place, known)
    again: Exchange = yield bound.call
    if removed.accepted and again.accepted:
        yield from judged_creation(again)
    if removed.accepted and emptied.accepted and again.accepted:
        where = "a dataset from which they were deleted before it was bound again"
        yield from _scanned(own, place, again, known, where)


def _scanned(own: Own, place: Place, bound: Exchange, known: list[str], where: str) -> Generator[Step, object, bool]:
    """Judge that the known objects of a bucket that was bound appear; return whether they do.

    Raises Inconclusive if that cannot be seen, or not yet.
    """
    seconds = own.world.settle_seconds
    read = look_up(place, known)
    seen = yield from until(read, lambda e: visible(e) >= set(known), seconds)
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    missing = sorted(set(known) - visible(seen))
    if missing:
        yield from _refuse_unscanned(bound, seconds)
    yield expect(
        _SCAN,
        not missing,
        expected=f"all {len(known)} known objects are indexed within {seconds:g} s in {where}",
        observed=f"{len(missing)} of them are not, such as {shown(missing[0])}" if missing else "",
        exchange=seen,
        control=bound,
    )
    return not missing


def _refuse_unscanned(bound: Exchange, seconds: float) -> Generator[Step, Exchange, None]:
    """Raise Inconclusive if a binding says that its bucket is still scanned, or cannot be (IMM-CB-STATE-ENUM)."""
    binding = member((yield Call("GetBinding", bound.call.params)), "Binding")
    if binding.get("Phase") == "FullScanning" or binding.get("State") == "Ready":
        begun = "took longer than" if binding.get("Phase") == "FullScanning" else "did not begin within"
        raise Inconclusive(f"the full scan {begun} {seconds:g} s; [limits] settle_seconds can give it more")
    if binding.get("State") in ("Failed", "Stopped", "Retrying"):
        reason = f", with the Reason '{binding['Reason']}'" if binding.get("Reason") else ""
        raise Inconclusive(f"the binding is '{binding['State']}'{reason}")
