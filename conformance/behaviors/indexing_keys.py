"""BatchIndexFileMeta: keys that are easily mistaken for others (imm.md 1.6 and 5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hypothesis import strategies as st

from conformance.behaviors._file_rules import shown
from conformance.behaviors._index_calls import BATCH, Input, forget, makes_up
from conformance.behaviors._lookups import by_uri, files_of, folded, look_up, uri_of
from conformance.behaviors.file_lookups import long_uri
from conformance.behaviors.file_meta import ECHO
from conformance.behaviors.indexing_effects import indexed, labelled
from conformance.behaviors.own import Own
from conformance.checks.drawing import draw
from conformance.checks.registry import check, expect
from conformance.exchange import Exchange, Flow, Inconclusive, Verdict
from conformance.judge.reaction import Reaction, react, summarize
from conformance.polling import insist
from conformance.world import BlockedError, World
from strategies import near_collisions, object_keys

CASE = "BatchGetFileMeta/behavior/uri-case"
ACCEPTS = "BatchIndexFileMeta/request/Files[]/URI/pattern/accepts"

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
    apart = [world.uri(f"keys/{name}") for name in cases]
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
        yield from _judge_echo([entry for entry in inputs if entry["URI"] not in apart], seen)
        looks.append((seen, by_uri(seen).keys() - set(apart)))
    for look, uris in looks[:-1]:
        yield from _still_there(look, uris)
    both = yield from insist(look_up(world.writing, apart), lambda e: by_uri(e).keys() >= set(apart))
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
