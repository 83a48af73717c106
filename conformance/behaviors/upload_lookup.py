"""Looking up URL upload jobs by ids and by URLs, alone and in mixed lists."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from hypothesis import strategies as st

from conformance.behaviors.jobs import judgeable
from conformance.behaviors.upload_keys import (
    IDS,
    MOST_KEYS,
    MOST_RECORDS,
    OPERATION,
    URLS,
    Keys,
    entries,
    in_other_case,
    near_ids,
    near_urls,
    unknown_ids,
    unknown_urls,
)
from conformance.checks import check, expect
from conformance.checks.drawing import draw
from conformance.exchange import Exchange, Flow, Step, Verdict
from conformance.judge.reaction import summarize
from conformance.polling import insist, until
from conformance.wire.encoding import quote
from conformance.world import BlockedError, World

UNKNOWN = 4
"""Unknown keys among which lists are drawn."""

SECOND_JOB = "there is one upload job only; add a second one to [fixtures] url_upload_jobs"
ONLY_UNKNOWN = "a call with unknown keys alone was refused, and there is no known job to put beside them"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A way to look jobs up, with the requirements about one key, several and unknown ones."""

    keys: Keys
    one: str
    several: str
    unknown: str


BY_ID = Lookup(
    IDS,
    f"{OPERATION}/behavior/by-job-id",
    f"{OPERATION}/behavior/several-job-ids",
    f"{OPERATION}/behavior/non-existing-id",
)
BY_URL = Lookup(
    URLS,
    f"{OPERATION}/behavior/by-url",
    f"{OPERATION}/behavior/several-urls",
    f"{OPERATION}/behavior/non-existing-url",
)
ENCODED = f"{OPERATION}/behavior/encoded-url"
PLAIN = f"{OPERATION}/behavior/plain-url"
NO_ERROR = f"{OPERATION}/behavior/unknown-is-no-error"


def visible(keys: Keys, wanted: Sequence[str], seconds: float) -> Generator[Step, Any, Exchange]:
    """Ask for `wanted` until each has an entry or `seconds` have passed; return the last answer."""
    return judgeable((yield from until(keys.call(wanted), lambda e: keys.found_all(e, wanted), seconds)))


def insisted(asked: Sequence[str], known: Sequence[str], keys: Keys) -> Generator[Step, Any, Exchange]:
    """Ask for keys of which the `known` ones were found before, in this way or another."""
    return judgeable((yield from insist(keys.call(asked), lambda e: keys.found_all(e, known))))


def finds(requirement: str, exchange: Exchange, keys: Keys, wanted: Sequence[str]) -> Verdict:
    """Judge that each of the known keys in `wanted` has an entry; a full answer may lack some (ice.md 1.4)."""
    lost = [key for key in wanted if not keys.found(exchange, key)]
    if lost and len(entries(exchange)) >= MOST_RECORDS:
        full = f"the answer holds the {MOST_RECORDS} entries that one may have, and none for {lost[0]}"
        return Verdict(requirement, "blocked", observed=f"{full}; give URLs with fewer jobs in [fixtures]")
    seen = _none_for(lost[0], exchange, keys, wanted) if lost and exchange.accepted else summarize(exchange)
    return expect(
        requirement,
        not lost,
        expected=f"an entry for each known {keys.noun} asked for",
        observed=f"{len(wanted) - len(lost)} of {len(wanted)} have one; {seen}",
        exchange=exchange,
    )


def _none_for(key: str, exchange: Exchange, keys: Keys, wanted: Sequence[str]) -> str:
    """Return what was asked for in vain, how it was spelled where that is unusual, and among what."""
    items = exchange.call.params[keys.parameter]
    unusual = (item for item in items if item not in (key, quote(key)) and keys.same(unquote(item), key))
    spelled = next((f", asked for as {item}" for item in unusual), "")
    others = len(items) - len(wanted)
    beside = f", asked for with {others} unknown" if others else ""
    strange = (e.get(keys.member) for e in entries(exchange) if not any(keys.tells(e, one) for one in wanted))
    instead = next((f"; one has the {keys.member} {shown}" for shown in strange), "")
    return f"none for {key}{spelled}{beside}{instead}"


