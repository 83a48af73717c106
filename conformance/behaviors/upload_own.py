"""URL upload jobs of the kit's own: hard URLs, many keys, the course of a job, repeated pulls."""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance.behaviors.jobs import judgeable, same_json
from conformance.behaviors.own import follow, needed
from conformance.behaviors.upload_entries import ENDED, status_of
from conformance.behaviors.upload_keys import (
    IDS,
    MOST_KEYS,
    OPERATION,
    URLS,
    entries,
    is_text,
    same_url,
    unknown_urls,
)
from conformance.behaviors.upload_limits import IDS_OVER, URLS_OVER, one_too_many
from conformance.behaviors.upload_lookup import (
    BY_ID,
    BY_URL,
    ENCODED,
    PLAIN,
    finds,
    insisted,
    judge_mix,
    mixes,
    visible,
)
from conformance.behaviors.zones import told_in_its_zone
from conformance.checks import check, expect
from conformance.checks.drawing import draw
from conformance.checks.probing import shaped
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict
from conformance.polling import insist, until
from conformance.wire.encoding import quote
from conformance.world import BlockedError, World
from strategies import comma_list, percent_encoded

USER_DATA = f"{OPERATION}/behavior/user-data-echo"
REPEATED = f"{OPERATION}/behavior/repeated-url"
CREATED = f"{OPERATION}/response/URLUploadInfoList[]/CreationTime/pattern"

_PARTS = ("a,b", "100%25", "%2C", "片é", "a b+c", "it's;(1)", "x=1&y=2", "a:b@c", "~_-.", "[1]", "*!$")
_QUERIES = ("", "?list=1,2,3", "?x=1&y=2+3", "?u=https%3A%2F%2Fexample.com%2Fa.mp4&t=片", "?", "?q=a b")

Jobs = Generator[Step, Any, dict[str, str]]


def pulled(urls: Sequence[str], user_data: str = "") -> Jobs:
    """Have `urls` pulled; return the job id of each that has one.

    Raises BlockedError if the target does not take them.
    """
    params = {"UploadURLs": comma_list(urls, percent_encoded)} | ({"UserData": user_data} if user_data else {})
    made = needed((yield Call("UploadMediaByURL", params)))
    listed = made.value.get("UploadJobs")
    jobs = [job for job in listed if isinstance(job, dict)] if isinstance(listed, list) else []
    found = {url: id_ for url in urls for id_ in [_id_of(url, jobs)] if id_}
    if not found:
        raise BlockedError("UploadMediaByURL was accepted and names no job of the URLs")
    return found


def _id_of(url: str, jobs: Sequence[dict[str, Any]]) -> str:
    """Return the id of the job of `url`; lists may come back in any order."""
    ids = [job.get("JobId") for job in jobs if same_url(job.get("SourceURL"), url)]
    return ids[0] if ids and isinstance(ids[0], str) else ""


def hard_urls(world: World) -> list[str]:
    """Return distinct URLs with commas, escapes and letters beyond ASCII, some of them drawn."""
    base = f"https://media.example.com/{world.token}"
    fixed = [
        f"{base}/H0/A,b.mp4",
        f"{base}/h1/100%25 of,all.mp4",
        f"{base}/h2/片é.mp4?list=1,2,3",
        f"{base}/h3/A b+c.mp4?x=1&y=2",
        f"{base}/h4/it's;(1).mov?u=https%3A%2F%2Fexample.com%2Fa,b.mp4",
    ]
    drawn = draw(_hard_parts, count=3, start=zlib.crc32(b"hard"))
    return [*fixed, *(f"{base}/d{n}/{one}{two}.mp4{query}" for n, (one, two, query) in enumerate(drawn))]


def _almost(hard: Sequence[str]) -> list[str]:
    """Return URLs that nobody pulled: hard ones with a query in another order, a blank as +, an accent apart."""
    queried = next(url for url in hard if " " in url and "x=1&y=2" in url)
    accented = next(url for url in hard if "é" in url)
    apart = unicodedata.normalize("NFD", accented)
    return [queried.replace("x=1&y=2", "y=2&x=1"), queried.replace(" ", "+"), apart]


def _hard_parts() -> st.SearchStrategy[tuple[str, str, str]]:
    part = st.sampled_from(_PARTS)
    return st.tuples(part, part, st.sampled_from(_QUERIES))


