"""What every answer of GetUrlUploadInfos shows of the keys that were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.behaviors.upload_keys import (
    IDS,
    MOST_KEYS,
    MOST_RECORDS,
    OPERATION,
    Asked,
    asked_for,
    entries,
    is_text,
    looks_like_id,
    looks_like_url,
    missing_keys,
    raw_missing,
    unpacked,
)
from conformance.checks import expect, watch
from conformance.exchange import Exchange, Verdict
from conformance.judge.reaction import matches, summarize

_UNKNOWN_NAME = ("InvalidAction*", "InvalidApi.NotFound", "InvalidVersion*")


@watch(f"{OPERATION}/behavior/action-name", scope="answered")
def action_name(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the target knows the operation by its name and version."""
    form, answer = exchange.call.form, exchange.answer
    changed = form.action or form.version or form.named_by or form.headers or form.extra or form.omit or form.tamper
    if answer is None or changed or form.method != "POST":
        return
    unknown = answer.status >= 400 and matches(answer.code, _UNKNOWN_NAME)
    if unknown or exchange.accepted:
        yield expect(
            f"{OPERATION}/behavior/action-name",
            not unknown,
            expected="the target knows the operation GetUrlUploadInfos of version 2020-11-09",
            observed=f"it was refused as an unknown operation: {summarize(exchange)}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/job-ids-over")
def job_ids_over(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that no answer is about more than ten job ids."""
    yield from _over(exchange, f"{OPERATION}/behavior/job-ids-over", "JobIds")


@watch(f"{OPERATION}/behavior/urls-over")
def urls_over(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that no answer is about more than ten URLs."""
    yield from _over(exchange, f"{OPERATION}/behavior/urls-over", "UploadURLs")


def _over(exchange: Exchange, requirement: str, parameter: str) -> Iterator[Verdict]:
    asked = asked_for(exchange)
    if asked is None or asked.keys.parameter != parameter or len(asked.distinct) <= MOST_KEYS:
        return
    answered = asked.keys.answered(exchange, asked.distinct)
    yield expect(
        requirement,
        len(answered) < len(asked.distinct),
        expected=f"at most {MOST_KEYS} {asked.keys.noun}s are answered in one call",
        observed=f"a call with {len(asked.distinct)} was accepted and all of them were answered",
        exchange=exchange,
    )


@watch(f"{OPERATION}/behavior/job-ids-win")
def job_ids_win(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that nothing comes back that only UploadURLs can have asked for."""
    asked = asked_for(exchange)
    if asked is None or not asked.both:
        return
    strange = [e for e in entries(exchange) if is_text(e.get("JobId")) and not asked.is_own(e["JobId"])]
    urls = [key for key in missing_keys(exchange) if looks_like_url(key)]
    found = f"{len(strange)} entries of other jobs" if strange else f"a URL in NonExists: {urls[0] if urls else None}"
    yield expect(
        f"{OPERATION}/behavior/job-ids-win",
        not strange and not urls,
        expected="UploadURLs has no effect beside JobIds",
        observed=f"the answer has {found}",
        exchange=exchange,
    )


@watch(f"{OPERATION}/behavior/non-existing-kind")
def non_existing_kind(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that NonExists holds keys of the kind that was asked for."""
    asked = asked_for(exchange)
    if asked is None or not missing_keys(exchange):
        return
    strange = [key for key in missing_keys(exchange) if _is_other_kind(key, asked)]
    wanted, other = ("job ids", "URL") if asked.keys is IDS else ("URLs", "job id")
    yield expect(
        f"{OPERATION}/behavior/non-existing-kind",
        not strange,
        expected=f"NonExists holds {wanted} after a call with {asked.keys.parameter}",
        observed=f"NonExists holds the {other} {strange[0] if strange else None}",
        exchange=exchange,
    )


def _is_other_kind(key: str, asked: Asked) -> bool:
    if asked.is_own(key):
        return False
    return looks_like_url(key) if asked.keys is IDS else looks_like_id(key)


@watch(f"{OPERATION}/behavior/non-existing-flat")
def non_existing_flat(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that each item of NonExists is one key as it was asked for."""
    asked = asked_for(exchange)
    items = raw_missing(exchange)
    if asked is None or not items:
        return
    strange = [i for i in items if not asked.is_own(i) and not any(_is_other_kind(k, asked) for k in unpacked(i))]
    yield expect(
        f"{OPERATION}/behavior/non-existing-flat",
        not strange,
        expected=f"each item of NonExists is one {asked.keys.noun} as it was asked for",
        observed=f"NonExists has the item {strange[0] if strange else None}",
        exchange=exchange,
    )


@watch(f"{OPERATION}/behavior/every-key-once")
def every_key_once(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that every key is found or non-existing, and that nothing else comes back."""
    asked = asked_for(exchange)
    if asked is None or len(asked.distinct) > MOST_KEYS or len(entries(exchange)) >= MOST_RECORDS:
        return
    problem = _unlike_a_partition(exchange, asked)
    yield expect(
        f"{OPERATION}/behavior/every-key-once",
        not problem,
        expected=f"each {asked.keys.noun} asked for has either an entry or a place in NonExists",
        observed=problem,
        exchange=exchange,
    )


def _unlike_a_partition(exchange: Exchange, asked: Asked) -> str:
    """Return how an answer fails to say exactly one thing of each key, or an empty text."""
    keys = asked.keys
    for place, key in enumerate(asked.distinct, 1):
        found, missing = keys.found(exchange, key), keys.missing(exchange, key)
        if found == missing:
            said = "both of them" if found else "neither of them"
            return f"number {place} of {len(asked.distinct)} has {said}"
    jobs = Counter(e["JobId"] for e in entries(exchange) if is_text(e.get("JobId")))
    if jobs and max(jobs.values()) > 1 and len(asked.distinct) == len(asked.items):
        return f"the job {jobs.most_common(1)[0][0]} has {max(jobs.values())} entries"
    named = [e[keys.member] for e in entries(exchange) if is_text(e.get(keys.member))]
    strange = [name for name in named if not asked.is_own(name)]
    return f"there is an entry for {strange[0]}, which was not asked for" if strange else ""
