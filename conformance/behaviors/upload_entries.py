"""What every entry of GetUrlUploadInfos shows: states, times, errors and results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.behaviors.jobs import has_form, utc_time
from conformance.behaviors.upload_keys import OPERATION, entries, is_text
from conformance.checks import expect, watch
from conformance.exchange import Exchange, Verdict

GOING_ON = ("PENDING", "PROCESSING", "DOWNLOADING", "DOWNLOAD_SUCCESS", "UPLOADING")
FAILED = ("DOWNLOAD_FAIL", "UPLOAD_FAIL", "FAIL", "FAILED")
SUCCEEDED = ("SUCCESS",)
ENDED = (*SUCCEEDED, *FAILED)
"""UPLOAD_SUCCESS is in none of these: a callback may still follow (ice.md 1.3)."""


def status_of(entry: dict[str, Any]) -> str:
    """Return the state of an entry, in upper case; empty if it has none."""
    status = entry.get("Status")
    return status.upper() if isinstance(status, str) else ""


@watch(f"{OPERATION}/behavior/complete-time-real")
def complete_time_real(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that CompleteTime is a date that the calendar has."""
    for entry in entries(exchange):
        value = entry.get("CompleteTime")
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
    """Judge that no job ends before it was made."""
    for entry in entries(exchange):
        made, ended = utc_time(entry.get("CreationTime")), utc_time(entry.get("CompleteTime"))
        if made is not None and ended is not None:
            yield expect(
                f"{OPERATION}/behavior/time-order",
                made <= ended,
                expected="CompleteTime is not earlier than CreationTime",
                observed=f"CreationTime is {entry['CreationTime']}, CompleteTime {entry['CompleteTime']}",
                exchange=exchange,
            )


@watch(f"{OPERATION}/behavior/complete-when-done")
def complete_when_done(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that CompleteTime goes with a final state."""
    for entry in entries(exchange):
        status, time = status_of(entry), entry.get("CompleteTime")
        if status in GOING_ON or status in ENDED:
            yield expect(
                f"{OPERATION}/behavior/complete-when-done",
                bool(time) == (status in ENDED),
                expected=f"CompleteTime is {'set' if status in ENDED else 'absent or empty'} in the state {status}",
                observed=f"CompleteTime is {time!r}" if time else "it has no value",
                exchange=exchange,
            )


@watch(f"{OPERATION}/behavior/failed-job-error")
def failed_job_error(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a failed job says why."""
    for entry in entries(exchange):
        if status_of(entry) not in FAILED:
            continue
        lacking = [name for name in ("ErrorCode", "ErrorMessage") if not is_text(entry.get(name))]
        yield expect(
            f"{OPERATION}/behavior/failed-job-error",
            not lacking,
            expected="a failed job has the texts ErrorCode and ErrorMessage",
            observed=f"a job in the state {entry['Status']} has no {' and no '.join(lacking)}",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/succeeded-job-media-id")
def succeeded_job_media_id(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a job that succeeded names its media asset."""
    for entry in entries(exchange):
        if status_of(entry) in SUCCEEDED:
            yield expect(
                f"{OPERATION}/behavior/succeeded-job-media-id",
                is_text(entry.get("MediaId")),
                expected="a job that succeeded has a MediaId that is not empty",
                observed=f"a job in the state {entry['Status']} has MediaId {entry.get('MediaId')!r}",
                exchange=exchange,
            )