@check(BY_URL.several, BY_ID.several, BY_URL.unknown, ENCODED, IDS_OVER, URLS_OVER, tier="full")
def many_keys(world: World) -> Flow:
    """Judge lists of ten and eleven known keys, with plain URLs and with some that have to be encoded."""
    plain = [f"https://media.example.com/{world.token}/p{n}.mp4" for n in range(MOST_KEYS + 1)]
    hard = hard_urls(world)
    jobs = yield from pulled([*hard, *plain])
    ids, urls = list(dict.fromkeys(jobs.values())), list(jobs)
    ten_ids = yield from visible(IDS, ids[:MOST_KEYS], world.settle_seconds)
    yield finds(BY_ID.several, ten_ids, IDS, ids[:MOST_KEYS])
    exchange = yield from insisted(urls[:MOST_KEYS], urls[:MOST_KEYS], URLS)
    yield from _found_or_asked_alone(exchange, urls[:MOST_KEYS], jobs)
    known = [url for url in urls[:MOST_KEYS] if URLS.found(exchange, url)]
    if known:
        keys = replace(URLS, spell=_in_lower_case)
        yield finds(ENCODED, (yield from insisted(known, known, keys)), keys, known)
        yield from _found_otherwise(known[:3])
    plain = [url for url in plain if url in jobs]
    ten_urls = yield from visible(URLS, plain[:MOST_KEYS], world.settle_seconds)
    encoding = replace(BY_URL, one=ENCODED, several=ENCODED)
    lookup = BY_URL if not ten_urls.accepted or entries(ten_urls) else encoding
    yield finds(lookup.several, ten_urls, URLS, plain[:MOST_KEYS])
    unknown = unknown_urls(world, 4)
    close = [unknown[0], *_almost(hard)]
    for mix in (*mixes(urls[:MOST_KEYS], unknown, 1), [*close, *plain[: MOST_KEYS - len(close)]]):
        exchange = yield from insisted(mix, [url for url in mix if url in jobs], URLS)
        yield from judge_mix(lookup, exchange, urls, mix)
    if len(ids) > MOST_KEYS:
        yield from one_too_many(IDS_OVER, IDS, ids, world, ten_ids)
    if len(plain) > MOST_KEYS:
        yield from one_too_many(URLS_OVER, URLS, plain, world, ten_urls)
    yield from _long_urls(world)


def _found_otherwise(known: Sequence[str]) -> Flow:
    """Judge that URLs are found by GET and in a form, where these are served."""
    for how, form in (("by GET", {"method": "GET"}), ("in a form", {"placement": "form"})):
        call = shaped(URLS.call(known), **form)
        exchange = yield from insist(call, lambda e: not e.accepted or URLS.found_all(e, known))
        if exchange.accepted:
            verdict = finds(ENCODED, exchange, URLS, known)
            yield replace(verdict, expected=f"{verdict.expected} {how}") if verdict.expected else verdict


def _long_urls(world: World) -> Flow:
    """Judge two long URLs that differ at the end only; a target may refuse to pull such."""
    folders = "folder/" * 150
    jobs: dict[str, str] = {}
    with suppress(BlockedError):
        jobs = yield from pulled([f"https://media.example.com/{world.token}/{folders}{n}.mp4" for n in range(2)])
    if len(jobs) > 1:
        exchange = yield from insisted(list(jobs), list(jobs), URLS)
        for url, job in jobs.items():
            yield _matched(BY_URL.several, exchange, url, job)


def _found_or_asked_alone(exchange: Exchange, urls: Sequence[str], jobs: dict[str, str]) -> Flow:
    """Judge an answer about many URLs; those without an entry are asked for once more, alone."""
    known: list[str] = []
    for url in urls:
        alone = exchange if URLS.found(exchange, url) else (yield from insisted([url], [url], URLS))
        verdict = _matched(ENCODED, alone, url, jobs[url])
        yield verdict
        if verdict.outcome == "conforms":
            known.append(url)
    if len(known) > 1:
        yield finds(ENCODED, exchange, URLS, known)


def _in_lower_case(url: str) -> str:
    """Percent-encode a URL as some clients do, with small letters for the digits above nine (RFC 3986, 2.1)."""
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), quote(url))


def _matched(requirement: str, exchange: Exchange, url: str, job: str) -> Verdict:
    """Judge that a percent-encoded URL leads to the job that pulled it."""
    verdict = finds(requirement, exchange, URLS, [url])
    ids = [e.get("JobId") for e in entries(exchange) if same_url(e.get("UploadURL"), url)]
    if verdict.outcome == "violates" or job in ids:
        return verdict
    return replace(verdict, outcome="violates", expected=f"the job of {url}", observed="the entry of another job")


