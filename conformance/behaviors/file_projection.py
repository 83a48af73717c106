"""BatchGetFileMeta: what WithFields leaves of a file (imm.md 2.3 and 2.5)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from conformance.behaviors._file_rules import named, shown
from conformance.behaviors._lookups import (
    File,
    Reader,
    asked_of,
    by_uri,
    fields_of,
    files_of,
    has,
    look_up,
    uri_of,
    with_pds,
)
from conformance.behaviors.file_lookups import FILTER, difference, known_uris
from conformance.checks.drawing import draw
from conformance.checks.registry import check, conforms, expect, watch
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Steps, Verdict
from conformance.judge.reaction import Reaction, react, summarize, why_unusable
from conformance.world import World
from openapi import load_contract
from strategies import field_names

_BEHAVIOR = "BatchGetFileMeta/behavior"
OPTIONAL = f"{_BEHAVIOR}/without-with-fields"
ABSENT = f"{_BEHAVIOR}/with-fields-absent"
EMPTY = f"{_BEHAVIOR}/with-fields-empty"
VALUES = f"{_BEHAVIOR}/with-fields-values"
UNKNOWN = f"{_BEHAVIOR}/with-fields-unknown"

IDENTITY = frozenset({"URI", "OwnerId", "ProjectName", "DatasetName", "ObjectType", "ObjectId"})
"""Fields that say which file it is; whether they are kept unasked no source
decides (imm.md 14.2, gap 1), so they may all be kept, but not by chance."""

_MOVING = ("FileAccessTime",)
"""What may be another in each reading: that one is no access, no source says."""
_CROWD = 60
"""So many URIs are asked for, most of them in vain, to see whether the length of a list matters."""
_FEW = 6
"""So many of the fields that were asked for are told."""
_OUTSIDE = "only the fields named in WithFields"
_BESIDE = ["URI", "NoSuchField", "Size", "mediatype"]
_IN_ITS_CASE = "MediaType"
_UNKNOWN = (["NoSuchField"], ["Figures.Age", "Filename"])


@lru_cache(maxsize=1)
def known_fields() -> tuple[str, ...]:
    """Return the names of the fields of a file, as the contract has them."""
    return field_names(load_contract().operations["BatchGetFileMeta"])


@watch(OPTIONAL)
def without_with_fields(exchange: Exchange) -> Iterator[Verdict]:
    """Count the calls without WithFields that succeed (IMM-BGFM-WITHFIELDS-OPTIONAL)."""
    if "WithFields" not in exchange.call.params:
        yield conforms(OPTIONAL, exchange)


@watch(FILTER)
def no_other_field(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that no other field is returned; a list of unknown names may mean none (IMM-BGFM-WITHFIELDS-FILTER)."""
    fields = fields_of(exchange)
    if not fields or not set(fields) & set(known_fields()):
        return
    # Whether the case of a name counts no source says, and how a member is spelled is told elsewhere.
    asked = {name.casefold() for name in (*fields, *IDENTITY)}
    for file in files_of(exchange):
        others = sorted(name for name in file if name.casefold() not in asked and has(file, name))
        observed = f"{', '.join(others[:3])} in {named(file)}"
        expected = f"{_OUTSIDE}: {', '.join(map(str, fields[:_FEW]))}{', …' if fields[_FEW:] else ''}"
        yield expect(FILTER, not others, expected=expected, observed=observed, exchange=exchange)


@check(OPTIONAL)
def with_fields_is_optional(world: World) -> Flow:
    """Leave WithFields out; where that is refused, ask again with it."""
    uris = [file.uri for file in world.files[:1]] or [world.uri("nowhere/a.jpg")]
    probe = yield look_up(world.reading, uris)
    if probe.accepted:
        return
    twin = yield look_up(world.reading, uris, ["URI"])
    if not twin.accepted or not react(probe).refuses:
        raise Inconclusive(why_unusable(probe))
    yield expect(OPTIONAL, False, expected="accepted", observed=summarize(probe), exchange=probe, control=twin)


