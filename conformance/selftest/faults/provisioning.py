"""Faults of the operations that make projects, datasets, index entries and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from conformance.selftest.edits import edited, later, limited, redirected, with_code
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import job_not_found, resource_not_found
from emulator.state import Dataset

Value = dict[str, Any]


def _dataset(call: Call, emulator: Emulator) -> Dataset | None:
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    return project.datasets.get(call.params.get("DatasetName", "")) if project else None


def _urls(call: Call) -> int:
    return len(call.params.get("UploadURLs", "").split(","))


@plant("project-unnamed", "Provisioning/behavior/project-shape", "GetProject returns a Project without its name.")
def _project_unnamed() -> After:
    return edited("GetProject", lambda _, project: project.pop("ProjectName"), part="Project")


@plant("dataset-homeless", "Provisioning/behavior/dataset-shape", "GetDataset returns a Dataset without its project.")
def _dataset_homeless() -> After:
    return edited("GetDataset", lambda _, dataset: dataset.pop("ProjectName"), part="Dataset")


@plant(
    "dataset-updated-at-birth",
    "Provisioning/behavior/update-time-equal",
    "UpdateTime of a new dataset is a millisecond late.",
)
def _dataset_updated_at_birth() -> After:
    def edit(_: Call, dataset: Value) -> None:
        dataset["UpdateTime"] = later(dataset["CreateTime"], milliseconds=1)

    return edited("CreateDataset", edit, part="Dataset")


@plant(
    "project-twice",
    "Provisioning/behavior/project-duplicate",
    "A second CreateProject with one name is answered with the first project.",
)
def _project_twice() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "CreateProject" or answer.payload.get("Code") != "ResourceAlreadyExists":
            return answer
        return emulator.operate(replace(call, action="GetProject"))

    return after


@plant(
    "dataset-exists-code",
    "Provisioning/behavior/dataset-duplicate",
    "A second CreateDataset with one name is refused with the Code 'DatasetAlreadyExists'.",
)
def _dataset_exists_code() -> After:
    return with_code("CreateDataset", "already exists", "DatasetAlreadyExists")


@plant("bind-limit-eleven", "Provisioning/behavior/bind-limit-range", "DatasetMaxBindCount goes up to 11.")
def _bind_limit_eleven() -> tuple[Before, None]:
    return limited("CreateDataset", lambda call: call.params.get("DatasetMaxBindCount") == "11", max_bindings=11), None


@plant(
    "bind-limit-default",
    "Provisioning/behavior/bind-limit-range",
    "DatasetMaxBindCount is 5 by default.",
)
def _bind_limit_default() -> tuple[Before, None]:
    return redirected(("CreateProject",), lambda *_: {"DatasetMaxBindCount": "5"}), None


@plant(
    "conflict-409",
    "Provisioning/behavior/delete-project-conflict",
    "DeleteProject with a dataset left is refused with HTTP 409.",
)
def _conflict_409() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        chosen = call.action == "DeleteProject" and answer.payload.get("Code") == "StatusConflict"
        return replace(answer, status=409) if chosen else answer

    return after


@plant(
    "files-go-with-dataset",
    "Provisioning/behavior/delete-dataset-order",
    "DeleteDataset deletes indexed files as well.",
)
def _files_go_with_dataset() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        dataset = _dataset(call, emulator)
        if call.action != "DeleteDataset" or dataset is None or not dataset.files:
            return None
        dataset.files.clear()
        return call

    return before, None


@plant(
    "bindings-go-with-dataset",
    "Provisioning/behavior/delete-dataset-order",
    "DeleteDataset deletes bindings as well.",
)
def _bindings_go_with_dataset() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        dataset = _dataset(call, emulator)
        if call.action != "DeleteDataset" or dataset is None or not dataset.bindings:
            return None
        dataset.bindings.clear()
        return call

    return before, None


@plant(
    "batch-delete-all-or-none",
    "Provisioning/behavior/delete-file-meta-idempotent",
    "BatchDeleteFileMeta is refused if one of several entries does not exist.",
)
def _batch_delete_all_or_none() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        dataset = _dataset(call, emulator)
        if call.action != "BatchDeleteFileMeta" or dataset is None:
            return None
        known = [uri for uri in dataset.files if uri in call.params.get("URIs", "")]
        several = call.params.get("URIs", "").count("://") > max(1, len(known))
        return emulator.refuse(call, resource_not_found("file")) if several else None

    return before, None


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


@plant(
    "batch-job-from-query-only",
    "Provisioning/behavior/batch-job-form",
    "InputConfig is not read from a form body.",
)
def _batch_job_from_query_only() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"InputConfig": ""} if call.sources.get("InputConfig") == "form" else {}

    return redirected(("SubmitBatchMediaProducingJob",), change), None
