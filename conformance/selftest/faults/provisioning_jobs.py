"""Faults of the operations that make compression tasks, upload jobs and batch jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from conformance.selftest.edits import edited, limited, redirected
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import job_not_found, resource_not_found

Value = dict[str, Any]


def _urls(call: Call) -> int:
    return len(call.params.get("UploadURLs", "").split(","))


@plant(
    "task-without-event",
    "Provisioning/behavior/compression-ids",
    "CreateFileCompressionTask returns an empty EventId.",
)
def _task_without_event() -> After:
    return edited("CreateFileCompressionTask", lambda _, made: made.update(EventId=""))


@plant(
    "manifest-wins",
    "Provisioning/behavior/compression-source",
    "Sources is ignored when SourceManifestURI is given as well.",
)
def _manifest_wins() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"Sources": ""} if call.params.get("SourceManifestURI") else {}

    return redirected(("CreateFileCompressionTask",), change), None


@plant(
    "plain-task-lost",
    "Provisioning/behavior/compression-get-task",
    "A task without UserData is not found.",
)
def _plain_task_lost() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        lost = call.action == "GetTask" and answer.status == 200 and "UserData" not in answer.payload
        return emulator.refuse(call, resource_not_found("task")) if lost else answer

    return after


@plant(
    "last-job-without-source",
    "Provisioning/behavior/upload-jobs",
    "The last of several upload jobs has no SourceURL.",
)
def _last_job_without_source() -> After:
    def edit(_: Call, made: Value) -> None:
        if len(made["UploadJobs"]) > 2:
            del made["UploadJobs"][-1]["SourceURL"]

    return edited("UploadMediaByURL", edit)


@plant(
    "last-url-without-job",
    "Provisioning/behavior/upload-job-per-url",
    "The last of several URLs gets no upload job.",
)
def _last_url_without_job() -> After:
    def edit(_: Call, made: Value) -> None:
        if len(made["UploadJobs"]) > 2:
            del made["UploadJobs"][-1]

    return edited("UploadMediaByURL", edit)


@plant(
    "upload-job-twenty-lost",
    "Provisioning/behavior/upload-job-queryable",
    "The twentieth job of an upload is not found.",
)
def _upload_job_twenty_lost() -> After:
    lost: set[str] = set()

    def edit(call: Call, value: Value) -> None:
        if call.action == "UploadMediaByURL":
            lost.update(job["JobId"] for job in value["UploadJobs"][19:])
            return
        infos = value["URLUploadInfoList"]
        value["URLUploadInfoList"] = [info for info in infos if info["JobId"] not in lost]
        value["NonExists"] += [info["JobId"] for info in infos if info["JobId"] in lost]

    return edited(("UploadMediaByURL", "GetUrlUploadInfos"), edit)


@plant("upload-nineteen", "Provisioning/behavior/upload-twenty-urls", "UploadMediaByURL takes 19 URLs at most.")
def _upload_nineteen() -> tuple[Before, None]:
    return limited("UploadMediaByURL", lambda call: _urls(call) == 20, max_submit_urls=19), None


@plant("upload-twenty-one", "Provisioning/behavior/upload-urls-over", "UploadMediaByURL takes 21 URLs.")
def _upload_twenty_one() -> tuple[Before, None]:
    return limited("UploadMediaByURL", lambda call: _urls(call) == 21, max_submit_urls=21), None


@plant(
    "extension-of-folder",
    "Provisioning/behavior/upload-file-extension",
    "A dot in the name of a folder counts as a file extension.",
)
def _extension_of_folder() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        url = unquote(call.params.get("UploadURLs", ""))
        refused = "file extension" in str(answer.payload.get("Message"))
        if call.action != "UploadMediaByURL" or not refused or "." not in urlsplit(url).path:
            return answer
        named = {**call.params, "UploadURLs": quote(f"{url.partition('?')[0]}.mp4", safe="")}
        made = emulator.operate(replace(call, params=named))
        jobs: Any = made.payload.get("UploadJobs", [])
        for job in jobs:
            known = emulator.state.upload_jobs[job["JobId"]]
            emulator.state.upload_jobs[known.job_id] = replace(known, url=url)
            job["SourceURL"] = url
        return made

    return after


@plant(
    "batch-job-of-form-numbered",
    "Provisioning/behavior/batch-job",
    "JobId is a number if the job was submitted in a form.",
)
def _batch_job_of_form_numbered() -> After:
    def edit(call: Call, made: Value) -> None:
        if call.sources.get("InputConfig") == "form":
            made["JobId"] = int(made["JobId"], 16) % 10**15

    return edited("SubmitBatchMediaProducingJob", edit)


@plant(
    "batch-job-of-form-cut",
    "Provisioning/behavior/batch-job-form",
    "An EditingConfig that was submitted in a form is lost.",
)
def _batch_job_of_form_cut() -> After:
    cut: set[str] = set()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == "SubmitBatchMediaProducingJob" and call.sources.get("EditingConfig") == "form":
            cut.add(str(answer.payload.get("JobId")))
        job: Any = answer.payload.get("EditingBatchJob")
        if call.action == "GetBatchMediaProducingJob" and job and job["JobId"] in cut:
            job.pop("EditingConfig", None)
        return answer

    return after


@plant(
    "batch-job-of-form-lost",
    "Provisioning/behavior/batch-job-queryable",
    "A job that was submitted in a form is not found.",
)
def _batch_job_of_form_lost() -> After:
    lost: set[str] = set()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "SubmitBatchMediaProducingJob" and call.sources.get("InputConfig") == "form":
            lost.add(str(answer.payload.get("JobId")))
        job_id = call.params.get("JobId", "")
        if call.action == "GetBatchMediaProducingJob" and job_id in lost:
            return emulator.refuse(call, job_not_found(job_id))
        return answer

    return after


@plant(
    "client-token-ignored",
    "Provisioning/behavior/batch-job-once",
    "ClientToken is ignored, so that a second submission makes a second job.",
)
def _client_token_ignored() -> tuple[Before, None]:
    return redirected(("SubmitBatchMediaProducingJob",), lambda *_: {"ClientToken": ""}), None


@plant("batch-job-form-in-latin-1", "Provisioning/behavior/batch-job-form", "A form body is read as Latin-1.")
def _batch_job_form_in_latin_1() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        formed = {name: call.params[name] for name, source in call.sources.items() if source == "form"}
        return {name: text.encode().decode("latin-1") for name, text in formed.items()}

    return redirected(("SubmitBatchMediaProducingJob",), change), None


@plant("batch-job-form-keeps-plus", "Provisioning/behavior/batch-job-form", "A plus in a form body stays a plus.")
def _batch_job_form_keeps_plus() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        formed = {name: call.params[name] for name, source in call.sources.items() if source == "form"}
        return {name: text.replace(" ", "+") for name, text in formed.items()}

    return redirected(("SubmitBatchMediaProducingJob",), change), None


@plant(
    "batch-job-from-query-only",
    "Provisioning/behavior/batch-job-form",
    "InputConfig is not read from a form body.",
)
def _batch_job_from_query_only() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"InputConfig": ""} if call.sources.get("InputConfig") == "form" else {}

    return redirected(("SubmitBatchMediaProducingJob",), change), None


@plant(
    "token-until-finished",
    "Provisioning/behavior/batch-job-once",
    "A ClientToken is forgotten when its job has ended.",
)
def _token_until_finished() -> tuple[Before, After]:
    ended: set[object] = set()

    def change(call: Call, emulator: Emulator) -> Mapping[str, str]:
        job = emulator.state.client_tokens.get(call.params.get("ClientToken", ""))
        return {"ClientToken": ""} if job in ended else {}

    def edit(_: Call, job: Value) -> None:
        if job["Status"] == "Finished":
            ended.add(job["JobId"])

    seen = edited("GetBatchMediaProducingJob", edit, part="EditingBatchJob")
    return redirected(("SubmitBatchMediaProducingJob",), change), seen
