"""Faults of BatchGetFileMeta in what WithFields leaves of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.selftest.edits import redirected
from conformance.selftest.faults._files import READ, File, crashing, is_kind, is_whole, listed, the_files
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, missing_common
from emulator.files import FILE_MEMBERS

_MANY = 5
_BASIC = ("ProjectName", "DatasetName", "OwnerId", "ObjectType", "URI", "Filename", "Size", "ContentType", "ObjectId")


def _projected(call: Call) -> bool:
    return bool(listed(call, "WithFields"))


def _brief(when: Callable[[Call, list[File]], bool]) -> After:
    """Return a hook that leaves the basic fields of the files that `when` picks, if no fields are named."""

    def edit(call: Call, files: list[File]) -> list[File]:
        if _projected(call) or not when(call, files):
            return files
        return [{name: value for name, value in file.items() if name in _BASIC} for file in files]

    return the_files(edit)


@plant(
    "with-fields-required",
    "BatchGetFileMeta/behavior/without-with-fields",
    "A call without WithFields is refused.",
)
def _with_fields_required() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != READ or "WithFields" in call.params:
            return None
        error: ApiError = missing_common("WithFields")
        return emulator.refuse(call, error)

    return before, None


@plant(
    "texts-only-on-request",
    "BatchGetFileMeta/behavior/with-fields-absent",
    "OCRTexts is returned only if WithFields names it.",
)
def _texts_only_on_request() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        return files if _projected(call) else [{k: v for k, v in f.items() if k != "OCRTexts"} for f in files]

    return the_files(edit)


@plant(
    "brief-among-many",
    "BatchGetFileMeta/behavior/with-fields-absent",
    "Among more than five files only the basic fields of each are returned.",
)
def _brief_among_many() -> After:
    return _brief(lambda _, files: len(files) > _MANY)


@plant(
    "brief-in-long-lists",
    "BatchGetFileMeta/behavior/with-fields-absent",
    "Of a list of more than ten URIs only the basic fields of each file are returned.",
)
def _brief_in_long_lists() -> After:
    return _brief(lambda call, _: len(listed(call, "URIs")) > 2 * _MANY)


@plant(
    "nothing-left-of-it",
    "BatchGetFileMeta/behavior/with-fields-values",
    "A file that has none of the fields that WithFields names is left out.",
)
def _nothing_left_of_it() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        names = set(listed(call, "WithFields"))
        return [file for file in files if not names or names & file.keys()]

    return the_files(edit)


@plant(
    "empty-list-drops-streams",
    "BatchGetFileMeta/behavior/with-fields-empty",
    "An empty WithFields list leaves out the streams of videos.",
)
def _empty_list_drops_streams() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        if call.params.get("WithFields") != "[]":
            return files
        return [{k: v for k, v in f.items() if k != "VideoStreams" or not is_kind(f, ".mp4")} for f in files]

    return the_files(edit)


@plant(
    "empty-list-drops-texts",
    "BatchGetFileMeta/behavior/with-fields-empty",
    "An empty WithFields list leaves out the texts that were found in a file.",
)
def _empty_list_drops_texts() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        if call.params.get("WithFields") != "[]":
            return files
        return [{k: v for k, v in f.items() if k != "OCRTexts"} for f in files]

    return the_files(edit)


@plant(
    "two-fields-bring-a-third",
    "BatchGetFileMeta/behavior/with-fields-filter",
    "With exactly two fields MediaType is returned too.",
)
def _two_fields_bring_a_third() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        return [{**f, "MediaType": "image"} if len(listed(call, "WithFields")) == 2 else f for f in files]

    return the_files(edit)


@plant(
    "single-file-unfiltered",
    "BatchGetFileMeta/behavior/with-fields-filter",
    "WithFields is ignored when a single file is asked for.",
)
def _single_file_unfiltered() -> tuple[Before, None]:
    def unfiltered(call: Call, _: Emulator) -> dict[str, str]:
        return {"WithFields": ""} if len(listed(call, "URIs")) == 1 and _projected(call) else {}

    return redirected((READ,), unfiltered), None


@plant(
    "last-file-keeps-dataset",
    "BatchGetFileMeta/behavior/with-fields-filter",
    "The last of many files keeps DatasetName unasked.",
)
def _last_file_keeps_dataset() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        if _projected(call) and len(files) > 3:
            files[-1]["DatasetName"] = call.params["DatasetName"]
        return files

    return the_files(edit)


@plant(
    "projected-duration-rounded",
    "BatchGetFileMeta/behavior/with-fields-values",
    "Under WithFields Duration is a whole number.",
)
def _projected_duration_rounded() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        for file in files if _projected(call) else ():
            if "Duration" in file:
                file["Duration"] = int(file["Duration"])
        return files

    return the_files(edit)


@plant(
    "labels-beside-figures",
    "BatchGetFileMeta/behavior/with-fields-values",
    "Under WithFields Labels are left out beside Figures.",
)
def _labels_beside_figures() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        for file in files if _projected(call) else ():
            if "Figures" in file:
                file.pop("Labels", None)
        return files

    return the_files(edit)


@plant(
    "unknown-name-hides-files",
    "BatchGetFileMeta/behavior/with-fields-unknown",
    "An unknown name between known ones finds no file.",
)
def _unknown_name_hides_files() -> After:
    def edit(call: Call, files: list[File]) -> list[File]:
        return [] if "NoSuchField" in listed(call, "WithFields")[:-1] else files

    return the_files(edit)


@plant(
    "unknown-name-crash",
    "BatchGetFileMeta/behavior/with-fields-unknown",
    "An unknown name beside known ones crashes the server.",
)
def _unknown_name_crash() -> After:
    return crashing(lambda call: {"URI", "NoSuchField", "Size"} <= set(listed(call, "WithFields")))


@plant(
    "name-in-any-case",
    "BatchGetFileMeta/behavior/with-fields-unknown",
    "A name in WithFields stands for a field whatever the case of its letters.",
)
def _name_in_any_case() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> dict[str, str]:
        names = {name.lower(): name for name in FILE_MEMBERS}
        asked = listed(call, "WithFields")
        known = [names.get(name.lower(), name) if isinstance(name, str) else name for name in asked]
        return {"WithFields": json.dumps(known)} if known != asked else {}

    return redirected((READ,), change), None


@plant("pds-file-whole", "BatchGetFileMeta/behavior/with-fields-filter", "WithFields leaves all fields of a PDS file.")
def _pds_file_whole() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != READ or answer.status != 200 or is_whole(call):
            return answer
        whole: Any = emulator.operate(replace(call, params={**call.params, "WithFields": ""})).payload
        payload: Any = answer.payload
        pairs = zip(payload["Files"], whole["Files"], strict=True)
        payload["Files"] = [full if full["URI"].startswith("pds:") else file for file, full in pairs]
        return answer

    return after


@plant("ten-projected", "BatchGetFileMeta/behavior/with-fields-filter", "WithFields is applied to ten files at most.")
def _ten_projected() -> tuple[Before, After]:
    whole: list[File] = []

    def before(call: Call, emulator: Emulator) -> None:
        whole.clear()
        if call.action == READ and _projected(call):
            plain = replace(call, params={name: text for name, text in call.params.items() if name != "WithFields"})
            whole.extend(emulator.operate(plain).payload.get("Files", []))  # type: ignore[arg-type]  # JSON values

    return before, the_files(lambda _, files: [*files[:10], *whole[10:]] if whole else files)
