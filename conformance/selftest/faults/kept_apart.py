"""Faults of servers that look at the first item of a list only, or that take two files for one."""

from __future__ import annotations

import json
from typing import Any

from conformance.selftest.edits import redirected
from conformance.selftest.faults._files import BATCH, READ, SINGLE, datasets_of, inputs_of, listed
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import invalid_argument


@plant("second-uri-unchecked", "BatchGetFileMeta/request/URIs[]/type/refuses", "Only the first URI has to be a text.")
def _second_uri_unchecked() -> tuple[Before, None]:
    def lenient(call: Call, _: Emulator) -> dict[str, str]:
        uris = listed(call, "URIs")
        kept = [uri for uri in uris if isinstance(uri, str)]
        return {"URIs": json.dumps(kept)} if kept != uris and kept[:1] == uris[:1] else {}

    return redirected((READ,), lenient), None


@plant(
    "second-input-without-uri",
    "BatchIndexFileMeta/request/Files[]/URI/required/refuses",
    "Of several files only the first needs a URI.",
)
def _second_input_without_uri() -> tuple[Before, None]:
    def lenient(call: Call, _: Emulator) -> dict[str, str]:
        files = listed(call, "Files")
        kept = [file for file in files if _has_uri(file)]
        return {"Files": json.dumps(kept)} if kept != files and kept[:1] == files[:1] else {}

    return redirected((BATCH,), lenient), None


def _has_uri(file: Any) -> bool:
    return not isinstance(file, dict) or file.get("URI") is not None


@plant(
    "deleted-everywhere",
    "BatchGetFileMeta/behavior/found-after-index",
    "DeleteFileMeta removes a file from all datasets of the project.",
)
def _deleted_everywhere() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        for dataset in datasets_of(call, emulator) if call.action == "DeleteFileMeta" else ():
            if dataset.name != call.params.get("DatasetName"):
                dataset.files.pop(call.params.get("URI", ""), None)

    return before, None


@plant(
    "labelled-everywhere",
    "BatchIndexFileMeta/behavior/effect-labels",
    "A file that is indexed in one dataset has the new labels in all datasets of the project.",
)
def _labelled_everywhere() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        named = inputs_of(call) if call.action in (BATCH, SINGLE) and answer.status == 200 else []
        for dataset in datasets_of(call, emulator):
            for file in named if dataset.name != call.params.get("DatasetName") else ():
                entry = dataset.files.get(str(file.get("URI")))
                if entry is not None:
                    entry.metadata["CustomLabels"] = file.get("CustomLabels", {})
        return answer

    return after


@plant(
    "bucket-of-digits-refused",
    "BatchGetFileMeta/behavior/files-missing",
    "A look-up in a bucket whose name has digits only, or two hyphens side by side, is refused.",
)
def _bucket_of_digits_refused() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        buckets = [str(uri).split("/")[2] for uri in listed(call, "URIs") if str(uri).startswith("oss://")]
        odd = any(bucket.isdigit() or "--" in bucket for bucket in buckets) and call.action == READ
        return emulator.refuse(call, invalid_argument("URIs", "a bucket name")) if odd else None

    return before, None


@plant(
    "query-in-a-key-cut",
    "BatchIndexFileMeta/behavior/effect",
    "Of two files whose keys differ in what follows a question mark the later one takes the place of the other.",
)
def _query_in_a_key_cut() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> None:
        uris = [str(f.get("URI")) for f in inputs_of(call)] if call.action in (BATCH, SINGLE) else []
        for dataset in datasets_of(call, emulator):
            if dataset.name == call.params.get("DatasetName"):
                taken = [known for uri in uris for known in dataset.files if known != uri and _cut(known) == _cut(uri)]
                for known in taken:
                    dataset.files.pop(known, None)

    return before, None


def _cut(uri: str) -> str:
    return uri.partition("?")[0]
