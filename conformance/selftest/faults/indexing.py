"""Faults of BatchIndexFileMeta and IndexFileMeta in what a call is answered with."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from conformance.selftest.edits import edited, limited, redirected, with_status
from conformance.selftest.faults._files import BATCH, SINGLE, File, handing_over, inputs_of
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import invalid_argument, missing_common, resource_not_found
from emulator.names import is_absent


def _refusing(action: str, when: Any, error: Any) -> tuple[Before, None]:
    """Return a hook that refuses the calls of an action that `when` picks."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        return emulator.refuse(call, error) if call.action == action and when(call) else None

    return before, None


@plant("batch-accepted-202", "BatchIndexFileMeta/behavior/success-200", "Several files are accepted with HTTP 202.")
def _batch_accepted_202() -> After:
    return with_status(BATCH, 202, lambda call, _: len(inputs_of(call)) > 1)


@plant("labelled-accepted-202", "IndexFileMeta/behavior/success-200", "A file with labels is accepted with HTTP 202.")
def _labelled_accepted_202() -> After:
    return with_status(SINGLE, 202, lambda call, _: any("CustomLabels" in f for f in inputs_of(call)))


@plant("batch-null-code", "BatchIndexFileMeta/behavior/no-null", "Several files are answered with a null Code too.")
def _batch_null_code() -> After:
    return edited(BATCH, lambda call, answer: answer.update(Code=None) if len(inputs_of(call)) > 1 else None)


@plant("null-code", "IndexFileMeta/behavior/no-null", "A file with labels is answered with a null Code too.")
def _null_code() -> After:
    return edited(SINGLE, lambda call, answer: answer.update(Code=None) if "Labels" in str(call.params) else None)


@plant(
    "batch-texts-as-files",
    "BatchIndexFileMeta/request/Files[]/type/refuses",
    "A text among Files counts as the URI of a file.",
)
def _batch_texts_as_files() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        try:
            files = json.loads(call.params.get("Files", ""))
        except ValueError:
            return {}
        if not isinstance(files, list) or not any(isinstance(file, str) for file in files):
            return {}
        return {"Files": json.dumps([{"URI": file} if isinstance(file, str) else file for file in files])}

    return redirected((BATCH,), change), None


@plant("batch-by-get", "BatchIndexFileMeta/behavior/post-only", "GET is served like POST.")
def _batch_by_get() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        return emulator.operate(call) if call.action == BATCH and call.method == "GET" else None

    return before, None


def _oss_only(files: list[File]) -> list[File]:
    return [f for f in files if not str(f.get("URI")).startswith("http")] or files


@plant("http-skipped", "BatchIndexFileMeta/behavior/no-http-uri", "An http URI among others is skipped.")
def _http_skipped() -> tuple[Before, None]:
    return handing_over(BATCH, _oss_only), None


@plant("https-taken", "IndexFileMeta/behavior/no-http-uri", "An https URI is taken for one of OSS.")
def _https_taken() -> tuple[Before, None]:
    def edit(files: list[File]) -> list[File]:
        bucket = "oss://examplebucket/"
        return [{**f, "URI": str(f.get("URI")).replace("https://", bucket)} for f in files]

    return handing_over(SINGLE, edit), None


def _multi_byte(call: Call) -> bool:
    return any(not str(f.get("URI")).isascii() for f in inputs_of(call))


@plant(
    "batch-key-1022", "BatchIndexFileMeta/behavior/object-key-1023-bytes", "A key of 1023 bytes in UTF-8 is refused."
)
def _batch_key_1022() -> tuple[Before, None]:
    return limited(BATCH, _multi_byte, max_key_bytes=1022), None


@plant("key-1022", "IndexFileMeta/behavior/object-key-1023-bytes", "A multi-byte key of 1023 bytes is refused.")
def _key_1022() -> tuple[Before, None]:
    return limited(SINGLE, _multi_byte, max_key_bytes=1022), None


@plant("batch-key-1024", "BatchIndexFileMeta/behavior/object-key-1024-bytes", "A key of 1024 bytes in UTF-8 is taken.")
def _batch_key_1024() -> tuple[Before, None]:
    return limited(BATCH, _multi_byte, max_key_bytes=1024), None


@plant("key-1024", "IndexFileMeta/behavior/object-key-1024-bytes", "A multi-byte key of 1024 bytes is accepted.")
def _key_1024() -> tuple[Before, None]:
    return limited(SINGLE, _multi_byte, max_key_bytes=1024), None


