"""BatchIndexFileMeta and IndexFileMeta: what is found afterwards (imm.md 5.3, 5.5 and 6.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import (
    BATCH,
    SINGLE,
    Indexing,
    Input,
    forget,
    makes_up,
    require_indexed,
    subjects,
)
from conformance.behaviors._lookups import File, by_uri, files_of, folded, has, is_whole, look_up, uri_of
from conformance.behaviors.file_lookups import FOUND, long_uri
from conformance.behaviors.file_meta import ECHO
from conformance.behaviors.own import Own
from conformance.checks.drawing import draw
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Steps, Verdict
from conformance.judge.reaction import Reaction, not_missed, react, summarize, why_unusable
from conformance.polling import insist, until
from conformance.world import BlockedError, World
from reports.difference import changes_between
from strategies import near_collisions, object_keys

CASE = "BatchGetFileMeta/behavior/uri-case"
ACCEPTS = "BatchIndexFileMeta/request/Files[]/URI/pattern/accepts"
GONE = "BatchGetFileMeta/behavior/gone-after-delete"

_PLAIN = ("plain.jpg", "plain.mp4", "plain.mp3", "plain.pdf", "plain.zip", "plain")
_HARD_LABELS = {
    "a.b": "c.d",
    "Enabled": "True",
    "ItemCount": "007",
    " padded ": " x ",
    "lines": "a\nb",
    "none": "",
    "long": 12 * "labelled ",
}
_HARD = (
    "a+b.jpg",
    "a b.mp4",
    "100%.mp3",
    "a%20b.pdf",
    'say "hi", it\'s <b>~; x&y=z?#[0]{1}$*!^|.zip',
    "\N{CAT FACE}\N{ZERO WIDTH JOINER}.bin",
    "שלום مرحبا.jpg",
    "back\\slash//twice/.mov",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}.png",
    "cafe\N{COMBINING ACUTE ACCENT}.png",
    " space at both ends ",
    "1/2/3/4/5/6/7/8/9/10/11/12/13/14/2026",
    "DSC:01.JPG",
    "twin.jpg",
    "twin.jpg?x=1",
    "twin.jpg#x",
    "twin/b.jpg",
    "twin//b.jpg",
    "twin",
    "twin ",
    "twin a b",
    "twin a+b",
    "twin..2/a.jpg",
    "folder/",
    "twin a%20b",
    "upper/photo.jpg",
    "upper/PHOTO.jpg",
    "upper/Stra\N{LATIN SMALL LETTER SHARP S}e",
    "upper/STRASSE",
    "twin\N{NO-BREAK SPACE}a b",
)


def labelled(uris: Sequence[str], mark: str) -> list[Input]:
    """Return inputs with an id and labels of their own each; the first pair is hard to carry."""
    inputs: list[Input] = [
        {"URI": uri, "CustomId": f"{mark}-{number}", "CustomLabels": {"Mark": mark, "Number": str(number)}}
        for number, uri in enumerate(uris)
    ]
    hard = {"CustomId": f'\t{mark} +%"é\n', "CustomLabels": {"Ключ & 100%": "a+b 'c' \N{CAT FACE}", "Mark": mark}}
    return [{**inputs[0], **hard}, *inputs[1:]]


def _harder(inputs: Sequence[Input]) -> list[Input]:
    """Return inputs of which the first has a long id and many labels; how much of them a target takes is open.

    No source says (imm.md 14.2, gap 9).
    """
    first, *others = inputs
    labels = {**first["CustomLabels"], **_HARD_LABELS}
    return [{**first, "CustomId": f"{first['CustomId']}{'Ab' * 30}", "CustomLabels": labels}, *others]


def carries(file: File, given: Input) -> bool:
    """Return whether a file has the id and the labels that its input gives."""
    return all(file.get(name) == given[name] for name in _given(given))


def _given(entry: Input) -> list[str]:
    """Return which of id and labels an input has."""
    return [name for name in ("CustomId", "CustomLabels") if name in entry]


def is_marked(file: File) -> bool:
    """Return whether a file shows an id or labels at all."""
    return "CustomId" in file or "CustomLabels" in file


def indexed(own: Own, indexing: Indexing, inputs: Sequence[Input], *, labelled_too: bool = False) -> Steps:
    """Index files, wait until they are found, and return the last look.

    With `labelled_too` also until they have their ids and labels. Raises
    Inconclusive if a call is not accepted.
    """
    world = own.world
    uris = [entry["URI"] for entry in inputs]
    for call in indexing.calls(world.writing, inputs):
        made: Exchange = yield call
        if not made.accepted:
            raise Inconclusive(why_unusable(made))
    forget(own, world.writing, uris)

    def all_there(look: Exchange) -> bool:
        return all(_is_there(by_uri(look).get(entry["URI"]), entry, labelled_too) for entry in inputs)

    seen: Exchange = yield from until(look_up(world.writing, uris), all_there, world.effect_seconds)
    if not seen.accepted:
        raise Inconclusive(why_unusable(seen))
    return seen


def _is_there(file: File | None, entry: Input, labelled_too: bool) -> bool:
    return file is not None and is_whole(file) and (not labelled_too or carries(file, entry))


def _effect(indexing: Indexing, world: World) -> Flow:
    """Index files of all kinds and look for each of them (IMM-BIFM-EFFECT, IMM-IFM-EFFECT)."""
    own = Own(world)
    names = _PLAIN if indexing.takes_many else ("single + %.mp4", "single.jpg", "single")
    uris = subjects(world, "effect", names)
    inputs = labelled(uris, indexing.name.lower())
    inputs[1:2] = [{**entry, "CustomId": "0001"} for entry in inputs[1:2]]
    yield from own.tidied(_found(own, indexing, _one_bare(inputs)))


def _one_bare(inputs: Sequence[Input]) -> list[Input]:
    """Leave the last of several inputs nothing but its URI, which is all that an input needs."""
    return [*inputs[:-1], {"URI": inputs[-1]["URI"]}] if len(inputs) > 1 else list(inputs)


def _found(own: Own, indexing: Indexing, inputs: Sequence[Input]) -> Flow:
    hard = _harder(inputs)
    try:
        seen = yield from indexed(own, indexing, hard, labelled_too=True)
        inputs = hard
    except Inconclusive:
        seen = yield from indexed(own, indexing, inputs, labelled_too=True)
    lost = [entry["URI"] for entry in inputs if entry["URI"] not in by_uri(seen)]
    if not by_uri(seen):
        yield from require_indexed(own)
    yield expect(
        indexing.requirement("effect"),
        not lost,
        expected=f"BatchGetFileMeta returns each of {len(inputs)} files within {own.world.settle_seconds:g} s",
        observed=_lost_text(lost, {e["URI"] for e in inputs if not _given(e)}),
        exchange=seen,
    )
    yield from _labels_kept(indexing, inputs, seen)


def _lost_text(lost: Sequence[str], bare: set[str]) -> str:
    if not lost:
        return ""
    alone = ", which was given without CustomId and CustomLabels" if set(lost) <= bare else ""
    slow = "; if indexing takes longer, raise [limits] settle_seconds"
    return f"missing: {len(lost)}, such as {shown(lost[0])}{alone}{slow}"


def _labels_kept(indexing: Indexing, inputs: Sequence[Input], seen: Exchange) -> Iterator[Verdict]:
    """Judge that id and labels of each file are those that were given to it, and not to another one."""
    for entry in inputs:
        file = by_uri(seen).get(entry["URI"])
        others = [] if "CustomLabels" in entry else [e["CustomLabels"] for e in inputs if "CustomLabels" in e]
        if file is not None and has(file, "CustomLabels") and others:
            yield expect(
                indexing.requirement("effect-labels"),
                file["CustomLabels"] not in others,
                expected="no CustomLabels of a file that was given none",
                observed=f"{shown(file['CustomLabels'])} of {shown(entry['URI'])}, which were given to another file",
                exchange=seen,
            )
        for name in _given(entry):
            if file is not None:
                expected, observed = _difference(name, entry[name], file.get(name))
                yield expect(
                    indexing.requirement("effect-labels"),
                    file.get(name) == entry[name],
                    expected=expected,
                    observed=f"{observed} of {shown(entry['URI'])}",
                    exchange=seen,
                )


def _difference(name: str, given: Any, found: Any) -> tuple[str, str]:
    """Return what was given and what was found; of labels the first that is another one."""
    changes = changes_between(given, found) if isinstance(given, Mapping) and isinstance(found, Mapping) else ()
    if not changes:
        return f"{name} {shown(given)}", f"{name} {shown(found)}"
    label, was, is_now = (changes[0][part] for part in ("place", "control", "probe"))
    return f"the label {shown(label)} is {was}", f"it is {is_now} in {name}"


@check(ECHO, CASE, ACCEPTS, BATCH.requirement("effect"), operation="BatchIndexFileMeta", tier="create-and-clean")
def hard_keys(world: World) -> Flow:
    """Index keys that are easily mistaken and read them back byte for byte."""
    world.need("files")
    if not makes_up(world):
        raise BlockedError("objects with keys like 'a+b.jpg' are not known; they cannot be given as [fixtures]")
    own = Own(world)
    yield from own.tidied(_read_back(own))


def _read_back(own: Own) -> Flow:
    world = own.world
    near = [key for pair in draw(near_collisions, count=4, start=31) for key in pair]
    free = draw(_short_keys, count=5, start=32)
    names = list(dict.fromkeys([*_HARD, *near, *free]))
    cases = [name for name in names if sum(name.casefold() == other.casefold() for other in names) > 1]
    longest = [long_uri(world, 1023, ".png"), long_uri(world, 1023, "é\N{CAT FACE}.png")]
    looks: list[tuple[Exchange, set[str]]] = []
    for group in (*_halves(world, names), longest):
        inputs = labelled(group, "key")
        try:
            seen = yield from indexed(own, BATCH, inputs)
        except Inconclusive:
            if group is not longest:  # `object-key-1023-bytes` tells of those
                yield from _refused_key(own, inputs)
            raise
        apart = {world.uri(f"keys/{name}") for name in cases}
        yield from _judge_echo([entry for entry in inputs if entry["URI"] not in apart], seen)
        looks.append((seen, by_uri(seen).keys() - apart))
    for look, uris in looks[:-1]:
        yield from _still_there(look, uris)
    both = yield look_up(world.writing, [world.uri(f"keys/{name}") for name in cases])
    yield from _judge_case(world, cases, both)


def _short_keys() -> st.SearchStrategy[str]:
    return object_keys(max_bytes=40)


def _still_there(look: Exchange, uris: Collection[str]) -> Flow:
    """Judge that what was found before its twins were indexed is found after that."""
    seen = yield from insist(look.call, lambda e: by_uri(e).keys() >= set(uris))
    lost = [uri for uri in uris if uri not in by_uri(seen)]
    yield expect(
        BATCH.requirement("effect"),
        not lost,
        expected="a file is still found when others with keys like its own have been indexed",
        observed=f"missing: {len(lost)}, such as {shown(lost[0])}" if lost else "",
        exchange=seen,
    )


def _refused_key(own: Own, inputs: Sequence[Input]) -> Flow:
    """Name the first file that is refused alone; an ordinary one is accepted in the same way."""
    place, ordinary = own.world.writing, own.world.uri("keys/plain.jpg")
    forget(own, place, [ordinary, *(entry["URI"] for entry in inputs)])
    plain: Exchange = yield BATCH.call(place, labelled([ordinary], "key"))
    for entry in inputs if plain.accepted else ():
        alone: Exchange = yield BATCH.call(place, [entry])
        if react(alone).refuses or (react(alone) is Reaction.BROKEN and alone.answer is not None):
            expected, observed = f"the URI {shown(entry['URI'])} is accepted", summarize(alone)
            yield expect(ACCEPTS, False, expected=expected, observed=observed, exchange=alone, control=plain)
            return


def _halves(world: World, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the URIs of keys in two lists, so that queries stay short and twins are apart."""
    uris = [world.uri(" first.jpg"), *(world.uri(f"keys/{name}") for name in names)]
    return uris[::2], uris[1::2]


