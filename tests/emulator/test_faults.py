"""Faults see every call and answer, and can change both."""

import logging
from dataclasses import dataclass, replace
from typing import Any

import pytest

from emulator import Answer, ApiError, Call, Emulator, Fault, Limits, Request
from tests.emulator.conftest import Caller, Reply, StillClock


@dataclass
class Quiet:
    """A fault that changes nothing, to be varied below."""

    id: str = "quiet"
    description: str = "Changes nothing."

    def before(self, call: Call, emulator: Emulator) -> Call | Answer | None:
        """Let the call pass."""
        return None

    def after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        """Return the answer as it is."""
        return answer


class AddsAnId(Quiet):
    """Asks for one job more than the caller did."""

    def before(self, call: Call, emulator: Emulator) -> Call:
        """Change a parameter."""
        return replace(call, params={**call.params, "JobIds": f"{call.params['JobIds']},more"})


class ForgetsTheLimit(Quiet):
    """Accepts more ids than are documented."""

    def before(self, call: Call, emulator: Emulator) -> Answer:
        """Execute the call under other limits."""
        return emulator.operate(call, limits=Limits(max_job_ids=99))


class RefusesAll(Quiet):
    """Refuses every call."""

    def before(self, call: Call, emulator: Emulator) -> Answer:
        """Answer with an error."""
        return emulator.refuse(call, ApiError(418, "Teapot", "no: tea"))


class ForgivesSignatures(Quiet):
    """Executes what the gateway refused."""

    def after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        """Execute the call after all."""
        return emulator.operate(call) if answer.payload.get("Code") == "MissingAccessKeyId" else answer


class SpoilsTheList(Quiet):
    """Puts a number into an array of texts."""

    def after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        """Change the payload in place."""
        items = answer.payload["NonExists"]
        assert isinstance(items, list)
        items.append(1)
        return answer


class SendsRawText(Quiet):
    """Sends a body that is no JSON."""

    def after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        """Replace the body and a header."""
        return replace(answer, body=b"<html>", headers={**answer.headers, "content-type": "text/html"})


class Breaks(Quiet):
    """Fails itself."""

    def before(self, call: Call, emulator: Emulator) -> Answer:
        """Raise."""
        raise RuntimeError("broken fault")


def asked(caller: Caller, clock: StillClock, *faults: Fault, ids: str = "x", **options: Any) -> Reply:
    """Ask an emulator with faults for jobs."""
    caller.emulator = Emulator(clock=clock, faults=faults, **options)
    return caller.ice("GetUrlUploadInfos", JobIds=ids)


def test_fault_that_changes_nothing(caller: Caller, clock: StillClock) -> None:
    """Without a deviation the answer is the correct one."""
    assert asked(caller, clock, Quiet()).body["NonExists"] == ["x"]


def test_fault_changes_the_call(caller: Caller, clock: StillClock) -> None:
    """The operation sees the changed parameters; several faults add up."""
    assert asked(caller, clock, AddsAnId(), AddsAnId()).body["NonExists"] == ["x", "more"]


def test_fault_changes_the_limits(caller: Caller, clock: StillClock) -> None:
    """A fault can execute a call under other limits."""
    assert asked(caller, clock, ForgetsTheLimit(), ids=",".join("abcdefghijkl")).status == 200


def test_fault_answers_itself(caller: Caller, clock: StillClock) -> None:
    """An answer of a fault is sent, with the envelope of this server."""
    reply = asked(caller, clock, RefusesAll())

    assert (reply.status, reply.code, reply.body["HostId"]) == (418, "Teapot", "127.0.0.1:8089")


def test_fault_overrules_the_gateway(caller: Caller, clock: StillClock) -> None:
    """A fault can execute what was refused."""
    assert asked(caller, clock, ForgivesSignatures(), credentials={"k": "s"}).status == 200


def test_fault_changes_the_answer(caller: Caller, clock: StillClock) -> None:
    """The payload can be changed in place."""
    assert asked(caller, clock, SpoilsTheList()).body["NonExists"] == ["x", 1]


def test_fault_does_not_change_the_memory(dataset: Caller, clock: StillClock) -> None:
    """What a fault does to an answer is gone with the answer."""
    dataset.scoped("IndexFileMeta", File={"URI": "oss://bucket/a.jpg", "CustomLabels": {}})
    clock.advance(1)
    correct = dataset.scoped("BatchGetFileMeta", URIs=["oss://bucket/a.jpg"]).body["Files"]

    class SpoilsLabels(Quiet):
        def after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
            files: Any = answer.payload["Files"]
            files[0]["CustomLabels"]["spoilt"] = True
            return answer

    spoilt = Emulator(clock=clock, faults=[SpoilsLabels()])
    spoilt.state.projects = dataset.emulator.state.projects
    dataset.emulator, emulator = spoilt, dataset.emulator
    changed = dataset.scoped("BatchGetFileMeta", URIs=["oss://bucket/a.jpg"]).body["Files"]
    dataset.emulator = emulator

    assert changed != correct
    assert dataset.scoped("BatchGetFileMeta", URIs=["oss://bucket/a.jpg"]).body["Files"] == correct


def test_fault_sends_raw_text(clock: StillClock, caller: Caller) -> None:
    """A fault can send any bytes under any type."""
    query = "Action=GetUrlUploadInfos&Version=2020-11-09&JobIds=x"
    response = Emulator(clock=clock, faults=[SendsRawText()]).handle(Request("GET", "/", query, (), b""))

    assert (response.body, dict(response.headers)["content-type"]) == (b"<html>", "text/html")


def test_broken_fault_becomes_an_internal_error(
    caller: Caller, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect is answered with 500 and written to the log."""
    reply = asked(caller, clock, Breaks())

    assert (reply.status, reply.code) == (500, "InternalError")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
