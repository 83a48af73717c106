"""Indexing a file again, with empty arrays, and by the other operation (imm.md 5.3, 5.5, 6.5 and 8.16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, SINGLE, Indexing, Input, forget, subjects
from conformance.behaviors._lookups import File, by_uri, files_of, is_whole, look_up, uri_of
from conformance.behaviors.file_values import IDENTITY
from conformance.behaviors.indexing import refused_or_not
from conformance.behaviors.indexing_effects import carries, indexed, is_marked, labelled
from conformance.behaviors.instants import read_instant
from conformance.behaviors.own import Own
from conformance.checks.registry import check, expect
from conformance.exchange import Exchange, Flow, Inconclusive, Steps, Verdict, Wait
from conformance.judge.reaction import why_unusable
from conformance.polling import insist, until
from conformance.world import World

TIMES = "BatchGetFileMeta/behavior/reindex-times"
SAME = SINGLE.requirement("same-as-batch")

_EMPTY: dict[str, list[Any]] = {"Addresses": [], "Figures": [], "Labels": []}
_CHANGING = ("UpdateTime", "CustomId", "FileAccessTime")
_RICH = {
    "CustomLabels": {"category": "Persons", "Ключ": "a+b %"},
    "Title": "test",
    "Artist": "Jane",
    "LatLong": "30.134390,120.074997",
    "ProduceTime": "2021-06-29T14:50:13.011643661+08:00",
    "MediaType": "image",
    "ContentType": "image/jpeg",
}


def _again(indexing: Indexing, world: World) -> Flow:
    """Index two files, one of them again, and then with empty arrays.

    What is given names the operation: one of several servers may still show what the other operation was given.
    """
    world.need("files")
    own = Own(world)
    uris = subjects(world, f"again-{indexing.name}", ("a+1.jpg", "b.pdf"))
    yield from own.tidied(_indexed_again(own, indexing, labelled(uris, f"first {indexing.name}")))


def _indexed_again(own: Own, indexing: Indexing, inputs: Sequence[Input]) -> Flow:
    world, uri = own.world, inputs[0]["URI"]
    first = yield from indexed(own, indexing, inputs)
    before = _the_file(first, uri)
    yield Wait(_tick(before))
    second: Input = {"URI": uri, "CustomId": f"second {indexing.name}", "CustomLabels": {"Version": "2"}}
    made = yield indexing.call(world.writing, [second])
    if not made.accepted:
        yield refused_or_not(indexing.requirement("reindex"), made, first, "a file is indexed again")
        return
    uris = [entry["URI"] for entry in inputs]
    seen = yield from _carrying(world, uris, second, before)
    yield _updated(indexing, [second, *inputs[1:]], seen)
    after = _the_file(seen, uri)
    if carries(after, second) or not is_marked(after):
        yield from _kept(before, after, seen, first)
    yield from _with_empty_arrays(world, indexing, second, seen)


def _the_file(seen: Exchange, uri: str) -> File:
    if uri not in by_uri(seen):
        raise Inconclusive(f"{shown(uri)} is not found")
    return by_uri(seen)[uri]


def _tick(file: File) -> float:
    """Return the seconds after which a later UpdateTime certainly has another text."""
    updated = read_instant(file.get("UpdateTime"))
    return 1.05 if updated and updated.digits < 2 else 0.02


def _carrying(world: World, uris: Sequence[str], given: Input, before: File) -> Steps:
    """Read files until one is updated: carries its new id and labels or, where none are shown, has another UpdateTime.

    Raises Inconclusive if that is refused.
    """
    bare = not is_marked(before)

    def is_done(exchange: Exchange) -> bool:
        file = by_uri(exchange).get(given["URI"], {})
        moved = file.get("UpdateTime") != before.get("UpdateTime")
        return is_whole(file) and (carries(file, given) or (bare and bool(file) and moved and not is_marked(file)))

    seen: Exchange = yield from until(look_up(world.writing, uris), is_done, world.effect_seconds)
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    return seen


def _updated(indexing: Indexing, inputs: Sequence[Input], seen: Exchange) -> Verdict:
    """Judge that there is one entry with the new id and labels, and that no other has changed."""
    uri = inputs[0]["URI"]
    entries = sum(uri_of(file) == uri for file in files_of(seen))
    files = {entry["URI"]: by_uri(seen).get(entry["URI"], {}) for entry in inputs}
    stale = [e for e in inputs if is_marked(files[e["URI"]]) and not carries(files[e["URI"]], e)]
    observed = f"{entries} entries" if entries != 1 else ""
    if stale:
        file = files[stale[0]["URI"]]
        labels = f"CustomId {shown(file.get('CustomId'))} and CustomLabels {shown(file.get('CustomLabels'))}"
        observed = f"{labels} of {shown(stale[0]['URI'])}"
    return expect(
        indexing.requirement("reindex"),
        entries == 1 and not stale,
        expected="one entry with the id and labels of the second call, the others as they were",
        observed=observed,
        exchange=seen,
    )


def _kept(before: File, after: File, seen: Exchange, first: Exchange) -> Iterator[Verdict]:
    """Judge what indexing again keeps and what it moves (IMM-FILE-REINDEX-TIME, IMM-FILE-OBJECTID)."""
    made = [read_instant(file.get("CreateTime")) for file in (before, after)]
    changed = [read_instant(file.get("UpdateTime")) for file in (before, after)]
    if made[0] and made[1]:
        observed = f"CreateTime {before['CreateTime']} and then {after['CreateTime']}"
        expected = "the CreateTime of the first indexing"
        yield expect(TIMES, made[0].same(made[1]), expected=expected, observed=observed, exchange=seen, control=first)
    if changed[0] and changed[1]:
        observed = f"UpdateTime {before['UpdateTime']} and then {after['UpdateTime']}"
        later = changed[0].precedes(changed[1])
        yield expect(TIMES, later, expected="a later UpdateTime", observed=observed, exchange=seen, control=first)
    ids = [before.get("ObjectId"), after.get("ObjectId")]
    if all(isinstance(id_, str) and id_ for id_ in ids):
        observed = f"ObjectId {shown(ids[0])} and then {shown(ids[1])}"
        yield expect(IDENTITY, ids[0] == ids[1], expected="the same ObjectId", observed=observed, exchange=seen)


def _with_empty_arrays(world: World, indexing: Indexing, given: Input, before: Exchange) -> Flow:
    """Judge empty arrays against none; what changes without them is no evidence.

    A file that did not become what the call before gave does not show when it has become what this one gives.
    """
    requirement, uri = indexing.requirement("empty-arrays"), given["URI"]
    third = {**given, "CustomId": f"third {indexing.name}"}
    probe = yield indexing.call(world.writing, [{**third, **_EMPTY}])
    yield refused_or_not(requirement, probe, before, "Addresses, Figures and Labels are empty")
    file = _the_file(before, uri)
    if not probe.accepted or (is_marked(file) and not carries(file, given)):
        return
    seen = yield from _carrying(world, [uri], third, file)
    if carries(file, given) and carries(_the_file(seen, uri), given):
        expected = "a call with empty Addresses, Figures and Labels has an effect, as the one without them had"
        observed = f"CustomId of {shown(uri)} is still {shown(given['CustomId'])}"
        yield expect(requirement, False, expected=expected, observed=observed, exchange=seen, control=before)
        return
    arrays = [_arrays(_the_file(exchange, uri)) for exchange in (before, seen)]
    if arrays[0] == arrays[1]:
        return
    fourth = {**given, "CustomId": f"fourth {indexing.name}"}
    yield indexing.call(world.writing, [fourth])
    again = yield from _carrying(world, [uri], fourth, _the_file(seen, uri))
    if _arrays(_the_file(again, uri)) != arrays[0]:
        yield Verdict(requirement, "inconclusive", observed="the arrays change whenever a file is indexed")
        return
    observed = f"{shown(arrays[1])} instead of {shown(arrays[0])}"
    yield expect(requirement, False, expected="the same as without the arrays", observed=observed, exchange=seen)


def _arrays(file: File) -> list[str]:
    """Return which arrays hold something; what was found in a file may get other ids with each indexing."""
    return [name for name in _EMPTY if file.get(name)]


@check(SAME, operation="IndexFileMeta", tier="create-and-clean")
def same_as_batch(world: World) -> Flow:
    """Index one file by both operations and compare what is stored (IMM-IFM-SAME-AS-BATCH)."""
    world.need("files")
    own = Own(world)
    uri = subjects(world, "same", ("same + %.jpg",))[0]
    yield from own.tidied(_compared(own, uri))


def _compared(own: Own, uri: str) -> Flow:
    forget(own, own.world.writing, [uri])
    one = yield from _stored(own, SINGLE, uri, "one")
    many = yield from _stored(own, BATCH, uri, "many")
    differing = _differing(one, many)
    if differing:
        again = yield from _stored(own, SINGLE, uri, "again")
        differing = sorted(set(differing) - set(_differing(one, again)))
    yield expect(
        SAME,
        not differing,
        expected="the file that BatchIndexFileMeta stores",
        observed=f"other values of {', '.join(differing[:3])}",
    )


def _stored(own: Own, indexing: Indexing, uri: str, mark: str) -> Steps:
    """Index a file with much given and return what is stored of it."""
    given = {"URI": uri, "CustomId": mark, **_RICH}
    made = yield indexing.call(own.world.writing, [given])
    if not made.accepted:
        raise Inconclusive(why_unusable(made))
    seen = yield from _carrying(own.world, [uri], given, {})
    if not carries(_the_file(seen, uri), given):
        seen = yield from insist(seen.call, lambda e: carries(by_uri(e).get(uri, {}), given))
    if not carries(_the_file(seen, uri), given):
        raise Inconclusive(f"{indexing.name} has not stored the new id and labels")
    return seen


def _differing(one: Exchange, other: Exchange) -> list[str]:
    """Return the fields of the first file in which two answers differ."""
    before, after = files_of(one)[0], files_of(other)[0]
    names = sorted((before.keys() | after.keys()) - set(_CHANGING))
    return [name for name in names if before.get(name) != after.get(name)]


for _indexing in (BATCH, SINGLE):
    _ids = (_indexing.requirement("reindex"), _indexing.requirement("empty-arrays"), TIMES, IDENTITY)
    check(*_ids, tier="create-and-clean")(partial(_again, _indexing))
