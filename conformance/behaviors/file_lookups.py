"""BatchGetFileMeta: lists of known and unknown files, repeated reads, odd URIs (imm.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from conformance.behaviors._file_rules import named, shown
from conformance.behaviors._lookups import File, Reader, by_uri, files_of, has, look_up, object_key
from conformance.behaviors.file_meta import SUBSET, UNIQUE
from conformance.checks.drawing import draw
from conformance.checks.registry import check, conforms, expect
from conformance.exchange import Call, Exchange, Flow, Form, Inconclusive, Verdict, Wait
from conformance.judge.reaction import Reaction, not_missed, react, summarize, why_unusable
from conformance.polling import until
from conformance.world import World, base_params
from strategies import broken_file_uris

_BEHAVIOR = "BatchGetFileMeta/behavior"
MISSING = f"{_BEHAVIOR}/files-missing"
FOUND = f"{_BEHAVIOR}/found-after-index"
FILTER = f"{_BEHAVIOR}/with-fields-filter"
STATUS = f"{_BEHAVIOR}/object-status-indexed"
IDEMPOTENT = f"{_BEHAVIOR}/idempotent"
LONG_KEY = f"{_BEHAVIOR}/object-key-1023-bytes"

_OTHER_FORMS = (Form(method="GET"), Form(placement="form"))
_MOST = 20
"""So many of the indexed files are read together, to keep the query short."""


def known_uris(world: World) -> list[str]:
    """Return indexed files that can be read together. Raises BlockedError if there are none."""
    world.need("files")
    return [file.uri for file in world.files[:_MOST]]


def strangers(world: World) -> list[str]:
    """Return URIs that nobody indexed, among them near relatives of an indexed one, and buckets with odd names."""
    first = world.files[0]
    uri, digits = first.uri, "0123456789abcdef" * 3
    near: tuple[str, ...] = (f"{uri}x", uri[:-1], uri[:-2] + uri[-2:].swapcase(), f"{uri}/", uri.replace(".", "%2E"))
    if first.via == "fixture":
        near = (f"{uri}.{world.token}",)
    made_up = [world.uri(f"nowhere/{name}") for name in ("a.jpg", "b c.mp4", "д.pdf")]
    pds = f"pds://domains/bj1/drives/1/files/{digits[:40]}/revisions/{digits[1:41]}"
    odd = () if world.given_bucket else (f"oss://{int(world.token, 16):010}/a.jpg", f"oss://9--{world.token}/a.jpg")
    kept = {file.uri for file in world.files}
    return [u for u in (*near, *made_up, pds, *odd, *world.missing_uris[:2]) if u not in kept]


@check(FOUND, MISSING, SUBSET, UNIQUE, FILTER)
def mixed_lists(world: World) -> Flow:
    """Ask for known and unknown files in many mixtures, orders and lengths."""
    known, reader = known_uris(world), Reader(world)
    control = yield from reader.read(look_up(world.reading, known))
    if not control.accepted:
        raise Inconclusive(why_unusable(control))
    gone = [f.uri for f in world.files[:_MOST] if f.via == "fixture" and f.uri not in by_uri(control)]
    if gone:
        raise Inconclusive(f"'{gone[0]}' of [fixtures] indexed_uris is not found")
    yield from _judge_list(known, frozenset(known), control, control)
    for uris in _mixtures(world, known, strangers(world)):
        probe = yield from reader.read(look_up(world.reading, uris))
        yield from _judge_list(uris, frozenset(known), probe, control)
    uris = [strangers(world)[0], *known]
    for form in _OTHER_FORMS:
        probe = yield from reader.read(replace(look_up(world.reading, uris, ["URI", "Size"]), form=form))
        # A target need not serve it, and which fields are there is judged elsewhere.
        if by_uri(probe):
            yield from _judge_list(uris, frozenset(known), probe, control)


def _mixtures(world: World, known: list[str], unknown: list[str]) -> list[list[str]]:
    """Return lists that differ in what they hold, where it stands and what is repeated."""
    padding = [world.uri(str(number)) for number in range(99)]
    listed = [
        [known[-1]],
        unknown[:2],
        unknown,
        [*known[::-1], unknown[1]],
        [unknown[2], *known],
        [*padding, known[-1]],
        [known[0], known[0]],
    ]
    mixed = draw(_mixed, *known, *unknown, count=3, start=11)
    return [*listed, *mixed, *draw(_repeated, *known[:3], *unknown[:3], count=2, start=12)]


def _mixed(*uris: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(uris), min_size=2, max_size=9, unique=True)


def _repeated(*uris: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(uris), min_size=3, max_size=6)


def _judge_list(uris: Sequence[str], known: frozenset[str], probe: Exchange, control: Exchange) -> Iterator[Verdict]:
    """Judge one list; what a refusal of repeated URIs means no source says."""
    strange = [uri for uri in uris if uri not in known]
    if not probe.accepted:
        if len(set(uris)) == len(uris):
            yield _unaccepted(MISSING if strange else FOUND, probe, control, "accepted and answered with what is there")
        return
    found = by_uri(probe)
    lost = [uri for uri in uris if uri in known and uri not in found]
    if len(strange) < len(uris):
        observed = f"missing: {len(lost)}, such as {shown(lost[0])}" if lost else ""
        expected = "every indexed file of the list is found"
        yield expect(FOUND, not lost, expected=expected, observed=observed, exchange=probe, control=control)
    if strange:
        made = [uri for uri in strange if uri in found]
        observed = f"a file with the URI {shown(made[0])}" if made else ""
        expected = "a URI that is not indexed is left out"
        yield expect(MISSING, not made, expected=expected, observed=observed, exchange=probe, control=control)


def _unaccepted(requirement: str, probe: Exchange, control: Exchange, expected: str) -> Verdict:
    if react(probe).unrelated or probe.answer is None:
        return Verdict(requirement, "inconclusive", observed=why_unusable(probe))
    observed = f"it was {react(probe).value}: {summarize(probe)}"
    return expect(requirement, False, expected=expected, observed=observed, exchange=probe, control=control)


@check(IDEMPOTENT, STATUS)
def repeated_reads(world: World) -> Flow:
    """Read all files again and again, in an order of this check's own, so that its first read is the first of all."""
    known = known_uris(world)
    call = look_up(world.reading, known[::-1])
    first = yield from until(call, lambda e: not _unfinished(e), world.settle_seconds)
    if not first.accepted:
        raise Inconclusive(why_unusable(first))
    yield from _judge_status(first, world)
    again = [(yield call), (yield call)]
    if any(not not_missed(later) or (later.accepted and difference(first, later)) for later in again):
        yield Wait(world.settle_seconds)
        call = look_up(world.reading, known[1:] + known[:1])
        first, *again = (yield call), (yield call), (yield call)
    for later in again:
        if not (first.accepted and later.accepted):
            raise Inconclusive(why_unusable(later if first.accepted else first))
        yield expect(
            IDEMPOTENT,
            not difference(first, later),
            expected="equal Files in equal calls",
            observed=difference(first, later),
            exchange=later,
            control=first,
        )


