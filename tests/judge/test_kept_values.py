"""Values of jobs and tasks over a whole run."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.judge.kept_values import KeptValues, kept
from tests.judge.conftest import Answered

ALL = tuple(f"{name}/behavior/values-kept" for name in ("GetTask", "GetUrlUploadInfos", "GetBatchMediaProducingJob"))
TASK = {"ProjectName": "p", "TaskId": "t", "Status": "Succeeded", "EndTime": "2026-01-01T00:00:01.123456789Z"}
ENTRY = {"JobId": "j", "Status": "SUCCESS", "CreationTime": "2026-01-01T00:00:00Z", "MediaId": "m"}
PART = {"JobId": "s", "Status": "Success", "MediaId": "m"}
BATCH = {"JobId": "j", "Status": "Finished", "CreateTime": "2026-01-01T00:00:00Z", "SubJobList": [PART]}
Shown = dict[str, Any]
Told = Callable[..., list[str]]


@pytest.fixture
def told(exchange: Answered) -> Told:
    """Return what looks at answers one after the other: texts of violations, or `conforms` if there was an occasion."""
    values = KeptValues(ALL)

    def look(operation: str, *answers: Shown) -> list[str]:
        shapes: dict[str, Callable[[Shown], Shown]] = {
            "GetTask": lambda v: v,
            "GetUrlUploadInfos": lambda v: {"URLUploadInfoList": [v]},
            "GetBatchMediaProducingJob": lambda v: {"EditingBatchJob": v},
        }
        seen = [exchange(200, shapes[operation](answer), operation=operation) for answer in answers]
        changes = [v.observed for one in seen for v in values.look(one)]
        return changes or [v.outcome for v in kept(seen)]

    return look


@pytest.mark.parametrize(
    ("operation", "value", "change", "said"),
    [
        ("GetTask", TASK, {"EndTime": "2026-01-01T00:00:03Z"}, "of t, EndTime: 2026-01-01T00:00:03Z, before: 2026"),
        ("GetUrlUploadInfos", ENTRY, {"CreationTime": "2026-01-02T00:00:00Z"}, "of j, CreationTime: 2026-01-02"),
        ("GetUrlUploadInfos", ENTRY, {"MediaId": "n"}, "of j, MediaId: n, before: m"),
        ("GetBatchMediaProducingJob", BATCH, {"CreateTime": "2026-01-02T00:00:00Z"}, "of j, CreateTime: 2026-01-02"),
        (
            "GetBatchMediaProducingJob",
            BATCH,
            {"SubJobList": [PART | {"JobId": "r"}]},
            "of j, ids of sub-jobs: r, before: s",
        ),
        (
            "GetBatchMediaProducingJob",
            BATCH,
            {"SubJobList": [PART | {"MediaId": "n"}]},
            "of j, MediaId of the sub-job s: n, before: m",
        ),
    ],
)
def test_a_change_is_told(told: Told, operation: str, value: Shown, change: Shown, said: str) -> None:
    """Of whatever is kept, with what it was, and again at each reading that differs from the first."""
    seen = told(operation, value, value, value | change, value | change)

    assert [text.startswith(said) for text in seen] == [True, True]


def test_digits_are_no_change(told: Told) -> None:
    """A server may keep fewer of them than it had at first."""
    assert told("GetTask", TASK, TASK | {"EndTime": "2026-01-01T00:00:01.123Z"}) == ["conforms"]


@pytest.mark.parametrize("between", [{"Status": "Running"}, {"Status": "Failed"}, {}])
def test_what_begins_anew_ends_anew(told: Told, between: Shown) -> None:
    """A task that goes on again, or was tried again after it failed, has another end; so has one of no state."""
    again = TASK | {"EndTime": "2026-01-01T01:00:00Z"}

    assert told("GetTask", TASK, {"ProjectName": "p", "TaskId": "t", **between}, again) == []


def test_failures_may_be_tried_again(told: Told) -> None:
    """Nothing but the time of its making is kept of a job that failed, or of which a part did."""
    entry = ENTRY | {"Status": "DOWNLOAD_FAIL", "CompleteTime": "2026-01-01T01:00:00Z"}
    batch = BATCH | {"SubJobList": [PART | {"Status": "Failed"}]}

    assert told("GetUrlUploadInfos", entry, entry | {"CompleteTime": "2026-01-02T01:00:00Z"}) == ["conforms"]
    assert told("GetBatchMediaProducingJob", batch, batch | {"SubJobList": [PART | {"JobId": "r"}]}) == ["conforms"]


def test_long_lists_may_be_in_any_order(told: Told) -> None:
    """Of parts beyond the first hundred nothing is known, and so not which ids the first hundred have."""
    parts = [PART | {"JobId": f"s{number}"} for number in range(101)]

    assert told("GetBatchMediaProducingJob", BATCH | {"SubJobList": parts}, BATCH | {"SubJobList": parts[::-1]}) == [
        "conforms"
    ]


def test_each_has_values_of_its_own(told: Told) -> None:
    """Tasks of one id in two projects, and jobs that another operation shows."""
    other = TASK | {"ProjectName": "q", "EndTime": "2026-01-02T00:00:00Z"}

    assert told("GetTask", TASK, other) == []
    assert told("GetUrlUploadInfos", ENTRY) == told("GetBatchMediaProducingJob", BATCH) == []


@pytest.mark.parametrize("odd", [{"JobId": 5}, {"JobId": "x" * 201}, {"CreationTime": None, "MediaId": ["m"]}, {}])
def test_what_is_no_text_is_not_kept(told: Told, odd: Shown) -> None:
    """Nor what is longer than any id or time."""
    assert told("GetUrlUploadInfos", {**ENTRY, **odd, **({} if odd else {"JobId": ""})}, ENTRY) == []


def test_other_actions_say_nothing(exchange: Answered) -> None:
    """An answer to another action than its operation, a refusal, and what no contract asks for."""
    values, answer = KeptValues(ALL), {"operation": "GetTask"}
    seen = [exchange(200, TASK, action="GetProject", **answer), exchange(404, TASK, **answer)] * 2

    assert [v for one in seen for v in values.look(one)] == []
    assert [v for _ in range(2) for v in KeptValues(()).look(exchange(200, TASK, **answer))] == []
