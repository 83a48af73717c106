"""Faults in what indexing messages say, and in which are published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from conformance.selftest.faults._messages import (
    Message,
    batch_fault,
    each_file,
    files,
    member,
    message_fault,
    single_fault,
)
from conformance.selftest.planting import Hooks, plant
from conformance.target.config import EMBEDDED_TOPIC
from emulator import Answer, Call, Emulator, Publication
from emulator.state import FileEntry


def _without_null(labels: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if value != "null"}


def _ascii_only(labels: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key.isascii()}


def _with_error(suffix: str, error: str) -> Any:
    """Return a change of the Error of the files that were indexed and end in `suffix`."""
    return each_file(lambda e: e | ({"Error": error} if e["URI"].endswith(suffix) and not e["Error"] else {}))


_silent_failures = each_file(lambda e: e | {"Error": ""})


_labelled_all = each_file(lambda e: {"CustomLabels": {"Category": "None"}} | e)


def _times_swapped(message: Message) -> Message:
    return message | {"StartTime": message["EndTime"], "EndTime": message["StartTime"]}


batch_fault(
    "batch-message-content-object",
    "message-envelope",
    "The message is in an envelope as an object, not as text.",
    lambda m: {"source": "acs.imm", "type": "imm:FileMeta:BatchIndex", "content": m},
)
single_fault(
    "single-message-foreign-envelope",
    "message-envelope",
    "The message is text in the envelope of another source.",
    lambda m: {"source": "acs.oss", "type": "imm:FileMeta:Index", "content": json.dumps(m)},
)
batch_fault(
    "batch-message-page",
    "message-files-one-each",
    "Only the first 20 files are told of.",
    files(lambda entries: entries[:20]),
)
single_fault(
    "single-message-file-twice",
    "message-files-one-each",
    "The entry of a file with labels is there twice.",
    files(lambda entries: entries * 2 if "CustomLabels" in entries[0] else entries),
)
batch_fault(
    "batch-message-last-first",
    "message-files-order",
    "The last two entries change places if there are more than ten.",
    files(lambda entries: [*entries[:-2], *entries[:-3:-1]] if len(entries) > 10 else entries),
)
batch_fault(
    "batch-message-ascii-labels",
    "message-labels",
    "Labels with a key beyond ASCII are lost.",
    each_file(member("CustomLabels", _ascii_only)),
)
single_fault(
    "single-message-folded-labels",
    "message-labels",
    "Keys of labels become lower case.",
    each_file(member("CustomLabels", lambda labels: {k.lower(): v for k, v in labels.items()})),
)
batch_fault(
    "batch-message-trimmed-labels",
    "message-labels",
    "Values of labels lose blanks at their ends.",
    each_file(member("CustomLabels", lambda labels: {k: v.strip() for k, v in labels.items()})),
)
batch_fault(
    "batch-message-composed-labels",
    "message-labels",
    "Values of labels are composed (NFC).",
    each_file(member("CustomLabels", lambda labels: {k: normalize("NFC", v) for k, v in labels.items()})),
)
single_fault(
    "single-message-null-labels",
    "message-labels",
    "Labels with the value 'null' are lost.",
    each_file(member("CustomLabels", _without_null)),
)
batch_fault("batch-message-default-label", "message-labels", "A file without labels is told with one.", _labelled_all)
single_fault("single-message-default-label", "message-labels", "A file without labels is told with one.", _labelled_all)
batch_fault(
    "batch-message-success-as-error",
    "message-error-empty",
    "Error of an indexed archive says that all is well.",
    _with_error(".zip", "[OK] Indexed."),
)
single_fault(
    "single-message-none-as-error",
    "message-error-empty",
    "Error of an indexed file is the word none.",
    _with_error(".jpg", "[None]"),
)
batch_fault("batch-message-silent", "message-error-set", "Error of a failed file is empty.", _silent_failures)
single_fault("single-message-silent", "message-error-set", "Error of a failed file is empty.", _silent_failures)
batch_fault(
    "batch-message-sorted-files",
    "message-files-order",
    "The entries are sorted by URI.",
    files(lambda entries: sorted(entries, key=lambda e: str(e["URI"]))),
)
single_fault(
    "single-message-encoded-uri",
    "message-files-one-each",
    "The URI is percent-encoded.",
    each_file(lambda e: e | {"URI": quote(e["URI"], safe=":/")}),
)
batch_fault(
    "batch-message-labelled-only",
    "message-files-one-each",
    "Files without labels are not told of, if any has labels.",
    files(lambda entries: [e for e in entries if "CustomLabels" in e] or entries),
)
batch_fault("batch-message-backwards", "message-time-order", "StartTime is later than EndTime.", _times_swapped)
single_fault("single-message-backwards", "message-time-order", "StartTime is later than EndTime.", _times_swapped)
batch_fault(
    "batch-message-short-user-data",
    "message-user-data",
    "UserData is cut to 512 characters.",
    member("UserData", lambda text: text[:512]),
)
single_fault(
    "single-message-short-user-data",
    "message-user-data",
    "UserData is cut to 1500 characters.",
    member("UserData", lambda text: text[:1500]),
)
single_fault(
    "single-message-trimmed-user-data",
    "message-user-data",
    "UserData loses blanks at its ends.",
    member("UserData", str.strip),
)
batch_fault(
    "batch-message-unix-user-data",
    "message-user-data",
    "Line ends in UserData become line feeds.",
    member("UserData", lambda text: text.replace("\r\n", "\n")),
)
single_fault(
    "single-message-unescaped-user-data",
    "message-user-data",
    "A backslash in UserData hides the character behind it.",
    member("UserData", lambda text: text.replace("\\\\", "\\")),
)
single_fault(
    "single-message-ascii-user-data",
    "message-user-data",
    "UserData loses what is beyond ASCII.",
    member("UserData", lambda text: text.encode("ascii", "replace").decode()),
)

message_fault(
    "message-not-a-number",
    "message-json",
    "The message has a member whose value is NaN, which is no JSON.",
    lambda m: m | {"Progress": float("nan")},
)
message_fault("message-array", "message-json", "The message is an array that holds the object.", lambda m: [m])
message_fault(
    "message-swapped-place",
    "message-project-and-dataset",
    "DatasetName is the name of the project.",
    lambda m: m | {"DatasetName": f"{m['ProjectName']}-{m['DatasetName']}"},
)
message_fault(
    "message-no-success",
    "message-success-meaning",
    "Success is false if there are more than ten files.",
    lambda m: m | ({"Success": False} if len(m["Files"]) > 10 else {}),
)
message_fault("message-all-fine", "message-text", "Message says OK.", member("Message", lambda _: "OK"))
message_fault(
    "message-plain-errors",
    "message-file-error-code",
    "Error of a failed file has no code.",
    each_file(lambda e: e | {"Error": e["Error"].partition("] ")[2]}),
)
message_fault(
    "message-no-user-data",
    "message-user-data",
    "UserData is left out if it is no more than 120 bytes.",
    lambda m: {n: v for n, v in m.items() if n != "UserData" or len(v.encode()) > 120},
)
message_fault(
    "message-null-as-user-data",
    "message-user-data",
    "UserData is the word null if none was given.",
    lambda m: {"UserData": "null"} | m,
)


def _dropping(operation: str) -> Hooks:
    """Return hooks by which a file is told to be indexed that the dataset has lost."""

    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        message: Message = json.loads(publication.text)
        if publication.operation == operation and not message["Files"][-1]["URI"].startswith("pds:"):
            _entries(message, emulator).pop(message["Files"][-1]["URI"], None)
        yield publication

    return Hooks(published=published)


def _entries(message: Message, emulator: Emulator) -> dict[str, FileEntry]:
    project = emulator.state.projects[message["ProjectName"]]
    return project.datasets[message["DatasetName"]].files


for _name, _id in (("BatchIndexFileMeta", "batch"), ("IndexFileMeta", "single")):
    plant(
        f"{_id}-message-lost-file",
        f"{_name}/behavior/message-error-decides",
        "A file is lost of which the message tells that it was indexed.",
    )(partial(_dropping, _name))


@plant("batch-message-lost", "BatchIndexFileMeta/behavior/message-published", "A call without UserData is not told of.")
def _lost() -> Hooks:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        if publication.operation != "BatchIndexFileMeta" or "UserData" in json.loads(publication.text):
            yield publication

    return Hooks(published=published)


@plant("single-message-twice", "IndexFileMeta/behavior/message-published", "A message is published twice.")
def _twice() -> Hooks:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        yield publication
        if publication.operation == "IndexFileMeta":
            yield replace(publication)

    return Hooks(published=published)


@plant(
    "message-before-the-index",
    "Notifications/behavior/message-after-answer",
    "A file is found later than the message comes.",
)
def _late_index() -> Hooks:
    hidden: list[tuple[dict[str, FileEntry], str, FileEntry]] = []

    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        message: Message = json.loads(publication.text)
        entries = _entries(message, emulator)
        hidden.extend((entries, e["URI"], entries.pop(e["URI"])) for e in message["Files"] if e["URI"] in entries)
        yield publication

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == "BatchGetFileMeta":
            for entries, uri, entry in hidden:
                entries[uri] = entry
            hidden.clear()
        return answer

    return Hooks(after=after, published=published)


@plant(
    "message-unasked",
    "Notifications/behavior/only-on-request",
    "A call of BatchIndexFileMeta without Notification is told of too.",
)
def _unasked() -> Hooks:
    def before(call: Call, emulator: Emulator) -> Call | None:
        del emulator
        if call.action != "BatchIndexFileMeta" or "Notification" in call.params:
            return None
        return replace(call, params={**call.params, "Notification": _topic(EMBEDDED_TOPIC)})

    return Hooks(before=before)


@plant(
    "message-topic-prefix",
    "Notifications/behavior/named-topic",
    "What follows a hyphen in the name of a topic is ignored.",
)
def _topic_prefix() -> Hooks:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        yield replace(publication, topic=publication.topic.partition("-")[0])

    return Hooks(published=published)


def _topic(name: str) -> str:
    return json.dumps({"MNS": {"TopicName": name}})