def _hashed(file: File) -> File:
    return {"FileHash": "0" * 32, **file} if str(file.get("URI")).startswith("pds://") else file


@plant("later-hash-optional", "BatchIndexFileMeta/behavior/pds-needs-file-hash", "Only the first file needs its hash.")
def _later_hash_optional() -> tuple[Before, None]:
    return handing_over(BATCH, lambda files: [*files[:1], *map(_hashed, files[1:])]), None


@plant("hash-optional", "IndexFileMeta/behavior/pds-needs-file-hash", "A PDS file needs no hash.")
def _hash_optional() -> tuple[Before, None]:
    return handing_over(SINGLE, lambda files: list(map(_hashed, files))), None


@plant("batch-topic-required", "BatchIndexFileMeta/behavior/without-notification", "Notification is required.")
def _batch_topic_required() -> tuple[Before, None]:
    return _refusing(BATCH, lambda call: "Notification" not in call.params, missing_common("Notification"))


def _says_much(call: Call) -> bool:
    """Tell whether a call without Notification gives an id, labels and a title of a file."""
    much = {"CustomId", "CustomLabels", "Title"}
    return "Notification" not in call.params and any(len(much & file.keys()) == 3 for file in inputs_of(call))


@plant("batch-labels-need-topic", "BatchIndexFileMeta/behavior/without-notification", "Much of a file needs a topic.")
def _batch_labels_need_topic() -> tuple[Before, None]:
    return _refusing(BATCH, _says_much, missing_common("Notification"))


@plant("labels-need-topic", "IndexFileMeta/behavior/without-notification", "Much of a file needs a topic.")
def _labels_need_topic() -> tuple[Before, None]:
    return _refusing(SINGLE, _says_much, missing_common("Notification"))


@plant("topic-required", "IndexFileMeta/behavior/without-notification", "Notification is required.")
def _topic_required() -> tuple[Before, None]:
    return _refusing(SINGLE, lambda call: "Notification" not in call.params, missing_common("Notification"))


@plant("event-of-files", "BatchIndexFileMeta/behavior/event-id-unique", "Equal calls get the same EventId.")
def _event_of_files() -> After:
    def edit(call: Call, answer: dict[str, Any]) -> None:
        answer["EventId"] = f"16C-{hashlib.sha256(call.params['Files'].encode()).hexdigest()[:26]}"

    return edited(BATCH, edit)


@plant("batch-task-id", "BatchIndexFileMeta/behavior/no-task-id", "Several files are answered with a TaskId.")
def _batch_task_id() -> After:
    return edited(BATCH, lambda call, answer: answer.update(TaskId="1-2") if len(inputs_of(call)) > 1 else None)


def _results(call: Call, answer: dict[str, Any]) -> None:
    answer["Files"] = [{"URI": f.get("URI"), "Error": ""} for f in inputs_of(call)]


@plant("batch-tells-results", "BatchIndexFileMeta/behavior/asynchronous", "The answer has the result of each file.")
def _batch_tells_results() -> After:
    return edited(BATCH, _results)


@plant("tells-results", "IndexFileMeta/behavior/asynchronous", "The answer has the result of the file.")
def _tells_results() -> After:
    return edited(SINGLE, _results)


def _absent(call: Call) -> bool:
    return any(is_absent(str(f.get("URI"))) for f in inputs_of(call))


@plant("batch-refused-whole", "BatchIndexFileMeta/behavior/partial", "A file that does not exist fails the whole call.")
def _batch_refused_whole() -> tuple[Before, None]:
    return _refusing(BATCH, _absent, invalid_argument("Files", "expected files that exist"))


@plant("batch-ends-early", "BatchIndexFileMeta/behavior/partial", "Indexing ends at a file that does not exist.")
def _batch_ends_early() -> tuple[Before, None]:
    def edit(files: list[File]) -> list[File]:
        bad = next((n for n, f in enumerate(files) if is_absent(str(f.get("URI")))), len(files))
        return files[: bad + 1]

    return handing_over(BATCH, edit), None


@plant("missing-refused", "IndexFileMeta/behavior/missing-object", "A file that does not exist is refused at once.")
def _missing_refused() -> tuple[Before, None]:
    return _refusing(SINGLE, _absent, resource_not_found("file"))
