"""Servers that answer everything alike: none conforms, and the first line says what is going on."""

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target import TargetError
from emulator import Answer, Call, Emulator
from emulator.errors import resource_not_found
from reports.terminal import print_summary

REFUSALS = {400: "InvalidArgument", 404: "ResourceNotFound", 500: "InternalError"}
IDENTITY = {401: "InvalidAccessKeyId.NotFound", 403: "Forbidden"}
CONSTANT = {
    "RequestId": "6E93D6C9-5AC0-49F9-914D-E02678D3FABC",
    "Status": "Succeeded",
    "TaskId": "FileCompression-1",
    "Files": [],
}


def refusal(status: int, code: str) -> dict[str, Any]:
    """Return a whole error envelope."""
    envelope = {"Code": code, "Message": "No.", "HostId": "imm.cn-hangzhou.aliyuncs.com"}
    return {"RequestId": CONSTANT["RequestId"], **envelope, "Recommend": "https://api.aliyun.com/troubleshoot"}


def judge(status: int, payload: dict[str, Any] | None) -> dict[str, Any]:
    """Return the report of a run against a server that gives one answer, or the request without one."""

    def before(call: Call, emulator: Emulator) -> Answer:
        made: dict[str, Any] = dict(call.params) if payload is None else dict(payload)
        return Answer(status, made, {}, json.dumps(made).encode())

    fault = PlantedFault("dumb", "Gateway/behavior/strict-json", "answers everything alike", before=before)
    return judge_emulator([fault], settings=Settings(profile="smoke"))


def first_line(report: dict[str, Any]) -> str:
    """Return the first line of the summary."""
    out = StringIO()
    print_summary({**report, "target": {"name": "dumb", "version": ""}}, Console(file=out, width=200))
    return out.getvalue().splitlines()[0]


@pytest.mark.parametrize("status", REFUSALS)
def test_a_server_that_refuses_everything_does_not_conform(status: int) -> None:
    """A server that answers everything with one error is found out, and the first line says so."""
    report = judge(status, refusal(status, REFUSALS[status]))

    assert report["verdict"] != "conforms"
    assert f"the target answers every request alike: HTTP {status} with Code" in first_line(report)


def test_a_server_that_throttles_everything_does_not_conform() -> None:
    """A run against a server that only ever throttles ends soon, and the first line says so."""
    report = judge(429, refusal(429, "Throttling.User"))

    assert report["verdict"] == "inconclusive"
    assert report["requests"] < 50
    assert "the target throttles every request (HTTP 429 with Code 'Throttling.User'" in first_line(report)


@pytest.mark.parametrize("status", IDENTITY)
def test_a_server_that_refuses_the_key_is_not_judged(status: int) -> None:
    """A server that refuses every key is not judged, and the sentence says that it refuses the credentials."""
    with pytest.raises(TargetError, match=f"refuses the credentials: HTTP {status}"):
        judge(status, refusal(status, IDENTITY[status]))


def test_a_server_of_another_time_is_told_by_its_clock() -> None:
    """Where the time of a request is refused, the sentence speaks of clocks and not of keys."""
    with pytest.raises(TargetError, match=r"refuses the credentials: .*; set the clock of this machine") as told:
        judge(400, refusal(400, "InvalidTimeStamp.Expired"))

    assert "access key" not in str(told.value)


def test_a_key_with_few_rights_is_judged() -> None:
    """A key that may not do what the kit asks first, and is known, is judged with its signatures."""

    def deny(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        unknown = call.params.get("ProjectName") == "conformance-probe" and answer.payload["Code"] == "ResourceNotFound"
        return replace(answer, status=403, payload={**answer.payload, "Code": "NoPermission"}) if unknown else answer

    fault = PlantedFault("denied", "Gateway/behavior/forbidden", "the first project is not allowed", after=deny)
    select = ("Gateway/behavior/header-signed-wrong-signature", "Gateway/behavior/unknown-key")

    report = judge_emulator([fault], settings=Settings(select=select))

    judged = {r["id"]: r["outcome"] for r in report["requirements"] if r["id"] in select}
    assert judged == dict.fromkeys(select, "conforms")


def test_a_server_that_looks_at_signatures_last_is_judged_by_them() -> None:
    """What is not known may be told before the signature is looked at; then it shows on what is accepted."""

    def unknown_first(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project = call.params.get("ProjectName")
        strange = project is not None and project not in emulator.state.projects and answer.status >= 400
        return emulator.refuse(call, resource_not_found("project")) if strange else answer

    fault = PlantedFault("late", "Gateway/behavior/unknown-key", "unknown first", after=unknown_first)
    select = ("Gateway/behavior/header-signed-wrong-signature", "Gateway/behavior/unknown-key")

    report = judge_emulator([fault], settings=Settings(select=select))

    judged = {r["id"]: r["outcome"] for r in report["requirements"] if r["id"] in select}
    assert judged == dict.fromkeys(select, "conforms")


def test_a_server_without_keys_that_denies_what_is_unknown_is_judged() -> None:
    """A server that looks at no key may say of what it does not know that it is forbidden."""

    def deny(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del call, emulator
        unknown = answer.payload.get("Code") == "ResourceNotFound"
        return replace(answer, status=403, payload={**answer.payload, "Code": "Forbidden"}) if unknown else answer

    fault = PlantedFault("denies", "Gateway/behavior/forbidden", "what is unknown", after=deny)
    select = "GetTask/request/TaskId/required"

    report = judge_emulator([fault], settings=Settings(select=(select,)), variations=("no-signatures",))

    assert {r["outcome"] for r in report["requirements"] if r["id"].startswith(select)} == {"conforms"}


@pytest.mark.parametrize(("payload", "said"), [({}, "an empty object"), (CONSTANT, "HTTP 200")])
def test_a_server_that_accepts_everything_does_not_conform(payload: dict[str, Any], said: str) -> None:
    """A server that answers 200 with one object is found out, and the first line says so."""
    report = judge(200, payload)

    assert report["verdict"] == "violates"
    assert "the target answers every request alike" in first_line(report)
    assert said in first_line(report)


def test_a_server_that_echoes_does_not_conform() -> None:
    """A server that answers with the parameters of the request is found out, and the first line says so."""
    report = judge(200, None)

    assert report["verdict"] == "violates"
    assert "the target answers" in first_line(report) or "MUST requirements are broken" in first_line(report)