def _unfinished(exchange: Exchange) -> list[File]:
    """Return the files whose status says that they are not indexed."""
    return [f for f in files_of(exchange) if has(f, "ObjectStatus") and f["ObjectStatus"] != "Indexed"]


def _judge_status(exchange: Exchange, world: World) -> Iterator[Verdict]:
    """Judge ObjectStatus after indexing has had its time (IMM-FILE-STATUS)."""
    unfinished = _unfinished(exchange)
    if any(has(file, "ObjectStatus") for file in files_of(exchange)):
        bad = f"{shown(unfinished[0]['ObjectStatus'])} of {named(unfinished[0])}" if unfinished else ""
        expected = f"ObjectStatus 'Indexed' within {world.settle_seconds:g} s of indexing"
        yield expect(STATUS, not unfinished, expected=expected, observed=bad, exchange=exchange)


def difference(one: Exchange, other: Exchange) -> str:
    """Return how two answers differ, empty if not; the order of files does not count."""
    before, after = by_uri(one), by_uri(other)
    if before.keys() != after.keys() or len(files_of(one)) != len(files_of(other)):
        return f"{len(files_of(one))} and {len(files_of(other))} files, not the same"
    for uri, file in before.items():
        for name in sorted(file.keys() | after[uri].keys()):
            if file.get(name) != after[uri].get(name):
                then, now = (shown(f[name]) if name in f else "absent" for f in (file, after[uri]))
                return f"{name} of {shown(uri)} is {then} in one answer and {now} in the other"
    return ""


def long_uri(world: World, size: int, end: str = ".jpg") -> str:
    """Return a URI of the run's own whose object key has `size` bytes in UTF-8."""
    start = world.uri("long/")
    used = len((object_key(start) or "").encode()) + len(end.encode())
    return start + "k" * (size - used) + end


@check(LONG_KEY)
def longest_key(world: World) -> Flow:
    """Ask for keys of exactly 1023 bytes, of one and of several bytes a character (IMM-URI-OBJECT-NAME)."""
    first = [file.uri for file in world.files[:1]]
    control = yield look_up(world.reading, [*first, world.uri("nowhere/a.jpg")])
    if react(control) not in (Reaction.ACCEPTED, Reaction.NOT_FOUND):
        raise Inconclusive(why_unusable(control))
    longest = [long_uri(world, 1023), long_uri(world, 1023, "é\N{CAT FACE}.jpg")]
    probe = yield look_up(world.reading, [*first, *longest])
    if react(probe) is react(control):
        yield conforms(LONG_KEY, probe)
    else:
        yield _unaccepted(LONG_KEY, probe, control, "accepted: the object keys have 1023 bytes")


@check(f"{_BEHAVIOR}/uris-empty")
def no_uris(world: World) -> Flow:
    """Ask for no file at all (IMM-BGFM-URIS-EMPTY)."""
    yield Call("BatchGetFileMeta", base_params("BatchGetFileMeta", world), reuse=True)
    probe = yield look_up(world.reading, [])
    yield _no_crash(f"{_BEHAVIOR}/uris-empty", probe)


@check(f"{_BEHAVIOR}/uri-bad")
def bad_uris(world: World) -> Flow:
    """Ask for texts that are no file URIs (IMM-BGFM-URI-BAD)."""
    drawn = [broken.uri for broken in draw(broken_file_uris, world.bucket, count=4, start=13)]
    for uri in dict.fromkeys(("", "https://example.com/a.jpg", f"oss://{world.bucket}", *drawn)):
        probe = yield look_up(world.reading, [uri])
        yield _no_crash(f"{_BEHAVIOR}/uri-bad", probe)


def _no_crash(requirement: str, probe: Exchange) -> Verdict:
    """Judge a request that may be refused, or answered with no files, but is never a server error."""
    reaction, files = react(probe), files_of(probe)
    if reaction.unrelated or probe.answer is None:
        return Verdict(requirement, "inconclusive", observed=why_unusable(probe))
    return expect(
        requirement,
        reaction.refuses or (reaction is Reaction.ACCEPTED and not files),
        expected="refused with a 4xx error or answered with no Files",
        observed=f"answered with {len(files)} files" if files else summarize(probe),
        exchange=probe,
    )