def tells_missing(requirement: str, exchange: Exchange, keys: Keys, wanted: Sequence[str]) -> Verdict:
    """Judge that each of the unknown keys in `wanted` stands in NonExists and has no entry."""
    lost = [key for key in wanted if keys.found(exchange, key) or not keys.missing(exchange, key)]
    seen = summarize(exchange) if not exchange.accepted else f"not so {lost[0] if lost else ''}"
    return expect(
        requirement,
        not lost,
        expected=f"each unknown {keys.noun} stands in NonExists and has no entry",
        observed=f"{len(wanted) - len(lost)} of {len(wanted)} do; {seen}",
        exchange=exchange,
    )


def mixes(known: Sequence[str], unknown: Sequence[str], count: int) -> list[list[str]]:
    """Draw lists of known and unknown keys in any order, none twice, at least one known."""
    return draw(_mixed, tuple(known), tuple(unknown), count=count, start=zlib.crc32(b"mixes"))


def _mixed(known: tuple[str, ...], unknown: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    lists = st.lists(st.sampled_from((*known, *unknown)), unique=True, min_size=2, max_size=MOST_KEYS)
    return lists.filter(lambda drawn: not set(known).isdisjoint(drawn))


def judge_mix(lookup: Lookup, exchange: Exchange, known: Sequence[str], mix: Sequence[str]) -> Iterator[Verdict]:
    """Judge the answer about a list in which no key stands twice.

    Where one of its URLs has to be encoded, it is the encoding that is judged.
    """
    wanted = [key for key in mix if key in known]
    strange = [key for key in mix if key not in known]
    if strange:
        yield tells_missing(lookup.unknown, exchange, lookup.keys, strange)
    if wanted and (exchange.accepted or not strange):
        known_by = lookup.several if len(wanted) > 1 else lookup.one
        as_it_is = all(_is_plain(lookup, key) for key in mix)
        yield finds(known_by if as_it_is else ENCODED, exchange, lookup.keys, wanted)


@check(BY_ID.one, BY_ID.several, BY_ID.unknown)
def by_job_id(world: World) -> Flow:
    """Judge that known ids have an entry, alone, together, and among unknown ones."""
    world.need("upload")
    known: list[str] = []
    seen: list[Exchange] = []
    seconds = world.settle_seconds
    for job in _some(job.id for job in world.uploads):
        exchange = yield from visible(IDS, [job], seconds)
        seen.append(exchange)
        verdict = finds(BY_ID.one, exchange, IDS, [job])
        yield verdict
        if verdict.outcome == "conforms":
            known.append(job)
        else:
            seconds = 0.0
    yield from _in_lists(BY_ID, known, near_ids(world, seen), unknown_ids(world, UNKNOWN))


@check(BY_URL.one, BY_URL.several, BY_URL.unknown, ENCODED, PLAIN)
def by_url(world: World) -> Flow:
    """Judge that known URLs have an entry, alone, together, and among unknown ones."""
    world.need("upload")
    urls = _some(job.url for job in world.uploads)
    simple = next(filter(is_simple, urls), "")
    known: list[str] = []
    for url in urls:
        exchange = yield from visible(URLS, [url], 0.0 if url != urls[0] and not known else world.settle_seconds)
        encoded = finds(ENCODED, exchange, URLS, [url])
        yield encoded
        if encoded.outcome == "conforms":
            known.append(url)
        if url == (simple or urls[0]):
            yield from _one_url(url, encoded)
    yield from _in_lists(BY_URL, known, near_urls(world), unknown_urls(world, UNKNOWN)[1:])
    # The run has some of its own, as long as it may have URLs pulled.
    if sum(map(is_simple, urls)) < (1 if any(world.token in url for url in urls) else 2):
        raise BlockedError("add two URLs without commas and escapes to [fixtures] url_upload_jobs")


def _one_url(url: str, encoded: Verdict) -> Flow:
    """Judge a URL alone: it is found encoded or, where that is not understood, as it is."""
    if is_simple(url):
        keys = replace(URLS, spell=str)
        exchange = yield from insisted([url], [url] if encoded.outcome == "conforms" else [], keys)
        plain = finds(PLAIN, exchange, keys, [url])
        yield plain
        if encoded.outcome != "conforms":
            yield replace(plain, requirement=BY_URL.one)
            return
    yield replace(encoded, requirement=BY_URL.one)


def is_simple(url: str) -> bool:
    """Return whether a URL means the same in a comma list with and without encoding."""
    return url.isascii() and not set(url) & set(",%+&# ;'\"")


def _is_plain(lookup: Lookup, key: str) -> bool:
    return lookup.keys is IDS or is_simple(key)


def _mix_judged(lookup: Lookup, known: list[str], mix: list[str]) -> Flow:
    """Ask for a list and judge the answer; ids of another form may be refused, and are left out then (ice.md 5.15)."""
    exchange = yield from insisted(mix, [key for key in mix if key in known], lookup.keys)
    usual = [key for key in mix if not _is_malformed(lookup, key, known)]
    if exchange.accepted or usual == mix:
        yield from judge_mix(lookup, exchange, known, mix)
    else:
        exchange = yield from insisted(usual, [key for key in usual if key in known], lookup.keys)
        yield from judge_mix(lookup, exchange, known, usual)


def _is_malformed(lookup: Lookup, key: str, known: Sequence[str]) -> bool:
    """Return whether an id has another length than those that are known."""
    return lookup.keys is IDS and len(key) not in map(len, known)


def _some(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))[:3]


