"""Lawful servers that do not know at once what was made, or that look whether things exist."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError

JOBS = (
    "GetTask/request/TaskId/required/accepts[present]",
    "GetUrlUploadInfos/behavior/job-ids-win",
    "GetBatchMediaProducingJob/request/accepts[as given]",
)
IDEMPOTENT = "BatchGetFileMeta/behavior/idempotent"
PATTERN = "BatchGetFileMeta/request/URIs[]/pattern/accepts[pds]"
SIGNED = "Gateway/behavior/header-signed-accepted"
MADE_BY = {"GetTask": "CreateFileCompressionTask", "GetBatchMediaProducingJob": "SubmitBatchMediaProducingJob"}
Hooks = dict[str, Callable[..., Any]]


def judged(cases: tuple[str, ...], **hooks: Any) -> dict[str, Any]:
    """Return the report of cases at a server with hooks; it has nothing but what the run makes."""
    server = PlantedFault("unready", "", "", **hooks)
    return judge_emulator([server], settings=Settings(cases=cases), fixtures=Fixtures())


def outcomes(report: dict[str, Any], *outcomes: str) -> list[str]:
    """Return the MUSTs of a report that have one of the outcomes."""
    return [r["id"] for r in report["requirements"] if r["level"] == "MUST" and r["outcome"] in outcomes]


def newborn(seconds: float, code: str = "ResourceNotFound") -> Hooks:
    """Return hooks of a server that knows jobs and tasks only some time after they are made, and says so by `code`."""
    made: dict[str, datetime] = {}

    def young(key: str, emulator: Emulator) -> bool:
        return key in made and emulator.clock.now() - made[key] < timedelta(seconds=seconds)

    def before(call: Call, emulator: Emulator) -> Answer | None:
        key = call.params.get("TaskId") or call.params.get("JobId") or ""
        if call.action in MADE_BY and young(key, emulator):
            return emulator.refuse(call, ApiError(404, code, "It is not found."))
        return None

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        payload: dict[str, Any] = answer.payload
        ids = [payload.get("TaskId"), payload.get("JobId")]
        ids += [job["JobId"] for job in payload.get("UploadJobs", [])]
        if call.action in (*MADE_BY.values(), "UploadMediaByURL"):
            made.update({key: emulator.clock.now() for key in ids if key})
        if call.action == "GetUrlUploadInfos" and answer.status == 200:
            late = [i for i in payload["URLUploadInfoList"] if young(i["JobId"], emulator)]
            payload["URLUploadInfoList"] = [i for i in payload["URLUploadInfoList"] if i not in late]
            payload["NonExists"] += [i["JobId"] for i in late]
        return answer

    return {"before": before, "after": after}


@pytest.mark.parametrize(
    ("seconds", "code"), [(0.4, "ResourceNotFound"), (2.0, "ResourceNotFound"), (1.0, "InvalidParameter")]
)
def test_what_was_made_may_be_known_a_little_later(seconds: float, code: str) -> None:
    """Tasks, upload jobs and batch jobs are waited for before they are asked for, however it is told that they lack."""
    report = judged(JOBS, **newborn(seconds, code))

    whole = {entry["id"]: entry["outcome"] for entry in report["requirements"]}
    assert outcomes(report, "violates", "blocked", "inconclusive") == []
    assert "GetTask/request/TaskId/required/accepts" in outcomes(report, "conforms")
    assert whole["GetBatchMediaProducingJob/request/accepts"] == "conforms"


def test_a_look_up_that_finds_nothing_may_be_refused() -> None:
    """Files that are not indexed yet are waited for where looking them up is refused as not found."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "BatchGetFileMeta" and answer.status == 200 and not answer.payload.get("Files"):
            return emulator.refuse(call, ApiError(404, "ResourceNotFound", "The specified file is not found."))
        return answer

    report = judged((IDEMPOTENT, PATTERN), after=after)

    assert outcomes(report, "violates", "blocked", "inconclusive") == []


@pytest.mark.parametrize(
    ("action", "message", "case"),
    [
        (
            "CreateBinding",
            "The bucket does not exist.",
            "CreateBinding/request/DatasetName/maxLength/accepts[as given]",
        ),
        ("IndexFileMeta", "The topic is not found.", "IndexFileMeta/request/Notification/type/accepts[object]"),
    ],
)
def test_what_a_run_makes_up_may_have_to_exist(action: str, message: str, case: str) -> None:
    """A refusal that says that a bucket or a topic is missing breaks no limit of the request."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action == action and (action == "CreateBinding" or "Notification" in call.params):
            return emulator.refuse(call, ApiError(400, "InvalidArgument", message))
        return None

    report = judged((case,), before=before)

    assert outcomes(report, "violates") == []
    assert case.partition("[")[0] in outcomes(report, "blocked")


def test_a_nonce_is_not_sent_again_after_throttling() -> None:
    """A server that counts what it has verified may throttle a request and refuse its nonce afterwards."""
    seen: set[str] = set()

    def before(call: Call, emulator: Emulator) -> Answer | None:
        nonce = call.headers.get("x-acs-signature-nonce", "")
        if len(nonce) == 64 and not seen:
            seen.add(nonce)
            return emulator.refuse(call, ApiError(429, "Throttling.User", "Slow down."))
        return None

    report = judged((SIGNED,), before=before)

    assert seen
    assert outcomes(report, "violates", "blocked", "inconclusive") == []


def test_a_refused_look_up_is_named_where_nothing_is_found() -> None:
    """A server that refuses to look for files is not said to take long to index them."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        refused = call.action == "BatchGetFileMeta"
        return emulator.refuse(call, ApiError(400, "InvalidArgument", "No.")) if refused else None

    report = judged(("BatchGetFileMeta/request/accepts[as given]",), before=before)

    (reason,) = {r["reason"] for r in report["requirements"] if r["outcome"] == "blocked"}
    assert "BatchGetFileMeta was refused (HTTP 400 with Code 'InvalidArgument': No.)" in reason


def test_a_control_that_was_not_found_is_sent_again() -> None:
    """What is not there at first is asked for again, and not answered with what was said then."""
    asked: list[str] = []

    def before(call: Call, emulator: Emulator) -> Answer | None:
        asked.append(call.action)
        late = call.action == "GetBinding" and asked.count("GetBinding") <= 6
        return emulator.refuse(call, ApiError(400, "ResourceNotFound", "Not yet.")) if late else None

    report = judged(("GetBinding/request/accepts[as given]",), before=before)

    assert outcomes(report, "violates") == []
