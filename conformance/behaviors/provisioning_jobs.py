"""Compression tasks, upload jobs and batch jobs: what makes them (facts imm.md 12, ice.md 4.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from conformance.behaviors.own import is_text, member, needed, refusal, says_nothing, unsure
from conformance.behaviors.tasks import create_task, definition_of, params_of
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Form, Verdict
from conformance.judge.reaction import summarize, why_unusable
from conformance.polling import until
from conformance.provision import batch_definition
from conformance.world import BlockedError, World

_SOURCE = "Provisioning/behavior/compression-source"
_TWENTY = "Provisioning/behavior/upload-twenty-urls"
_EXTENSION = "Provisioning/behavior/upload-file-extension"
_ONCE = "Provisioning/behavior/batch-job-once"
_DONE = ("SUCCESS", "UPLOAD_SUCCESS", "Normal")
_FAILED = ("FAIL", "FAILED")
_IN_FORM = ("InputConfig", "EditingConfig")


@check(
    _SOURCE,
    "Provisioning/behavior/compression-ids",
    "Provisioning/behavior/compression-get-task",
    "GetTask/behavior/user-data",
    operation="GetTask",
    tier="full",
)
def compression_tasks(world: World) -> Flow:
    """Create a task with one kind of sources, and ask for others with none and with both."""
    task = yield from create_task(world, "sourced")
    sent = task.definition or {}
    read = yield from until(Call("GetTask", params_of(task)), lambda e: e.accepted, world.settle_seconds)
    yield from _found_task(read)
    no_source = {name: value for name, value in sent.items() if name != "Sources"}
    manifest = {"SourceManifestURI": world.uri("manifest.txt")}
    for params, what in (
        (no_source, "a task without Sources and SourceManifestURI"),
        ({**definition_of(world, task.project, "both"), **manifest}, "a task with Sources and SourceManifestURI"),
    ):
        probe = yield Call("CreateFileCompressionTask", params)
        yield refusal(_SOURCE, probe, read, what)


def _found_task(read: Exchange) -> Iterator[Verdict]:
    """Judge that the new task is found, and that it has no UserData, for none was given."""
    if says_nothing(read):
        yield unsure("Provisioning/behavior/compression-get-task", read)
        return
    yield expect(
        "Provisioning/behavior/compression-get-task",
        read.accepted,
        expected="GetTask finds the task by the type 'FileCompression' and the TaskId returned",
        observed=summarize(read),
        exchange=read,
    )
    if read.accepted:
        told = read.value.get("UserData")
        yield expect(
            "GetTask/behavior/user-data",
            not told,
            expected="no UserData of a task that was created without",
            observed=f"UserData '{told}'"[:300],
            exchange=read,
        )


@check(
    _TWENTY,
    "Provisioning/behavior/upload-urls-over",
    "Provisioning/behavior/upload-jobs",
    "Provisioning/behavior/upload-job-per-url",
    "Provisioning/behavior/upload-job-queryable",
    _EXTENSION,
    operation="GetUrlUploadInfos",
    tier="full",
)
def upload_jobs(world: World) -> Flow:
    """Upload twenty URLs, one more, and some without a file extension."""
    urls = [f"https://media.example.com/{world.token}/many/{number}.mp4" for number in range(21)]
    urls[19] = f"https://media.example.com/{world.token}/many/a, b.mp4?x=1&y=2"
    twenty = yield _upload(urls[:20])
    if not twenty.accepted:
        control = yield _upload(urls[:2])
        if not control.accepted or says_nothing(twenty):
            raise BlockedError(f"{why_unusable(twenty)}, and the check needs it")
        yield expect(_TWENTY, False, expected="20 URLs accepted", observed=summarize(twenty), exchange=twenty)
        return
    yield expect(_TWENTY, True, expected="", observed="", exchange=twenty)
    over = yield _upload(urls)
    yield _over(over, twenty)
    yield from _queryable(world, twenty)
    for url in (
        f"https://media.example.com/{world.token}/video",
        f"https://media.example.com/{world.token}.d/video?name=a.mp4",
    ):
        yield from _without_extension(world, url, twenty)


def _upload(urls: list[str]) -> Call:
    return Call("UploadMediaByURL", {"UploadURLs": ",".join(quote(url, safe="") for url in urls)})


def _over(over: Exchange, control: Exchange) -> Verdict:
    """ICE-UMBU-MAX-ERR: beyond the limit HTTP 400."""
    requirement = "Provisioning/behavior/upload-urls-over"
    verdict = refusal(requirement, over, control, "UploadMediaByURL with 21 URLs")
    if verdict.outcome != "conforms" or over.answer is None:
        return verdict
    wanted = "UploadMediaByURL with 21 URLs is refused with HTTP 400"
    status = over.answer.status
    return expect(requirement, status == 400, expected=wanted, observed=f"HTTP {status}", exchange=over)


def _ids(made: Exchange) -> list[str]:
    jobs = made.value.get("UploadJobs")
    items = jobs if isinstance(jobs, list) else []
    return [job["JobId"] for job in items if isinstance(job, dict) and is_text(job.get("JobId"))]


def _infos(exchange: Exchange) -> dict[str, dict[str, Any]]:
    infos = exchange.value.get("URLUploadInfoList")
    items = infos if isinstance(infos, list) else []
    return {i["JobId"]: i for i in items if isinstance(i, dict) and is_text(i.get("JobId"))}


def _queryable(world: World, made: Exchange) -> Flow:
    """ICE-UMBU-QUERYABLE: the last ten jobs of an upload are found."""
    ids = _ids(made)[-10:]
    if not ids:
        return
    seen = yield from until(
        Call("GetUrlUploadInfos", {"JobIds": ids}), lambda e: set(ids) <= set(_infos(e)), world.settle_seconds
    )
    if says_nothing(seen):
        yield unsure("Provisioning/behavior/upload-job-queryable", seen)
        return
    found = len(set(ids) & set(_infos(seen)))
    yield expect(
        "Provisioning/behavior/upload-job-queryable",
        found == len(set(ids)),
        expected=f"GetUrlUploadInfos finds {len(set(ids))} jobs just made",
        observed=f"it finds {found}" if seen.accepted else summarize(seen),
        exchange=seen,
    )


def _without_extension(world: World, url: str, control: Exchange) -> Flow:
    """ICE-UMBU-EXT: refused at once, or a job that fails."""
    made = yield _upload([url])
    ids = _ids(made)
    if not (made.accepted and ids):
        yield refusal(_EXTENSION, made, control, "a URL without a file extension")
        return

    def status(exchange: Exchange) -> str:
        return str(_infos(exchange).get(ids[0], {}).get("Status", ""))

    call = Call("GetUrlUploadInfos", {"JobIds": ids[:1]})
    seen = yield from until(call, lambda e: _has_ended(status(e)), world.settle_seconds)
    if not _has_ended(status(seen)):
        yield Verdict(_EXTENSION, "inconclusive", observed=f"the job is '{status(seen)}' and was not refused")
        return
    yield expect(
        _EXTENSION,
        status(seen).endswith(_FAILED),
        expected="a URL without a file extension is refused, or its job fails",
        observed=f"its job has the Status '{status(seen)}'",
        exchange=seen,
        control=control,
    )


def _has_ended(status: str) -> bool:
    """Whether an upload job is at its end (ice.md 1.3); the success of a download is not."""
    return status in _DONE or status.endswith(_FAILED)


@check(
    _ONCE,
    "Provisioning/behavior/batch-job",
    "Provisioning/behavior/batch-job-queryable",
    "Provisioning/behavior/batch-job-form",
    operation="GetBatchMediaProducingJob",
    tier="full",
)
def batch_jobs(world: World) -> Flow:
    """Submit one job twice in the query, and another as the SDKs do."""
    plain = {**batch_definition(world), "ClientToken": f"plain-{world.token}"}
    first = needed((yield Call("SubmitBatchMediaProducingJob", plain)))
    split = {**plain, "ClientToken": f"form-{world.token}", "UserData": json.dumps({"sent": "as a form"})}
    form = Form(in_form=_IN_FORM)
    formed = yield Call("SubmitBatchMediaProducingJob", split, form)
    yield from _accepted_form(formed, first)
    if is_text(first.value.get("JobId")):
        again = yield Call("SubmitBatchMediaProducingJob", plain)
        yield from _same_job(first, again)
    if is_text(formed.value.get("JobId")):
        yield from _queryable_batch(world, formed)


def _accepted_form(formed: Exchange, control: Exchange) -> Iterator[Verdict]:
    if says_nothing(formed):
        yield unsure("Provisioning/behavior/batch-job-form", formed)
        return
    yield expect(
        "Provisioning/behavior/batch-job-form",
        formed.accepted,
        expected="InputConfig and EditingConfig accepted in a form body, the others in the query",
        observed=summarize(formed),
        exchange=formed,
        control=control,
    )


def _queryable_batch(world: World, made: Exchange) -> Flow:
    """ICE-SBMPJ-QUERYABLE: the job just submitted is found, and a form was read like a query."""
    job_id = made.value["JobId"]
    call = Call("GetBatchMediaProducingJob", {"JobId": job_id})
    seen = yield from until(call, lambda e: e.accepted, world.settle_seconds)
    if says_nothing(seen):
        yield unsure("Provisioning/behavior/batch-job-queryable", seen)
        return
    job = member(seen, "EditingBatchJob")
    yield expect(
        "Provisioning/behavior/batch-job-queryable",
        job.get("JobId") == job_id,
        expected="GetBatchMediaProducingJob finds the job just submitted",
        observed=f"it finds '{job.get('JobId')}'" if seen.accepted else summarize(seen),
        exchange=seen,
        control=made,
    )
    wrong = [n for n in made.call.form.in_form if is_text(job.get(n)) and job[n] != made.call.params[n]]
    if made.call.form.in_form:
        yield expect(
            "Provisioning/behavior/batch-job-form",
            not wrong,
            expected="InputConfig and EditingConfig of a form body as they were sent",
            observed=f"{' and '.join(wrong)} of the job differ",
            exchange=seen,
            control=made,
        )


def _same_job(made: Exchange, again: Exchange) -> Iterator[Verdict]:
    """ICE-SBMPJ-IDEMPOTENT: the second submission gives the first job."""
    if says_nothing(again):
        yield unsure(_ONCE, again)
        return
    same = again.value.get("JobId") == made.value["JobId"]
    yield expect(
        _ONCE,
        again.accepted and same,
        expected="the same JobId for the same ClientToken and parameters",
        observed="another JobId" if again.accepted else summarize(again),
        exchange=again,
        control=made,
    )