def _judge_echo(inputs: Sequence[Input], seen: Exchange) -> Iterator[Verdict]:
    """Judge that each file is found under its own URI; one that is not found at all is another matter."""
    asked = {entry["URI"] for entry in inputs}
    spellings = {folded(uri_of(file)): uri_of(file) for file in files_of(seen) if uri_of(file) not in asked}
    for entry in inputs:
        uri, there = entry["URI"], entry["URI"] in by_uri(seen)
        other = spellings.get(folded(uri))
        if there or other is not None:
            expected, observed = f"the URI {shown(uri)}, byte for byte", f"the URI {shown(other)}"
            yield expect(ECHO, there, expected=expected, observed=observed, exchange=seen)
        else:
            lost = f"{shown(uri)} is missing"
            yield expect(BATCH.requirement("effect"), False, expected="each file is found", observed=lost)


def _judge_case(world: World, names: Sequence[str], seen: Exchange) -> Iterator[Verdict]:
    """Judge that keys that differ only in case are files of their own (IMM-URI-KEY-CASE)."""
    found = by_uri(seen)
    for name in names:
        uri = world.uri(f"keys/{name}")
        others = [n for n in names if n != name and n.casefold() == name.casefold()]
        there = [uri in found, *(world.uri(f"keys/{other}") in found for other in others)]
        if any(there):
            observed = f"only {sum(there)} of them"
            expected = f"a file of its own for '{name}' and for '{others[0]}'"
            yield expect(CASE, all(there), expected=expected, observed=observed, exchange=seen)


