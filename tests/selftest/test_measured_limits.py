"""Measured limits: exactly where an emulator draws the line, within twenty requests."""

import json
from typing import Any

import pytest

from conformance.selftest.edits import limited
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Call
from reports.terminal import limit_in_words

MEASURED = {
    "max_uris": ("BatchGetFileMeta/request/URIs/maxItems", "/m0"),
    "max_index_files": ("BatchIndexFileMeta/request/Files/maxItems", "/m0"),
    "max_job_ids": ("GetUrlUploadInfos/request/JobIds/maxItems", f"{1:032x}"),
    "max_user_data_bytes": ("IndexFileMeta/request/UserData/maxBytes", '"u'),
}
"""By the emulator's limit the requirement, and what is in each request that measures it (of job ids, the second)."""

UNLIMITED = 10**9


def measure(limit: str, value: int) -> tuple[dict[str, Any], int]:
    """Return the measured limit of an emulator with another limit, and the requests that it took."""
    requirement, mark = MEASURED[limit]
    operation = requirement.split("/", 1)[0]
    spent = 0

    def is_counted(call: Call) -> bool:
        nonlocal spent
        values = json.dumps(list(call.params.values())).replace("\\", "")
        spent += call.action == operation and mark in values
        return True

    fault = PlantedFault(
        "other limit", requirement, "another limit", before=limited(operation, is_counted, **{limit: value})
    )
    report = judge_emulator([fault], settings=Settings(cases=(f"{requirement}/measured",)))
    (found,) = report["limits"]
    return found, spent


@pytest.mark.parametrize("limit", MEASURED)
@pytest.mark.parametrize("value", [1, 9, 64, 99, 101, 128, 1000])
def test_a_limit_is_measured_exactly(limit: str, value: int) -> None:
    """The largest accepted and the smallest refused size are those on both sides, found in twenty requests."""
    found, spent = measure(limit, value)

    assert (found["accepted"], found["refused"]) == (value, value + 1)
    assert 0 < spent <= 20


@pytest.mark.parametrize("limit", MEASURED)
def test_no_limit_is_reported_as_none(limit: str) -> None:
    """Where nothing is refused the report says up to which size was tried, and names no refusal."""
    found, _ = measure(limit, UNLIMITED)

    assert found["refused"] is None
    assert found["accepted"] >= 1000


def test_a_limit_is_told_in_one_line() -> None:
    """The summary tells the documented limit, both sides of the measured one, and the Code."""
    entry = {"requirement": "A/b", "documented": 100, "accepted": 128, "refused": 129, "code": "LimitExceededError"}

    assert limit_in_words(entry) == "A/b: documented 100; accepts 128, refuses 129 with LimitExceededError"
    assert limit_in_words({**entry, "refused": None}) == "A/b: documented 100; accepts 128, nothing larger was refused"
