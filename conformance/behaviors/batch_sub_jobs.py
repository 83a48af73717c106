"""What every answer of GetBatchMediaProducingJob shows of each sub-job's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.behaviors.batch_jobs import ERRORS, OPERATION, job_of, sub_jobs
from conformance.behaviors.own import is_text
from conformance.checks import expect, watch
from conformance.exchange import Exchange, Verdict


def _ended(exchange: Exchange, state: str) -> list[dict[str, Any]]:
    return [s for s in sub_jobs(job_of(exchange)) if s.get("Status") == state]


@watch(f"{OPERATION}/behavior/succeeded-without-error")
def succeeded_without_error(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a sub-job that succeeded tells no error (ice.md 5.4)."""
    for sub_job in _ended(exchange, "Success"):
        told = [name for name in ERRORS if is_text(sub_job.get(name))]
        yield expect(
            f"{OPERATION}/behavior/succeeded-without-error",
            not told,
            expected="a sub-job with Success has no text in ErrorCode and ErrorMessage",
            observed=" and ".join(f"{name} is {sub_job[name]!r}" for name in told),
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/succeeded-error-absent")
def succeeded_error_absent(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a sub-job that succeeded leaves the error members out; texts in them are judged apart."""
    for sub_job in _ended(exchange, "Success"):
        if any(is_text(sub_job.get(name)) for name in ERRORS):
            continue
        empty = [name for name in ERRORS if sub_job.get(name) == ""]
        yield expect(
            f"{OPERATION}/behavior/succeeded-error-absent",
            not empty,
            expected="a sub-job with Success leaves ErrorCode and ErrorMessage out",
            observed=f"{' and '.join(empty)} came as an empty text",
            exchange=exchange,
        )


@watch(f"{OPERATION}/behavior/failed-error")
def failed_error(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a sub-job that failed says why."""
    for sub_job in _ended(exchange, "Failed"):
        yield _has_texts(f"{OPERATION}/behavior/failed-error", exchange, sub_job, ERRORS)


@watch(f"{OPERATION}/behavior/succeeded-output")
def succeeded_output(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that a sub-job that succeeded names its output."""
    for sub_job in _ended(exchange, "Success"):
        yield _has_texts(f"{OPERATION}/behavior/succeeded-output", exchange, sub_job, ("MediaId", "MediaURL"))


def _has_texts(requirement: str, exchange: Exchange, sub_job: dict[str, Any], names: tuple[str, str]) -> Verdict:
    absent = [name for name in names if not is_text(sub_job.get(name))]
    return expect(
        requirement,
        not absent,
        expected=f"a sub-job with {sub_job['Status']} has {' and '.join(names)} that are not empty",
        observed=f"a sub-job has no {' and no '.join(absent)}",
        exchange=exchange,
    )
