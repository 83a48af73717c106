"""What every answer of GetBatchMediaProducingJob shows of the job and its sub-jobs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from conformance.behaviors.jobs import has_form, utc_time
from conformance.behaviors.own import is_text
from conformance.checks import expect, watch
from conformance.exchange import Exchange, Verdict

OPERATION = "GetBatchMediaProducingJob"
STATE_AND_TIMES = ("Status", "CreateTime", "ModifiedTime")
ERRORS = ("ErrorCode", "ErrorMessage")

_PLACE = "{index}"
_ID = re.compile(r"[0-9A-Za-z._-]{1,128}", re.ASCII)


def job_of(exchange: Exchange) -> dict[str, Any]:
    """Return `EditingBatchJob`, empty if there is none."""
    job = exchange.value.get("EditingBatchJob")
    return job if isinstance(job, dict) else {}


def sub_jobs(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of `SubJobList` that are objects."""
    found = job.get("SubJobList")
    return [s for s in found if isinstance(s, dict)] if isinstance(found, list) else []


def tells_of_job(job: dict[str, Any]) -> bool:
    """Return whether an answer is about a job that exists, and no empty shell (ice.md 5.16)."""
    return any(job.get(name) for name in (*STATE_AND_TIMES, "SubJobList", "InputConfig", "OutputConfig"))


def lacking(job: dict[str, Any]) -> list[str]:
    """Return which of state and times a job does not have."""
    return [name for name in STATE_AND_TIMES if job.get(name) in (None, "")]


def read_object(text: Any) -> dict[str, Any]:
    """Return the object that a JSON text holds, empty if it holds none."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@watch(f"{OPERATION}/behavior/by-job-id")
def by_job_id(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the answer is about the job that was asked for; whether case counts no source says."""
    form, asked, found = exchange.call.form, exchange.call.params.get("JobId"), job_of(exchange).get("JobId")
    changed = form.action or form.version or form.tamper or "JobId" in dict(form.extra)
    if changed or not isinstance(asked, str) or not _ID.fullmatch(asked) or not is_text(found):
        return
    if asked == str(found).swapcase():
        return
    yield expect(
        f"{OPERATION}/behavior/by-job-id",
        found == asked,
        expected=f"EditingBatchJob.JobId is {asked}, as asked for",
        observed=f"it is {found}",
        exchange=exchange,
    )


@watch(f"{OPERATION}/behavior/job-state-and-times")
def job_state_and_times(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a job that exists has its state and two times."""
    job = job_of(exchange)
    if tells_of_job(job):
        yield expect(
            f"{OPERATION}/behavior/job-state-and-times",
            not lacking(job),
            expected="a job has its Status, CreateTime and ModifiedTime",
            observed=f"it has no {' and no '.join(lacking(job))}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/complete-time-real")
def complete_time_real(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that CompleteTime is a date that the calendar has."""
    value = job_of(exchange).get("CompleteTime")
    if has_form(value):
        yield expect(
            f"{OPERATION}/behavior/complete-time-real",
            utc_time(value) is not None,
            expected="CompleteTime is a time that exists",
            observed=f"CompleteTime is {value}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/time-order")
def time_order(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that nothing happens to a job before it was made."""
    job = job_of(exchange)
    made = utc_time(job.get("CreateTime"))
    for name in ("ModifiedTime", "CompleteTime"):
        later = utc_time(job.get(name))
        if made is not None and later is not None:
            yield expect(
                f"{OPERATION}/behavior/time-order",
                made <= later,
                expected=f"{name} is not earlier than CreateTime",
                observed=f"CreateTime is {job['CreateTime']}, {name} {job[name]}",
                exchange=exchange,
            )


@watch(f"{OPERATION}/behavior/complete-when-finished")
def complete_when_finished(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that only a finished job has a CompleteTime."""
    job = job_of(exchange)
    status, time = job.get("Status"), job.get("CompleteTime")
    if status in ("Init", "Processing") or (status == "Finished" and time):
        yield expect(
            f"{OPERATION}/behavior/complete-when-finished",
            status == "Finished" or not time,
            expected=f"CompleteTime is absent or empty in the state {status}",
            observed=f"CompleteTime is {time!r}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/finished-sub-jobs")
def finished_sub_jobs(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a finished job has no sub-job that goes on."""
    job = job_of(exchange)
    if job.get("Status") == "Finished" and sub_jobs(job):
        open_states = [s["Status"] for s in sub_jobs(job) if s.get("Status") in ("Init", "Processing")]
        yield expect(
            f"{OPERATION}/behavior/finished-sub-jobs",
            not open_states,
            expected="every sub-job of a finished job is Success or Failed",
            observed=f"{len(open_states)} of {len(sub_jobs(job))} are {' or '.join(sorted(set(open_states)))}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/sub-job-ids-unique")
def sub_job_ids_unique(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the job and its sub-jobs have different ids."""
    job = job_of(exchange)
    ids = Counter(s["JobId"] for s in sub_jobs(job) if is_text(s.get("JobId")))
    if ids:
        ids.update([job["JobId"]] if is_text(job.get("JobId")) else [])
        often, times = ids.most_common(1)[0]
        yield expect(
            f"{OPERATION}/behavior/sub-job-ids-unique",
            times == 1,
            expected="the job and its sub-jobs have different ids",
            observed=f"{times} of them have the id {often}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/extend-on-failure")
def extend_on_failure(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a job that says that it failed has both code and message in Extend.

    One of which only the sub-jobs failed need not have failed itself.
    """
    job = job_of(exchange)
    error = read_object(job.get("Extend"))
    if job.get("Status") == "Failed" or any(error.get(name) for name in ERRORS):
        absent = [name for name in ERRORS if not is_text(error.get(name))]
        yield expect(
            f"{OPERATION}/behavior/extend-on-failure",
            not absent,
            expected="Extend of a job that failed as a whole has an ErrorCode and an ErrorMessage",
            observed=f"Extend is {job.get('Extend')!r} and lacks {' and '.join(absent)}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/media-url-index")
def media_url_index(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the URLs of the outputs follow the pattern that the job itself shows."""
    job = job_of(exchange)
    pattern = read_object(job.get("OutputConfig")).get("MediaURL")
    urls = [s["MediaURL"] for s in sub_jobs(job) if is_text(s.get("MediaURL"))]
    if urls and is_text(pattern):
        problem = _unlike_pattern(str(pattern), urls)
        yield expect(
            f"{OPERATION}/behavior/media-url-index",
            not problem,
            expected=f"MediaURL is {pattern} with another text for {_PLACE} in each sub-job",
            observed=problem,
            exchange=exchange,
        )


def _unlike_pattern(pattern: str, urls: list[str]) -> str:
    """Return what is wrong with URLs that `pattern` was to give, or an empty text.

    A query may be added, such as a signature, and the URL may be encoded.
    """
    parts = [re.escape(part) for part in unquote(pattern).split(_PLACE)]
    form = re.compile(r"([^/]+)".join(parts[:2]) + "".join(rf"\1{part}" for part in parts[2:]) + r"(?:[?&].*)?")
    places: list[str] = []
    for url in urls:
        match = form.fullmatch(unquote(url))
        if match is None or _PLACE in unquote(url):
            return f"one is {url}"
        places.extend(match.groups())
    often = Counter(places).most_common(1)
    return f"{often[0][1]} sub-jobs have '{often[0][0]}' there" if often and often[0][1] > 1 else ""