@check(VALUES, FILTER, ABSENT, EMPTY)
def projections(world: World) -> Flow:
    """Read the same files under many projections and compare them with the full answer."""
    uris, reader = with_pds(world, known_uris(world)), Reader(world)
    full = yield from _accepted(reader, look_up(world.reading, uris))
    whole = files_of(full)
    if not whole:
        raise Inconclusive("no indexed file was returned")
    empty = yield from reader.read(look_up(world.reading, uris, []))
    probes: list[Exchange] = []
    for number, names in enumerate(_projections(whole)):
        some = uris if number % 3 else uris[number % len(uris) :][:1]
        probes.append((yield from reader.read(look_up(world.reading, some, names))))
    alone = yield from _accepted(reader, look_up(world.reading, uris[:1]))
    others = [world.uri(str(n)) for n in range(_CROWD - len(uris))]
    crowd = yield from reader.read(look_up(world.reading, [*uris, *others]))
    again = yield from _accepted(reader, look_up(world.reading, uris))
    if _unmatched(whole, files_of(again)):
        raise Inconclusive("two equal calls without WithFields returned different files")
    yield from _as_whole(again, alone, f"among {len(uris)}", "alone")
    yield from _as_whole(crowd, again, f"in a list of {_CROWD}", f"in one of {len(uris)}")
    yield from _judge_empty(empty, full)
    yield from _judge_kept(probes, whole)
    for probe in probes:
        yield from _judge_values(probe, whole, full)
        yield from _judge_number(probe, full)


def _accepted(reader: Reader, call: Call) -> Steps:
    exchange = yield from reader.read(call)
    if not exchange.accepted:
        raise Inconclusive(why_unusable(exchange))
    return exchange


def _projections(whole: Sequence[File]) -> list[list[str]]:
    """Return lists of names: of all, of parts that together hold each once, of drawn ones that files have."""
    names = list(known_fields())
    stored = sorted({name for file in whole for name in file}) or ["URI"]
    drawn = draw(_some, 2, 2, *stored, count=4, start=21)
    drawn += draw(_some, 1, 4, *stored, count=4, start=22)
    parts = [part for seed in (1, 2) for part in _parts(names, seed, 3)]
    return [names, *drawn, *parts, ["URI"], [*drawn[0], "NoSuchField"]]


def _some(fewest: int, most: int, *names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=min(fewest, len(names)), max_size=most, unique=True)


def _parts(names: list[str], seed: int, count: int) -> list[list[str]]:
    mixed = random.Random(seed).sample(names, len(names))
    return [mixed[start::count] for start in range(count)]


def _as_whole(probe: Exchange, twin: Exchange, here: str, there: str) -> Iterator[Verdict]:
    """Judge that the files of a list have the fields that they have in another (IMM-BGFM-WITHFIELDS-ABSENT)."""
    found = by_uri(probe)
    for uri, file in by_uri(twin).items():
        if uri in found:
            lost = sorted(name for name in file if has(file, name) and not has(found[uri], name))
            yield expect(
                ABSENT,
                not lost,
                expected=f"a file has the same fields {here} as {there}",
                observed=f"{', '.join(lost[:3])} of {named(file)} only {there}",
                exchange=probe,
                control=twin,
            )


def _judge_empty(probe: Exchange, full: Exchange) -> Iterator[Verdict]:
    """Judge the empty list against no list (IMM-BGFM-WITHFIELDS-EMPTY)."""
    reaction = react(probe)
    if reaction.unrelated or probe.answer is None:
        yield Verdict(EMPTY, "inconclusive", observed=why_unusable(probe))
        return
    differing = _unmatched(files_of(full), files_of(probe))
    observed = difference(full, probe) or "other files"
    if not probe.accepted:
        observed = f"{reaction.value}: {summarize(probe)}"
    yield expect(
        EMPTY,
        probe.accepted and not differing,
        expected="the same files as without WithFields",
        observed=observed,
        exchange=probe,
        control=full,
    )


def _unmatched(whole: Sequence[File], found: Sequence[File]) -> list[File]:
    """Return the files of either list that have no equal in the other."""
    left, right = [_at_rest(file) for file in whole], []
    for file in map(_at_rest, found):
        if file in left:
            left.remove(file)
        else:
            right.append(file)
    return left + right


def _at_rest(file: File) -> File:
    """Return a file without what a reading may change."""
    return {name: value for name, value in file.items() if name not in _MOVING}


def _judge_kept(probes: Sequence[Exchange], whole: Sequence[File]) -> Iterator[Verdict]:
    """Judge that an identity field is kept unasked always or never."""
    for name in sorted(IDENTITY):
        if not all(has(file, name) for file in whole):
            continue
        unasked = [p for p in probes if p.accepted and files_of(p) and name not in (fields_of(p) or [name])]
        kept = [p for p in unasked if any(has(file, name) for file in files_of(p))]
        dropped = [p for p in unasked if any(not has(file, name) for file in files_of(p))]
        if unasked:
            yield expect(
                FILTER,
                not (kept and dropped),
                expected=_OUTSIDE,
                observed=f"{name} in some answers that did not ask for it, and not in others",
                exchange=(kept or unasked)[0],
            )