@check(GONE, tier="create-and-clean")
def deletion(world: World) -> Flow:
    """Delete one of four index entries, with which another begins, then the others (IMM-BGFM-AFTER-DELETE)."""
    world.need("files")
    own = Own(world)
    yield from own.tidied(_deleted(own))


def _deleted(own: Own) -> Flow:
    world = own.world
    inputs = labelled(subjects(world, "deletion", ("a.jpg", "a.jpg.bak", "b+c.mp4", "d.pdf")), "deletion")
    seen = yield from indexed(own, BATCH if "BatchIndexFileMeta" in world.operations else SINGLE, inputs)
    there = [entry["URI"] for entry in inputs if entry["URI"] in by_uri(seen)]
    if not there:
        raise Inconclusive("no file was found that could be deleted")
    yield from _gone(own, there[:1], there[1:], Call("DeleteFileMeta", {**world.writing.params, "URI": there[0]}))
    if there[1:]:
        rest = {**world.writing.params, "URIs": there[1:]}
        yield from _gone(own, there, [], Call("BatchDeleteFileMeta", rest))


def _gone(own: Own, uris: Sequence[str], kept: Sequence[str], deletion: Call) -> Flow:
    """Delete and judge that `uris` are gone and `kept` are not."""
    world = own.world
    made = yield deletion
    if react(made) is Reaction.UNKNOWN_OPERATION:
        raise BlockedError(f"the target has no {deletion.operation}")
    if not made.accepted:
        raise Inconclusive(why_unusable(made))
    read = look_up(world.writing, [*uris, *kept])
    seen = yield from until(read, lambda e: not by_uri(e).keys() & set(uris), world.settle_seconds)
    left = [uri for uri in uris if uri in by_uri(seen)]
    if not seen.accepted and not_missed(seen):
        raise Inconclusive(why_unusable(seen))
    expected = f"no file within {world.settle_seconds:g} s of {deletion.operation}"
    observed = f"{shown(left[0])} is still returned" if left else ""
    yield expect(GONE, not left, expected=expected, observed=observed, exchange=seen, control=made)
    if kept and seen.accepted:
        if not by_uri(seen).keys() >= set(kept):
            seen = yield from insist(read, lambda e: by_uri(e).keys() >= set(kept))
        lost = [uri for uri in kept if uri not in by_uri(seen)]
        observed = f"{len(lost)} others are gone too"
        yield expect(FOUND, not lost, expected="the other files are still found", observed=observed, exchange=seen)


for _indexing in (BATCH, SINGLE):
    _ids = (_indexing.requirement("effect"), _indexing.requirement("effect-labels"))
    check(*_ids, tier="create-and-clean")(partial(_effect, _indexing))
