"""BatchIndexFileMeta and IndexFileMeta: what is found afterwards (imm.md 5.3, 5.5 and 6.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

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
from conformance.behaviors._lookups import File, by_uri, has, is_whole, look_up
from conformance.behaviors.file_lookups import FOUND
from conformance.behaviors.own import Own
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Steps, Verdict
from conformance.judge.reaction import Reaction, not_missed, react, why_unusable
from conformance.polling import insist, until
from conformance.world import BlockedError, World
from reports.difference import changes_between

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

_FEW = 3
"""With no more files than these each has something else to show."""


def labelled(uris: Sequence[str], mark: str) -> list[Input]:
    """Return inputs with an id and labels of their own each; the first pair is hard to carry."""
    inputs: list[Input] = [
        {"URI": uri, "CustomId": f"{mark}-{number}", "CustomLabels": {"Mark": mark, "Number": str(number)}}
        for number, uri in enumerate(uris)
    ]
    hard = {"CustomId": f'\t{mark} +%"é\n', "CustomLabels": {"Ключ & 100%": "a+b 'c' \N{CAT FACE}", "Mark": mark}}
    return [{**inputs[0], **hard}, *inputs[1:]]


def _harder(inputs: Sequence[Input]) -> list[Input]:
    """Return inputs of which the first has a long id and many labels, and one of many has empty ones.

    How much of labels a target takes no source says (imm.md 14.2, gap 9).
    """
    first, *others = inputs
    labels = {**first["CustomLabels"], **_HARD_LABELS}
    if len(others) > _FEW:
        others[-3] = {"URI": others[-3]["URI"], "CustomLabels": {}}
    return [{**first, "CustomId": f"{first['CustomId']}{'Ab' * 30}", "CustomLabels": labels}, *others]


def carries(file: File, given: Input) -> bool:
    """Return whether a file has the id and the labels that its input gives."""
    return all(file.get(name) == given[name] for name in _given(given))


def _given(entry: Input) -> list[str]:
    """Return which of id and labels an input has; empty labels are none."""
    return [name for name in ("CustomId", "CustomLabels") if entry.get(name)]


def is_marked(file: File) -> bool:
    """Return whether a file shows an id or labels at all."""
    return "CustomId" in file or "CustomLabels" in file


def indexed(own: Own, indexing: Indexing, inputs: Sequence[Input], *, labelled_too: bool = False) -> Steps:
    """Index files, wait until they are found, and return the last look.

    With `labelled_too` also until they have their ids and labels, and so where
    they are given: one may be there since an earlier check, whose removal of it
    takes a while. Raises Inconclusive if a call is not accepted.
    """
    world = own.world
    labelled_too = labelled_too or bool(world.given_objects)
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
    if indexing.takes_many and makes_up(world) and not world.given_bucket:
        uris.insert(1, uris[0].replace(world.bucket, f"{world.bucket}-too", 1))  # one key in two buckets
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
    alone = ", which was given without CustomId and without labels, or with empty ones" if set(lost) <= bare else ""
    slow = "; if indexing takes longer, raise [limits] settle_seconds"
    return f"missing: {len(lost)}, such as {shown(lost[0])}{alone}{slow}"


def _labels_kept(indexing: Indexing, inputs: Sequence[Input], seen: Exchange) -> Iterator[Verdict]:
    """Judge that id and labels of each file are those that were given to it, and not to another one."""
    for entry in inputs:
        file = by_uri(seen).get(entry["URI"])
        others = [] if entry.get("CustomLabels") else [e["CustomLabels"] for e in inputs if e.get("CustomLabels")]
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