def _judge_values(probe: Exchange, whole: Sequence[File], full: Exchange) -> Iterator[Verdict]:
    """Judge the fields that a projection returned against those of the full answer."""
    names = set(fields_of(probe) or ()) & set(known_fields())
    if not probe.accepted:
        if set(fields_of(probe) or ()) <= names and react(probe).refuses:
            observed = f"{react(probe).value}: {summarize(probe)}"
            yield expect(VALUES, False, expected="the named fields", observed=observed, exchange=probe, control=full)
        return
    for file, twin in _pairs(probe, whole, names):
        extra = sorted(name for name in names - twin.keys() if has(file, name))
        observed = f"only a WithFields list shows {', '.join(extra[:3])} of {named(file)}"
        expected = "all stored fields without WithFields"
        yield expect(ABSENT, not extra, expected=expected, observed=observed, exchange=probe, control=full)
        compared = names - {*extra, *_MOVING}
        wrong = sorted(name for name in compared if _value(file, name) != _value(twin, name))
        observed = _contrast(wrong[0], file, twin) if wrong else ""
        expected = "each named field as in the full answer"
        yield expect(VALUES, not wrong, expected=expected, observed=observed, exchange=probe, control=full)


def _judge_number(probe: Exchange, full: Exchange) -> Iterator[Verdict]:
    """Judge that a projection leaves fields out, and no file (IMM-BGFM-WITHFIELDS-VALUES)."""
    asked = set(asked_of(probe) or ())
    there = [uri for uri in by_uri(full) if uri in asked]
    if probe.accepted:
        yield expect(
            VALUES,
            len(files_of(probe)) >= len(there),
            expected=f"{len(there)} files, as without WithFields",
            observed=f"{len(files_of(probe))} files",
            exchange=probe,
            control=full,
        )


def _pairs(probe: Exchange, whole: Sequence[File], names: set[str]) -> Iterator[tuple[File, File]]:
    """Yield each projected file with the file that it is in the full answer.

    Where URI is not returned that is the file with the same values, or else
    one of those left over.
    """
    asked = asked_of(probe) or []
    left = [file for file in whole if not uri_of(file) or uri_of(file) in asked]
    strange: list[File] = []
    for file in files_of(probe):
        twin = next((candidate for candidate in left if _is_same(file, candidate, names)), None)
        if twin is None:
            strange.append(file)
        else:
            left.remove(twin)
            yield file, twin
    yield from zip(strange, left, strict=False)


def _is_same(file: File, candidate: File, names: set[str]) -> bool:
    if uri_of(file):
        return uri_of(file) == uri_of(candidate)
    return all(_value(file, name) == _value(candidate, name) for name in names)


def _value(file: File, name: str) -> Any:
    """Return the value of a field; an empty one is none (IMM-COM-NULL)."""
    return file[name] if has(file, name) else None


def _contrast(name: str, file: File, twin: File) -> str:
    if name not in file:
        return f"{name} of {named(twin)} is not returned"
    return f"{name} is {shown(file[name])}, in the full answer {shown(twin[name])}"


@check(UNKNOWN)
def unknown_names(world: World) -> Flow:
    """Name fields that do not exist, alone and beside others (IMM-BGFM-WITHFIELDS-UNKNOWN)."""
    uris, reader = known_uris(world)[:3], Reader(world)
    control = yield from reader.read(look_up(world.reading, uris, [n for n in _BESIDE if n in known_fields()]))
    for names in (*_UNKNOWN, _BESIDE):
        probe = yield from reader.read(look_up(world.reading, uris, names))
        reaction = react(probe)
        if reaction.unrelated or probe.answer is None:
            raise Inconclusive(why_unusable(probe))
        holds = reaction is not Reaction.BROKEN
        expected = "ignored or refused with a 4xx error"
        yield expect(UNKNOWN, holds, expected=expected, observed=summarize(probe), exchange=probe)
        if names is _BESIDE and probe.accepted and control.accepted:
            yield _ignored(probe, control)
            shown_too = any(has(file, _IN_ITS_CASE) for file in files_of(probe))
            observed = f"'mediatype' shows {_IN_ITS_CASE}"
            expected = "a name in another case is unknown"
            yield expect(UNKNOWN, not shown_too, expected=expected, observed=observed, exchange=probe)


def _ignored(probe: Exchange, control: Exchange) -> Verdict:
    """Judge that an unknown name that is not refused changes nothing of which files are found."""
    lost = sorted(by_uri(control).keys() - by_uri(probe).keys())
    observed = f"{shown(lost[0])} is not found any more" if lost else ""
    expected = "the files that are found without the unknown name"
    return expect(UNKNOWN, not lost, expected=expected, observed=observed, exchange=probe, control=control)
