"""What every answer of a provisioning operation shows by itself (facts imm.md 12, ice.md 4.3).

An operation that the target does not have is refused, and a refusal is not
looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.behaviors.own import asked, is_text, member, undisguised
from conformance.behaviors.upload_keys import same_url
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict

REQUEST_ID = "Provisioning/behavior/request-id"
"""What every answer has, that of a removal too."""
_REMOVING = ("DeleteProject", "DeleteDataset", "DeleteBinding", "DeleteFileMeta", "BatchDeleteFileMeta")


@watch(REQUEST_ID, operation="*")
def request_id(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-REQID, of what removes; what makes something has it among its other members."""
    if exchange.call.operation in _REMOVING and undisguised(exchange):
        yield _texts(REQUEST_ID, exchange, ("RequestId",))


@watch("Provisioning/behavior/project-shape", operation="*")
def project_shape(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-PRV-PROJECT-SHAPE: RequestId and the project that was asked for."""
    if exchange.call.operation in ("CreateProject", "GetProject") and undisguised(exchange):
        yield _shape("Provisioning/behavior/project-shape", exchange, "Project", ("ProjectName",))


@watch("Provisioning/behavior/dataset-shape", operation="*")
def dataset_shape(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-PRV-DATASET-SHAPE: RequestId and the dataset that was asked for."""
    if exchange.call.operation in ("CreateDataset", "GetDataset") and undisguised(exchange):
        yield _shape("Provisioning/behavior/dataset-shape", exchange, "Dataset", ("ProjectName", "DatasetName"))


@watch("Provisioning/behavior/compression-ids", operation="CreateFileCompressionTask")
def compression_ids(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-PRV-COMPRESSION-IDS: three ids."""
    yield _texts("Provisioning/behavior/compression-ids", exchange, ("RequestId", "EventId", "TaskId"))


@watch("Provisioning/behavior/batch-job", operation="SubmitBatchMediaProducingJob")
def batch_job(exchange: Exchange) -> Iterable[Verdict]:
    """ICE-SBMPJ-JOBID: two ids."""
    yield _texts("Provisioning/behavior/batch-job", exchange, ("RequestId", "JobId"))


@watch("Provisioning/behavior/upload-jobs", operation="UploadMediaByURL")
def upload_jobs(exchange: Exchange) -> Iterable[Verdict]:
    """ICE-UMBU-JOBS: RequestId and an array of jobs with JobId and SourceURL."""
    jobs = exchange.value.get("UploadJobs")
    wrong = [] if is_text(exchange.value.get("RequestId")) else ["RequestId"]
    if not isinstance(jobs, list):
        wrong.append("UploadJobs")
    else:
        for number, job in enumerate(jobs):
            names = [n for n in ("JobId", "SourceURL") if not (isinstance(job, dict) and is_text(job.get(n)))]
            wrong.extend(f"{name} of job {number + 1} of {len(jobs)}" for name in names)
    yield expect(
        "Provisioning/behavior/upload-jobs",
        not wrong,
        expected="RequestId and an array UploadJobs whose items have the strings JobId and SourceURL",
        observed=f"no usable {', '.join(wrong[:3])}",
        exchange=exchange,
    )


@watch("Provisioning/behavior/upload-job-per-url", operation="UploadMediaByURL")
def upload_job_per_url(exchange: Exchange) -> Iterable[Verdict]:
    """ICE-UMBU-ONE-PER-URL: as many jobs as URLs, each with an id of its own; URLs compared decoded (ice.md 5.18)."""
    urls = [unquote(url) for url in asked(exchange, "UploadURLs").split(",")]
    jobs = exchange.value.get("UploadJobs")
    if not isinstance(jobs, list) or len(set(urls)) < len(urls) or not all(map(_is_url, urls)):
        return
    items = [job for job in jobs if isinstance(job, dict)]
    ids = [job["JobId"] for job in items if is_text(job.get("JobId"))]
    sources = [job["SourceURL"] for job in items if is_text(job.get("SourceURL"))]
    twice = len(set(ids)) < len(ids) or len(set(map(unquote, sources))) < len(sources)
    strangers = [source for source in sources if not any(same_url(source, url) for url in urls)]
    yield expect(
        "Provisioning/behavior/upload-job-per-url",
        len(jobs) == len(urls) and not twice and not strangers,
        expected=f"one job for each of {len(urls)} URLs",
        observed=f"{len(jobs)} jobs with {len(set(ids))} ids, of which {len(strangers)} are for no URL of the request",
        exchange=exchange,
    )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _shape(requirement: str, exchange: Exchange, name: str, echoed: tuple[str, ...]) -> Verdict:
    found = member(exchange, name)
    wrong = [n for n in echoed if found.get(n) != exchange.call.params.get(n)]
    wanted = ", ".join(f"{n} '{asked(exchange, n)}'" for n in echoed)
    return expect(
        requirement,
        not wrong and is_text(exchange.value.get("RequestId")),
        expected=f"RequestId and a {name} with {wanted} as in the request",
        observed=_found(wrong, found) if wrong else "no usable RequestId",
        exchange=exchange,
    )


def _found(wrong: list[str], found: dict[str, Any]) -> str:
    return ", ".join(f"{n} '{found[n]}'" if n in found else f"no {n}" for n in wrong)


def _texts(requirement: str, exchange: Exchange, names: tuple[str, ...]) -> Verdict:
    wrong = [name for name in names if not is_text(exchange.value.get(name))]
    return expect(
        requirement,
        not wrong,
        expected=f"the strings {', '.join(names)}",
        observed=f"no usable {', '.join(wrong)}",
        exchange=exchange,
    )