@check(USER_DATA, BY_ID.one, BY_URL.several, tier="full")
def course_of_jobs(world: World) -> Flow:
    """Follow a job that can end well and one that cannot; every answer shows states, times and errors."""
    data = json.dumps({"Extend": {"run": world.token, "text": 'a "b" é 片 \\ /', "list": [1, {"x": 0.5}]}}, indent=1)
    jobs = yield from pulled([f"https://media.example.com/{world.token}/course-{n}.mp4" for n in range(2)], data)
    bad = f"https://conformance-{world.token}.invalid/course.mp4"
    # A target may look at once whether the host exists and refuse it; then nothing fails later.
    with suppress(BlockedError):
        jobs |= yield from pulled([bad], data)
    ids = list(jobs.values())

    def listed(exchange: Exchange) -> bool:
        return all(IDS.found(exchange, id_) for id_ in ids)

    course = yield from follow(IDS.call(ids), lambda e: _ended(e, len(ids)), world.settle_seconds, listed)
    found = [exchange for exchange in course if listed(exchange)]
    if not found:
        raise Inconclusive("the jobs that were just made are not found")
    for exchange in course[course.index(found[0]) :]:
        yield finds(BY_ID.one, judgeable(exchange), IDS, ids)
    for exchange in (found[0], found[-1]):
        for entry in entries(exchange):
            yield _echo(exchange, entry, data)
    for entry in entries(found[0]):
        yield from told_in_its_zone(CREATED, "CreationTime", entry.get("CreationTime"), found[0])
    by_url = yield from insisted(list(jobs), list(jobs), URLS)
    for url, job in jobs.items():
        yield _matched(BY_URL.several, by_url, url, job)


def _ended(exchange: Exchange, count: int) -> bool:
    states = [status_of(entry) for entry in entries(exchange)]
    return len(states) >= count and all(state in ENDED for state in states)


def _echo(exchange: Exchange, entry: dict[str, Any], data: str) -> Verdict:
    found = entry.get("UserData")
    return expect(
        USER_DATA,
        same_json(found, data),
        expected=f"UserData is {data!r}, as it was given",
        observed=f"UserData is {found!r}",
        exchange=exchange,
    )


@check(REPEATED, PLAIN, tier="full")
def repeated_url(world: World) -> Flow:
    """Judge that a URL that was pulled more often than a page has entries leads to all of its jobs."""
    url = f"https://media.example.com/{world.token}/again+again.mp4"
    ids = list(dict.fromkeys([*(yield from _pulled_at_once(url, 1)), *(yield from _pulled_at_once(url, MOST_KEYS))]))
    if len(ids) < 2:
        raise Inconclusive("the target gave the second pull of a URL no job of its own")
    yield from visible(IDS, ids[-MOST_KEYS:], world.settle_seconds)
    keys = replace(URLS, spell=str)
    exchange = judgeable((yield from until(keys.call([url]), lambda e: _job_ids(e) >= set(ids), world.settle_seconds)))
    plain = finds(PLAIN, exchange, keys, [url])
    yield plain
    if plain.outcome == "violates":
        exchange = yield from visible(URLS, [url], world.settle_seconds)
    found = _job_ids(exchange) & set(ids)
    yield expect(
        REPEATED,
        len(found) == len(ids),
        expected=f"an entry for each of the {len(ids)} jobs that pulled the URL",
        observed=f"{len(found)} of them have one",
        exchange=exchange,
    )


def _pulled_at_once(url: str, times: int) -> Generator[Step, Any, list[str]]:
    """Have a URL pulled, named so often in one call or, where that is refused, once; return the ids of its jobs.

    What a URL that is repeated in a list means no source says (ice.md 5.19).
    """
    made: Exchange = yield Call("UploadMediaByURL", {"UploadURLs": comma_list([url] * times, percent_encoded)})
    if not made.accepted and times > 1:
        made = yield Call("UploadMediaByURL", {"UploadURLs": comma_list([url], percent_encoded)})
    listed = needed(made).value.get("UploadJobs")
    jobs = [job for job in listed if isinstance(job, dict)] if isinstance(listed, list) else []
    return [job["JobId"] for job in jobs if is_text(job.get("JobId"))]


def _job_ids(exchange: Exchange) -> set[str]:
    return {entry["JobId"] for entry in entries(exchange) if is_text(entry.get("JobId"))}