def _in_lists(lookup: Lookup, known: list[str], near: list[str], unknown: list[str]) -> Flow:
    """Ask for lists of keys that are found alone and of unknown ones, some of them near to the known."""
    if not known:
        raise BlockedError(f"no {lookup.keys.noun} is found alone")
    plain = [key for key in known if _is_plain(lookup, key)]
    close = [key for key in near if _is_plain(lookup, key)]
    strange = [*close[:2], *(key for key in unknown if _is_plain(lookup, key))]
    behind = [*(close or strange[:1]), *(plain or known)]
    for mix in [known, behind, *mixes(plain or known, strange[:UNKNOWN], 2)]:
        if len(mix) > 1:
            yield from _mix_judged(lookup, known, mix)
    # Repeated keys and the case of letters are not documented (ice.md 1.4, 5.19): only what every answer
    # shows is judged.
    other = in_other_case(known[0])
    yield lookup.keys.call([known[0], unknown[0] if other in known else other, known[0]])
    if len(known) < 2:
        raise BlockedError(SECOND_JOB)


@check(NO_ERROR, BY_ID.unknown, BY_URL.unknown)
def unknown_keys(world: World) -> Flow:
    """Judge that calls about unknown keys alone are answered with an empty list."""
    refused = False
    ids, urls = unknown_ids(world, 2), unknown_urls(world, 2)
    for lookup, wanted in ((BY_ID, ids[:1]), (BY_ID, ids), (BY_URL, urls[:1]), (BY_URL, urls)):
        exchange = judgeable((yield lookup.keys.call(wanted)))
        yield expect(
            NO_ERROR,
            exchange.accepted and not entries(exchange),
            expected=f"HTTP 200 and an empty list when every {lookup.keys.noun} is unknown",
            observed=f"{len(entries(exchange))} entries" if exchange.accepted else summarize(exchange),
            exchange=exchange,
        )
        refused = refused or not exchange.accepted
        if exchange.accepted:
            yield tells_missing(lookup.unknown, exchange, lookup.keys, wanted)
    if refused:
        raise BlockedError(ONLY_UNKNOWN)
