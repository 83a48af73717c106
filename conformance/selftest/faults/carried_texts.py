"""Faults in how texts are carried: labels, ids, keys, tokens, definitions and URLs that are cut or respelled."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from conformance.selftest.edits import edited, in_zone, redirected
from conformance.selftest.faults._files import BATCH, SINGLE, handing_over, inputs_of, storing
from conformance.selftest.faults._messages import changing, single_fault
from conformance.selftest.planting import After, Before, Hooks, plant
from emulator import Call, Emulator, Publication
from emulator.errors import invalid_argument
from emulator.state import BatchJob

_LABELS = f"{BATCH}/behavior/effect-labels"
_BATCH_JOB = "GetBatchMediaProducingJob"
_SUBMIT = "SubmitBatchMediaProducingJob"
_UPLOADS = "GetUrlUploadInfos"
Value = dict[str, Any]


def _labels(change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> tuple[Before, None]:
    """Return a hook that stores other labels of the files of a batch."""
    return handing_over(BATCH, lambda files: [_relabelled(file, change) for file in files]), None


def _relabelled(file: Value, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Value:
    return file | ({"CustomLabels": change(file["CustomLabels"])} if "CustomLabels" in file else {})


def _nested(labels: Mapping[str, Any]) -> Mapping[str, Any]:
    deep = {name: text for name, text in labels.items() if name.count(".") == 1}
    flat = {name: text for name, text in labels.items() if name not in deep}
    return flat | {name.partition(".")[0]: {name.partition(".")[2]: text} for name, text in deep.items()}


plant("batch-labels-nested", _LABELS, "A label with a dot in its name becomes an object.")(lambda: _labels(_nested))
plant("batch-labels-as-flags", _LABELS, "Labels with the text True become booleans.")(
    lambda: _labels(lambda labels: {name: True if text == "True" else text for name, text in labels.items()})
)
plant("batch-labels-as-numbers", _LABELS, "Zeros at the beginning of a label are lost.")(
    lambda: _labels(lambda labels: {n: t.lstrip("0") if t.isdigit() and t.strip("0") else t for n, t in labels.items()})
)
plant("batch-empty-labels-lost", _LABELS, "Labels with an empty text are not stored.")(
    lambda: _labels(lambda labels: {name: text for name, text in labels.items() if text})
)
plant("batch-long-labels-cut", _LABELS, "Labels end after 64 characters.")(
    lambda: _labels(lambda labels: {name: text[:64] for name, text in labels.items()})
)
plant("custom-id-cut", f"{SINGLE}/behavior/effect-labels", "CustomId ends after 64 characters.")(
    lambda: (handing_over(SINGLE, lambda files: [_with_id(file, lambda text: text[:64]) for file in files]), None)
)
plant("custom-id-lower", f"{SINGLE}/behavior/effect-labels", "CustomId is stored in small letters.")(
    lambda: (handing_over(SINGLE, lambda files: [_with_id(file, str.lower) for file in files]), None)
)


def _with_id(file: Value, change: Callable[[str], str]) -> Value:
    return file | ({"CustomId": change(file["CustomId"])} if isinstance(file.get("CustomId"), str) else {})


@plant("dots-refused", f"{BATCH}/request/Files[]/URI/pattern/accepts", "A key with two dots in a row is refused.")
def _dots_refused() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Any:
        dotted = call.action == BATCH and any(".." in str(file.get("URI")) for file in inputs_of(call))
        return emulator.refuse(call, invalid_argument("URI", "a key without '..'")) if dotted else None

    return before, None


@plant("folder-without-slash", "BatchGetFileMeta/behavior/filename-is-key", "Filename loses a slash at its end.")
def _folder_without_slash() -> tuple[Before, None]:
    def change(entry: Any) -> Any:
        return replace(entry, metadata={**entry.metadata, "Filename": str(entry.metadata["Filename"]).rstrip("/")})

    return storing(change, "/"), None


def _definition(change: Callable[[Value], Value]) -> After:
    """Return a hook that changes the definition of a task as it is shown."""

    def edit(_: Call, task: Value) -> None:
        if "TaskRequestDefinition" in task:
            task["TaskRequestDefinition"] = json.dumps(change(json.loads(task["TaskRequestDefinition"])))

    return edited("GetTask", edit)


_CONTENT = "GetTask/behavior/definition-content"
plant("first-source-only", _CONTENT, "TaskRequestDefinition has the first of several Sources.")(
    lambda: _definition(lambda told: {**told, "Sources": told["Sources"][:1]})
)
plant("target-escaped", _CONTENT, "TargetURI in TaskRequestDefinition is percent-encoded.")(
    lambda: _definition(lambda told: {**told, "TargetURI": quote(told["TargetURI"], safe=":/")})
)


@plant("task-user-data-trimmed", "GetTask/behavior/user-data", "UserData loses blanks and line ends at its ends.")
def _task_user_data_trimmed() -> After:
    def edit(_: Call, task: Value) -> None:
        if "UserData" in task:
            task["UserData"] = task["UserData"].strip()

    return edited("GetTask", edit)


@plant(
    "batch-ended-local",
    f"{_BATCH_JOB}/response/EditingBatchJob/CompleteTime/pattern",
    "CompleteTime is that of Shanghai, marked as UTC.",
)
def _batch_ended_local() -> After:
    return edited(_BATCH_JOB, lambda _, job: in_zone(8, "CompleteTime")(job), part="EditingBatchJob")


@plant("batch-submitted-anew", f"{_BATCH_JOB}/behavior/states-forward", "A second submission starts the job anew.")
def _batch_submitted_anew() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        known = emulator.state.client_tokens.get(call.params.get("ClientToken", ""), "")
        job = emulator.state.batch_jobs.get(known) if call.action == _SUBMIT else None
        if isinstance(job, BatchJob):
            now = int(emulator.clock.now().timestamp() * 1_000_000_000)
            emulator.state.batch_jobs[known] = replace(job, create_time=now)

    return before, None


@plant("batch-editing-of-another", f"{_BATCH_JOB}/behavior/configs-echo", "EditingConfig is kept for the next job.")
def _batch_editing_of_another() -> tuple[Before, None]:
    kept: dict[str, str] = {}

    def change(call: Call, _: Emulator) -> dict[str, str]:
        kept.update({name: text for name, text in call.params.items() if name == "EditingConfig"})
        return kept

    return redirected((_SUBMIT,), change), None


@plant("batch-long-token", "Provisioning/behavior/batch-job-once", "A long ClientToken is ignored.")
def _batch_long_token() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        return {"ClientToken": ""} if len(call.params.get("ClientToken", "")) > 36 else {}

    return redirected((_SUBMIT,), change), None


def _decoded_again(when: Callable[[Call], bool]) -> tuple[Before, None]:
    """Return a hook that decodes UploadURLs a second time, before the list is split."""

    def change(call: Call, _: Emulator) -> dict[str, str]:
        return {"UploadURLs": unquote(call.params["UploadURLs"])} if "UploadURLs" in call.params and when(call) else {}

    return redirected((_UPLOADS,), change), None


_ENCODED = f"{_UPLOADS}/behavior/encoded-url"
plant("upload-get-split-late", _ENCODED, "By GET the URLs are decoded before the list is split.")(
    lambda: _decoded_again(lambda call: call.method == "GET")
)
plant("upload-form-split-late", _ENCODED, "In a form the URLs are decoded before the list is split.")(
    lambda: _decoded_again(lambda call: call.sources.get("UploadURLs") == "form")
)


@plant("upload-long-url-lost", f"{_UPLOADS}/behavior/several-urls", "A URL of more than 1024 characters is not found.")
def _upload_long_url_lost() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        items = call.params.get("UploadURLs", "").split(",")
        return {"UploadURLs": ",".join(item if len(unquote(item)) <= 1024 else f"{item}x" for item in items)}

    return redirected((_UPLOADS,), change), None


@plant("upload-urls-composed", f"{_UPLOADS}/behavior/non-existing-url", "URLs are compared in NFC.")
def _upload_urls_composed() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        items = call.params.get("UploadURLs", "").split(",")
        return {"UploadURLs": ",".join(quote(unicodedata.normalize("NFC", unquote(item)), safe="") for item in items)}

    return redirected((_UPLOADS,), change), None


@plant("get-decoded-twice", "Gateway/behavior/utf-8", "Parameters of a read of files by GET are decoded twice.")
def _get_decoded_twice() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        return {name: unquote(text) for name, text in call.params.items()} if call.method == "GET" else {}

    return redirected(("BatchGetFileMeta",), change), None


single_fault(
    "single-message-decoded-user-data",
    "message-user-data",
    "Escapes in UserData are decoded.",
    lambda message: message | ({"UserData": unquote(message["UserData"])} if "UserData" in message else {}),
)


@plant("batch-message-zero-lost", f"{BATCH}/behavior/message-user-data", "UserData that is the text 0 is left out.")
def _batch_message_zero_lost() -> Hooks:
    def change(message: Value) -> Value:
        return {name: value for name, value in message.items() if (name, value) != ("UserData", "0")}

    return changing(change, BATCH)


@plant("batch-failure-untold", f"{BATCH}/behavior/message-published", "A batch that fails is not told of.")
def _batch_failure_untold() -> Hooks:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        failed = all(entry["Error"] for entry in json.loads(publication.text)["Files"])
        yield from () if publication.operation == BATCH and failed else (publication,)

    return Hooks(published=published)
