"""Faults in messages of what was indexed before, of files of PDS, and in texts that are long or look like numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.selftest.faults._messages import Message, batch_fault, changing, each_file, files, single_fault
from conformance.selftest.planting import Hooks, plant
from emulator import Emulator, Publication

_SHORT = 128
_PAGE = 16_384


def _is_in_pds(entry: Message) -> bool:
    return str(entry["URI"]).startswith("pds://")


def _without_empty(entry: Message) -> Message:
    labels = entry.get("CustomLabels")
    return entry | ({"CustomLabels": {k: v for k, v in labels.items() if v}} if labels else {})


def _told_once(operation: str) -> Hooks:
    """Return hooks that publish nothing of files that an operation told of before."""
    told: set[str] = set()

    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        uris = {entry["URI"] for entry in json.loads(publication.text)["Files"]}
        if publication.operation != operation or not uris <= told:
            yield publication
        told.update(uris)

    return Hooks(published=published)


@plant(
    "batch-told-once",
    "BatchIndexFileMeta/behavior/message-published",
    "Files that were told of before are not told of again.",
)
def _batch_told_once() -> Hooks:
    return _told_once("BatchIndexFileMeta")


@plant(
    "single-told-once",
    "IndexFileMeta/behavior/message-published",
    "A file that was told of before is not told of again.",
)
def _single_told_once() -> Hooks:
    return _told_once("IndexFileMeta")


batch_fault(
    "batch-message-without-empty-labels",
    "message-labels",
    "Labels with an empty value are left out.",
    each_file(_without_empty),
)
batch_fault(
    "batch-message-without-pds",
    "message-files-one-each",
    "Files of PDS are left out.",
    files(lambda entries: [e for e in entries if not _is_in_pds(e)]),
)
single_fault(
    "single-message-by-file-id",
    "message-files-one-each",
    "A file of PDS is named without its revision.",
    each_file(lambda e: e | ({"URI": e["URI"].partition("/revisions/")[0]} if _is_in_pds(e) else {})),
)
batch_fault(
    "batch-message-pds-error",
    "message-error-empty",
    "An indexed file of PDS has an Error.",
    each_file(lambda e: e | ({"Error": "[InternalError] no object"} if _is_in_pds(e) else {})),
)
batch_fault(
    "batch-labels-cut",
    "message-labels",
    "Values of labels are cut to 128 characters.",
    each_file(lambda e: e | {"CustomLabels": {k: v[:_SHORT] for k, v in e.get("CustomLabels", {}).items()}}),
)


@plant(
    "single-user-data-number",
    "IndexFileMeta/message/UserData/type",
    "UserData that consists of digits is a number.",
)
def _single_user_data_number() -> Hooks:
    def change(message: Message) -> Message:
        told = message.get("UserData", "")
        return message | ({"UserData": int(told)} if told.isdigit() else {})

    return changing(change, "IndexFileMeta")


@plant(
    "batch-known-not-told",
    "BatchIndexFileMeta/behavior/message-files-one-each",
    "Of several files those that were told of before are left out.",
)
def _batch_known_not_told() -> Hooks:
    told: set[str] = set()

    def change(message: Message) -> Message:
        entries = message["Files"]
        fresh = [entry for entry in entries if entry["URI"] not in told]
        told.update(entry["URI"] for entry in entries)
        return message | {"Files": fresh or entries}

    return changing(change, "BatchIndexFileMeta")


batch_fault(
    "batch-fifty-told",
    "message-files-one-each",
    "The first fifty files are told of.",
    files(lambda entries: entries[:50]),
)


@plant(
    "batch-long-not-told",
    "BatchIndexFileMeta/behavior/message-published",
    "A message of more than 16 KB is not published.",
)
def _batch_long_not_told() -> Hooks:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        if len(publication.text.encode()) <= _PAGE:
            yield publication

    return Hooks(published=published)
