"""Which parameter of GetUrlUploadInfos counts, and that asking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.behaviors.jobs import judgeable
from conformance.behaviors.upload_entries import ENDED, status_of
from conformance.behaviors.upload_keys import (
    IDS,
    MOST_KEYS,
    OPERATION,
    URLS,
    Keys,
    entries,
    looks_like_url,
    missing_keys,
    unknown_ids,
    unknown_urls,
)
from conformance.behaviors.upload_lookup import visible
from conformance.checks import check, expect
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Steps, Verdict
from conformance.judge.kept_values import kept
from conformance.judge.reaction import matches, react, summarize, why_unusable
from conformance.polling import insist, until
from conformance.world import UploadRef, World

WIN = f"{OPERATION}/behavior/job-ids-win"
NEITHER = f"{OPERATION}/behavior/neither"
NEITHER_CODE = f"{OPERATION}/behavior/neither-code"
EMPTY = f"{OPERATION}/behavior/empty-is-neither"
READ_ONLY = f"{OPERATION}/behavior/read-only"

NEITHER_CODES = (
    "MissingParameter",
    "MissingJobIds",
    "MissingUploadURLs",
    "InvalidParameter",
    "InvalidParameter.*",
    "InvalidJobIds",
)
_FIXED = ("JobId", "UploadURL", "CreationTime", "UserData")
"""Members of an entry that stay while its job goes on."""
_FINAL = ("Status", "CompleteTime", "ErrorCode", "ErrorMessage", "MediaId", "FileSize")
"""Members that stay once its job has ended."""


@check(WIN)
def job_ids_win(world: World) -> Flow:
    """Judge that UploadURLs has no effect beside JobIds, known or unknown, before or after it."""
    world.need("upload")
    first, last = world.uploads[0], world.uploads[-1]
    strange, (unknown_url,) = unknown_ids(world, MOST_KEYS - 1), unknown_urls(world, 1)
    yield from visible(IDS, [first.id], world.settle_seconds)
    pairs = [
        ([first.id], [unknown_url]),
        ([first.id, *strange], [last.url, unknown_url]),
        (strange[:1], [first.url]),
    ]
    if last.url != first.url:
        pairs.append(([first.id], [last.url]))
    for turn, (ids, urls) in enumerate(pairs):
        known = ids[:1] if ids[0] == first.id else []
        twin = yield from _insisted(IDS.call(ids, reuse=True), IDS, known)
        if not twin.accepted:
            continue
        both = {**IDS.call(ids).params, **URLS.call(urls).params}
        names = ("JobIds", "UploadURLs") if turn % 2 else ("UploadURLs", "JobIds")
        probe = yield from _insisted(Call(OPERATION, {name: both[name] for name in names}), IDS, known)
        yield _same_answer(probe, twin)


def _insisted(call: Call, keys: Keys, known: Sequence[str]) -> Steps:
    """Ask for keys of which the `known` ones were found before, and again while one of them is missing."""
    return judgeable((yield from insist(call, lambda e: not e.accepted or keys.found_all(e, known))))


def _same_answer(probe: Exchange, twin: Exchange) -> Verdict:
    """Judge that a call with both parameters is answered like its twin with JobIds alone."""
    urls = [key for key in missing_keys(probe) if looks_like_url(key)]
    wanted, found = _told(twin), _told(probe)
    observed = f"the answer is about {_listed(found)} instead of {_listed(wanted)}"
    if not probe.accepted:
        observed = f"{react(probe).value}: {summarize(probe)}"
    elif urls:
        observed = f"the URL {urls[0]} stands in NonExists"
    return expect(
        WIN,
        probe.accepted and wanted == found and not urls,
        expected="with UploadURLs beside JobIds the answer is the one for JobIds alone",
        observed=observed,
        exchange=probe,
        control=twin,
    )


def _told(exchange: Exchange) -> tuple[list[str], list[str]]:
    """Return the ids of the jobs that an answer shows and the keys that it calls unknown."""
    jobs = [e["JobId"] for e in entries(exchange) if isinstance(e.get("JobId"), str)]
    return sorted(jobs), sorted(missing_keys(exchange))


def _listed(told: tuple[Sequence[str], Sequence[str]]) -> str:
    return f"{len(told[0])} jobs and {len(told[1])} unknown keys"


@check(NEITHER, NEITHER_CODE, EMPTY)
def neither(world: World) -> Flow:
    """Judge that a call without keys is refused, and that empty texts count as none."""
    upload = next(iter(world.uploads), None)
    keys = [upload.id] if upload else unknown_ids(world, 1)
    control = yield IDS.call(keys, reuse=True)
    if not control.accepted:
        raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
    probe = judgeable((yield Call(OPERATION, {})))
    yield from _refused(probe, control)
    for params in ({"JobIds": ""}, {"UploadURLs": ""}, {"JobIds": "", "UploadURLs": ""}):
        if react(probe).refuses:
            empty = judgeable((yield Call(OPERATION, params)))
            yield expect(
                EMPTY,
                react(empty).refuses,
                expected=f"{' and '.join(params)} with an empty text counts as not given, which is refused",
                observed=f"it was {react(empty).value}: {summarize(empty)}",
                exchange=empty,
                control=control,
            )
    if upload:
        yield from _beside_empty(upload)


def _beside_empty(upload: UploadRef) -> Flow:
    """Judge that an empty text beside a key is as if it were not there."""
    for name, keys, key in (("UploadURLs", IDS, upload.id), ("JobIds", URLS, upload.url)):
        twin = yield from _insisted(keys.call([key], reuse=True), keys, [key])
        probe = yield from _insisted(Call(OPERATION, {name: "", **keys.call([key]).params}), keys, [key])
        if keys.found(twin, key):
            yield expect(
                EMPTY,
                keys.found(probe, key),
                expected=f"an empty text for {name} beside {keys.parameter} counts as not given",
                observed=f"the job has no entry any more: {summarize(probe)}",
                exchange=probe,
                control=twin,
            )


def _refused(probe: Exchange, control: Exchange) -> Iterator[Verdict]:
    """Judge the refusal of a call without keys, and its Code."""
    assert probe.answer is not None
    yield expect(
        NEITHER,
        react(probe).refuses,
        expected="a call with neither JobIds nor UploadURLs is refused with a 4xx and an error body",
        observed=f"it was {react(probe).value}: {summarize(probe)}",
        exchange=probe,
        control=control,
    )
    if react(probe).refuses:
        yield expect(
            NEITHER_CODE,
            matches(probe.answer.code, NEITHER_CODES),
            expected=f"a Code of {', '.join(NEITHER_CODES)}",
            observed=summarize(probe),
            exchange=probe,
            control=control,
        )


@check(READ_ONLY, f"{OPERATION}/behavior/values-kept")
def read_only(world: World) -> Flow:
    """Judge that asking twice gives the same answer twice, by ids and by URLs."""
    ids, urls = [job.id for job in world.uploads[:2]], [job.url for job in world.uploads[:2]]
    for keys, wanted in ((IDS, [*ids, *unknown_ids(world, 1)]), (URLS, [*urls, *unknown_urls(world, 1)])):
        call = keys.call(wanted)
        first = judgeable((yield from until(call, _all_ended, min(1.0, world.settle_seconds))))
        second = yield from _insisted(call, keys, [key for key in wanted if keys.found(first, key)])
        if not first.accepted:
            continue
        changed = _difference(first, second, keys, wanted[-1])
        yield expect(
            READ_ONLY,
            not changed,
            expected="two equal calls are answered alike but for RequestId",
            observed=changed,
            exchange=second,
            control=first,
        )
        yield from kept((first, second))


def _all_ended(exchange: Exchange) -> bool:
    return all(status_of(entry) in ENDED for entry in entries(exchange))


def _difference(first: Exchange, second: Exchange, keys: Keys, unknown: str) -> str:
    """Return how two answers differ although no job moved on, or an empty text.

    A job that was made a moment ago may come to be found in between.
    """
    if not second.accepted:
        return f"the second was {react(second).value}: {summarize(second)}"
    if keys.found(second, unknown) or keys.missing(second, unknown) != keys.missing(first, unknown):
        return "an unknown key is told otherwise the second time"
    later = {str(entry.get("JobId")): entry for entry in entries(second)}
    for entry in entries(first):
        other = later.get(str(entry.get("JobId")))
        changed = "a job has no entry the second time" if other is None else _changed_member(entry, other)
        if changed:
            return changed
    return ""


def _changed_member(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Return how an entry differs in what cannot change any more, or an empty text."""
    ended = status_of(one) in ENDED and status_of(other) in ENDED
    for name in (*_FIXED, *(_FINAL if ended else ())):
        if one.get(name) != other.get(name):
            return f"{name} of an entry is {one.get(name)!r}, then {other.get(name)!r}"
    return ""
