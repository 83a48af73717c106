"""Faults of BatchIndexFileMeta and IndexFileMeta in what is stored."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from conformance.selftest.edits import redirected
from conformance.selftest.faults._files import (
    ARRAYS,
    BATCH,
    SINGLE,
    File,
    handing_over,
    ignoring,
    inputs_of,
    the_files,
)
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import invalid_argument


@plant("batch-no-effect", "BatchIndexFileMeta/behavior/effect", "No file of a batch is ever indexed.")
def _batch_no_effect() -> tuple[Before, None]:
    return ignoring(BATCH, lambda _: True), None


@plant(
    "batch-hundredth-lost",
    "BatchIndexFileMeta/behavior/full-batch-effect",
    "Of a hundred files the last is not indexed.",
)
def _batch_hundredth_lost() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        files = [] if "Notification" in call.params else inputs_of(call)
        return {"Files": json.dumps(files[:99])} if len(files) == 100 else {}

    return redirected((BATCH,), change), None


@plant("batch-last-lost", "BatchIndexFileMeta/behavior/effect", "The last of several files is not indexed.")
def _batch_last_lost() -> tuple[Before, None]:
    return handing_over(BATCH, lambda files: files[:-1] if len(files) > 2 else files), None


@plant("batch-first-blank-cut", "BatchIndexFileMeta/behavior/effect", "Blanks at the beginning of a key are cut.")
def _batch_first_blank_cut() -> tuple[Before, None]:
    def cut(file: File) -> File:
        bucket, slash, key = str(file.get("URI")).removeprefix("oss://").partition("/")
        return file | ({"URI": f"oss://{bucket}/{key.lstrip()}"} if slash and key.startswith(" ") else {})

    return handing_over(BATCH, lambda files: [cut(file) for file in files]), None


def _without_labels(call: Call) -> bool:
    return any("CustomLabels" not in file for file in inputs_of(call))


@plant("batch-bare-lost", "BatchIndexFileMeta/behavior/effect", "Files of a batch without labels are not indexed.")
def _batch_bare_lost() -> tuple[Before, None]:
    return handing_over(BATCH, lambda files: [file for file in files if "CustomLabels" in file] or files[:1]), None


@plant("bare-lost", "IndexFileMeta/behavior/effect", "A file that is given without labels is not indexed.")
def _bare_lost() -> tuple[Before, None]:
    return ignoring(SINGLE, _without_labels), None


@plant("no-effect", "IndexFileMeta/behavior/effect", "No file is ever indexed.")
def _no_effect() -> tuple[Before, None]:
    return ignoring(SINGLE, lambda _: True), None


@plant("plus-not-indexed", "IndexFileMeta/behavior/effect", "A file whose key has a plus sign is not indexed.")
def _plus_not_indexed() -> tuple[Before, None]:
    return ignoring(SINGLE, lambda call: any("+" in str(f.get("URI")) for f in inputs_of(call))), None


@plant("tilde-not-indexed", "BatchIndexFileMeta/behavior/effect", "A file whose key has a tilde is left out.")
def _tilde_not_indexed() -> tuple[Before, None]:
    return handing_over(BATCH, _without(lambda uri: "~" in uri)), None


@plant(
    "double-slash-refused",
    "BatchIndexFileMeta/request/Files[]/URI/pattern/accepts",
    "A file whose key has two slashes side by side is refused.",
)
def _double_slash_refused() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        keys = [str(f.get("URI")).removeprefix("oss://") for f in inputs_of(call)] if call.action == BATCH else []
        if not any("//" in key for key in keys):
            return None
        return emulator.refuse(call, invalid_argument("Files", "no empty folder"))

    return before, None


def _without(picked: Callable[[str], bool]) -> Callable[[list[File]], list[File]]:
    """Return a change of the files that are handed over, which leaves out those with a URI that is `picked`."""
    return lambda files: [file for file in files if not picked(str(file.get("URI")))] or files


@plant("batch-bare-name-lost", "BatchIndexFileMeta/behavior/effect", "A file whose name has no ending is left out.")
def _batch_bare_name_lost() -> tuple[Before, None]:
    return handing_over(BATCH, _without(lambda uri: "." not in uri)), None


@plant("bare-name-not-indexed", "IndexFileMeta/behavior/effect", "An object whose name has no ending is not indexed.")
def _bare_name_not_indexed() -> tuple[Before, None]:
    def bare(uri: str) -> bool:
        return uri.startswith("oss://") and "." not in uri

    return ignoring(SINGLE, lambda call: any(bare(str(f.get("URI"))) for f in inputs_of(call))), None


def _lower_labels(file: File) -> File:
    labels = file.get("CustomLabels")
    return {**file, "CustomLabels": {k.lower(): v for k, v in labels.items()}} if isinstance(labels, dict) else file


@plant("batch-labels-lower", "BatchIndexFileMeta/behavior/effect-labels", "The names of labels become lower case.")
def _batch_labels_lower() -> tuple[Before, None]:
    return handing_over(BATCH, lambda files: list(map(_lower_labels, files))), None


@plant("batch-id-without-quotes", "BatchIndexFileMeta/behavior/effect-labels", "CustomId loses double quotes.")
def _batch_id_without_quotes() -> tuple[Before, None]:
    def edit(files: list[File]) -> list[File]:
        return [{**f, "CustomId": str(f["CustomId"]).replace('"', "")} if "CustomId" in f else f for f in files]

    return handing_over(BATCH, edit), None


@plant("custom-id-trimmed", "IndexFileMeta/behavior/effect-labels", "CustomId loses blanks at its ends.")
def _custom_id_trimmed() -> tuple[Before, None]:
    def edit(files: list[File]) -> list[File]:
        return [{**f, "CustomId": f["CustomId"].strip()} if isinstance(f.get("CustomId"), str) else f for f in files]

    return handing_over(SINGLE, edit), None


@plant("custom-id-without-zeros", "IndexFileMeta/behavior/effect-labels", "A CustomId of digits loses zeros before it.")
def _custom_id_without_zeros() -> tuple[Before, None]:
    def edit(files: list[File]) -> list[File]:
        return [{**f, "CustomId": str(int(f["CustomId"]))} if str(f.get("CustomId")).isdigit() else f for f in files]

    return handing_over(SINGLE, edit), None


def _entry(call: Call, emulator: Emulator, uri: str) -> dict[str, Any]:
    """Return the stored metadata of a file, empty if it is not indexed."""
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    dataset = project.datasets.get(call.params.get("DatasetName", "")) if project else None
    entry = dataset.files.get(uri) if dataset else None
    return entry.metadata if entry else {}


@plant("batch-first-wins", "BatchIndexFileMeta/behavior/reindex", "A file that is indexed stays as it is.")
def _batch_first_wins() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        known = [f for f in inputs_of(call) if _entry(call, emulator, str(f.get("URI")))]
        if call.action != BATCH or call.method != "POST" or not known:
            return None
        return ignoring(BATCH, lambda _: True)(call, emulator)  # type: ignore[return-value]  # it answers

    return before, None


@plant("labels-merged", "IndexFileMeta/behavior/reindex", "Indexing a file again keeps labels that are not given.")
def _labels_merged() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Any:
        def merged(file: File) -> File:
            old, new = _entry(call, emulator, str(file.get("URI"))).get("CustomLabels"), file.get("CustomLabels")
            return {**file, "CustomLabels": {**old, **new}} if old and isinstance(new, dict) else file

        return handing_over(SINGLE, lambda files: list(map(merged, files)))(call, emulator)

    return before, None


@plant("batch-empty-refused", "BatchIndexFileMeta/behavior/empty-arrays", "An empty Labels array is refused.")
def _batch_empty_refused() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != BATCH or not any(f.get("Labels") == [] for f in inputs_of(call)):
            return None
        return emulator.refuse(call, invalid_argument("Files[0].Labels", "expected an item"))

    return before, None


@plant("empty-erases", "IndexFileMeta/behavior/empty-arrays", "An empty array erases what was found in the file.")
def _empty_erases() -> tuple[Before, After]:
    erased: dict[str, tuple[str, ...]] = {}

    def before(call: Call, emulator: Emulator) -> None:
        del emulator
        for file in inputs_of(call) if call.action == SINGLE else ():
            erased[str(file.get("URI"))] = tuple(name for name in ARRAYS if file.get(name) == [])

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        files = answer.payload.get("Files")
        if call.action == "BatchGetFileMeta" and isinstance(files, list):
            for file in files:
                for name in erased.get(str(file.get("URI")), ()):
                    file.pop(name, None)
        return answer

    return before, after


@plant("single-drops-artist", "IndexFileMeta/behavior/same-as-batch", "IndexFileMeta does not store the Artist given.")
def _single_drops_artist() -> tuple[Before, None]:
    return handing_over(SINGLE, lambda files: [{k: v for k, v in f.items() if k != "Artist"} for f in files]), None


@plant(
    "batch-labels-of-another",
    "BatchIndexFileMeta/behavior/effect-labels",
    "A file of a batch without labels has those of the file before it.",
)
def _batch_labels_of_another() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        files = [] if "Notification" in call.params else [dict(file) for file in inputs_of(call)]
        for before, file in itertools.pairwise(files):
            if "CustomLabels" in before:
                file.setdefault("CustomLabels", before["CustomLabels"])
        return {"Files": json.dumps(files)} if files else {}

    return redirected((BATCH,), change), None


@plant(
    "fifty-removed",
    "BatchGetFileMeta/behavior/gone-after-delete",
    "BatchDeleteFileMeta removes the first fifty files.",
)
def _fifty_removed() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        return {"URIs": json.dumps(json.loads(call.params.get("URIs", "[]"))[:50])}

    return redirected(("BatchDeleteFileMeta",), change), None


@plant("one-file-of-a-key", "BatchIndexFileMeta/behavior/effect", "Of files with one key in two buckets one is found.")
def _one_file_of_a_key() -> After:
    def edit(_: Call, files: list[File]) -> list[File]:
        last = {_key_of(file): file for file in files}
        return [file for file in files if last[_key_of(file)] is file]

    return the_files(edit)


def _key_of(file: File) -> str:
    uri = str(file.get("URI"))
    return uri.split("/", 3)[-1] if uri.startswith("oss://") else uri
