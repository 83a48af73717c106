"""Faults of servers that take one file of PDS for another, or begin what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.selftest.faults._files import BATCH, SINGLE, File, handing_over, inputs_of, the_files
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator

_EFFECT = "BatchIndexFileMeta/behavior/effect"
_MOST = 100
_BYTES = 2048


def _is_pds(file: File) -> bool:
    return str(file.get("URI")).startswith("pds://")


@plant("pds-one-of-a-hash", _EFFECT, "Of files of PDS with the same FileHash one is found.")
def _pds_one_of_a_hash() -> After:
    def edit(_: Call, files: list[File]) -> list[File]:
        last = {file["FileHash"]: file for file in files if _is_pds(file) and "FileHash" in file}
        return [file for file in files if "FileHash" not in file or not _is_pds(file) or file in last.values()]

    return the_files(edit)


@plant("pds-under-ossuri", _EFFECT, "A file of PDS with an OSSURI is indexed under that.")
def _pds_under_ossuri() -> tuple[Before, None]:
    def moved(files: list[File]) -> list[File]:
        hashed = all(file.get("FileHash") for file in files if _is_pds(file))
        return [{"URI": file["OSSURI"]} if hashed and file.get("OSSURI") else file for file in files]

    return handing_over(BATCH, moved), None


def _stand_in(action: str) -> tuple[Before, None]:
    """Return a hook that takes the OSSURI of a file for its hash."""

    def hashed(files: list[File]) -> list[File]:
        return [{"FileHash": "0" * 32, **f} if _is_pds(f) and f.get("OSSURI") else f for f in files]

    return handing_over(action, hashed), None


@plant(
    "batch-pds-ossuri-for-hash",
    "BatchIndexFileMeta/behavior/pds-needs-file-hash",
    "A file of PDS with an OSSURI needs no FileHash.",
)
def _batch_pds_ossuri_for_hash() -> tuple[Before, None]:
    return _stand_in(BATCH)


@plant(
    "single-pds-ossuri-for-hash",
    "IndexFileMeta/behavior/pds-needs-file-hash",
    "A file of PDS with an OSSURI needs no FileHash.",
)
def _single_pds_ossuri_for_hash() -> tuple[Before, None]:
    return _stand_in(SINGLE)


@plant(
    "refused-and-begun",
    "BatchIndexFileMeta/behavior/refused-as-a-whole",
    "The files in front of one without its FileHash are indexed, and the call is refused.",
)
def _refused_and_begun() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        files = inputs_of(call) if call.action == BATCH and answer.status == 400 else []
        bare = [number for number, file in enumerate(files) if _is_pds(file) and "FileHash" not in file]
        if bare and bare[0]:
            emulator.operate(replace(call, params={**call.params, "Files": json.dumps(files[: bare[0]])}))
        return answer

    return after


@plant(
    "over-and-begun",
    "BatchIndexFileMeta/behavior/refused-as-a-whole",
    "Of a call with too many files the first hundred are indexed, and the call is refused.",
)
def _over_and_begun() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        files = inputs_of(call) if call.action == BATCH and answer.status == 400 else []
        if len(files) > _MOST:
            emulator.operate(replace(call, params={**call.params, "Files": json.dumps(files[:_MOST])}))
        return answer

    return after


@plant(
    "told-and-begun",
    "BatchIndexFileMeta/behavior/refused-as-a-whole",
    "A call with UserData that is too long is refused, and its file is indexed.",
)
def _told_and_begun() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == BATCH and answer.status == 400 and len(call.params.get("UserData", "").encode()) > _BYTES:
            emulator.operate(replace(call, params={n: text for n, text in call.params.items() if n != "UserData"}))
        return answer

    return after
