"""BatchIndexFileMeta and IndexFileMeta: files of PDS, which need their hash (imm.md 5.3, 6.3 and 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, BOTH, Indexing, forget, makes_up
from conformance.behaviors._lookups import by_uri, look_up
from conformance.behaviors.indexing import refused_or_not
from conformance.behaviors.indexing_batches import WHOLE
from conformance.behaviors.own import Own, refusal
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Verdict
from conformance.judge.reaction import react, why_unusable
from conformance.polling import until
from conformance.world import BlockedError, World

_EFFECT = BATCH.requirement("effect")
_FILE = f"pds://domains/bj1/drives/1/files/{'9520943dc264' * 3}0000/revisions/{'40cb7794c929' * 3}000"
_HASH = "1d9c280a7c4f67f7ef873e28449dbe17"


def pds_file(revision: int, **more: str) -> dict[str, str]:
    """Return a whole revision, numbered 0 to 9, of the file of PDS that the kit makes up."""
    return {"URI": f"{_FILE}{revision}", "FileHash": _HASH, **more}


def _pds(indexing: Indexing, world: World) -> Flow:
    """Index PDS files with and without their hash (IMM-BIFM-PDS-HASH, IMM-IFM-PDS-HASH)."""
    own = Own(world)
    yield from own.tidied(_pds_hash(own, indexing))


def _pds_hash(own: Own, indexing: Indexing) -> Flow:
    world, requirement = own.world, indexing.requirement("pds-needs-file-hash")
    control = yield from indexing.control(world)
    hashed = pds_file(0)
    twin = yield indexing.call(world.writing, [hashed])
    forget(own, world.writing, [hashed["URI"]])
    if react(twin).refuses and not makes_up(world):
        raise BlockedError(f"no PDS file is known: {why_unusable(twin)}")
    yield refused_or_not(requirement, twin, control, "a PDS file with its FileHash")
    if not twin.accepted:
        return
    # What else may be given of a PDS file stands in for no hash.
    bare = {"URI": f"{_FILE}2", "OSSURI": object_behind(world), "CustomId": _HASH}
    before = {"URI": world.uri("pds/before.jpg")}
    for inputs in ([bare], [before, hashed, bare]) if indexing.takes_many else ([bare],):
        probe = yield indexing.call(world.writing, inputs)
        yield refusal(requirement, probe, twin, "a PDS file without FileHash")
    if indexing.takes_many and react(probe).refuses and makes_up(world):
        yield from _effects(own, hashed["URI"], before["URI"])


def object_behind(world: World) -> str:
    """Return what a PDS file is behind."""
    return world.uri("pds/object.jpg")


def _effects(own: Own, first: str, before: str) -> Flow:
    """Index another revision of a PDS file and look for both, and for a file of a call that was refused.

    An ordinary file that is indexed after that shows when it is time to look.
    """
    world = own.world
    behind, both = world.uri("pds/behind.jpg"), (first, f"{_FILE}1")
    forget(own, world.writing, [*both, before, behind, object_behind(world)])
    second = pds_file(1, OSSURI=object_behind(world))
    made = yield BATCH.call(world.writing, [second, {"URI": behind}])
    if not made.accepted:
        return
    look = look_up(world.writing, [*both, object_behind(world), before, behind])

    def enough(seen: Exchange) -> bool:
        found = by_uri(seen).keys()
        return behind in found and len(found & set(both)) != 1

    seen = yield from until(look, enough, world.settle_seconds)
    if behind in by_uri(seen):
        yield from _both_found(both, object_behind(world), seen)
        yield Call(look.operation, {**look.params, "WithFields": ["OSSURI", "FileHash"]})  # judged like any answer
        expected, observed = "no file of a call that was refused is indexed", f"{shown(before)} is found"
        yield expect(WHOLE, before not in by_uri(seen), expected=expected, observed=observed, exchange=seen)


def _both_found(both: tuple[str, str], source: str, seen: Exchange) -> Iterator[Verdict]:
    """Judge two revisions of a PDS file; where neither is found, a made-up file of PDS may have been looked for."""
    found = by_uri(seen).keys()
    if found & set(both) or source in found:
        lost = [uri for uri in both if uri not in found]
        instead = f"{shown(source)}, its OSSURI, is found instead" if source in found else "the other one is found"
        yield expect(
            _EFFECT,
            not lost,
            expected="two revisions of a PDS file are each found under their own URI",
            observed=f"{shown(lost[0])} is not found, {instead}" if lost else "",
            exchange=seen,
        )


for _indexing in BOTH:
    _ids = [_indexing.requirement("pds-needs-file-hash"), *([_EFFECT, WHOLE] if _indexing.takes_many else [])]
    check(*_ids, tier="create-and-clean")(partial(_pds, _indexing))
