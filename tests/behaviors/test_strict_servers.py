"""Lawful servers that refuse whatever no source says they must take: nothing is called broken for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action
from tests.behaviors.judging import Requirements, by_id, lawful, refusing, violated

INDEXING = ("IndexFileMeta", "BatchIndexFileMeta")
NOT_NOW = ApiError(400, "StatusConflict", "The file is being indexed.")
NO_MORE = ApiError(400, "LimitExceededError", "The resource count exceeds the limit.")
ONE_CHANNEL = ApiError(400, "InvalidArgument", "Notification takes one of MNS and RocketMQ.")
USER_DATA = "IndexFileMeta/request/UserData/maxBytes/accepts"
WHAT_IS_THAT = ApiError(400, "InvalidParameter", "The parameter Note is not known.")


def judged(server: PlantedFault, *select: str) -> tuple[str, Requirements]:
    """Return the verdict of a run, and the requirements of its report by id."""
    report = judge_emulator([server], settings=Settings(select=select))
    return report["verdict"], by_id(report)


def _two_channels(call: Call) -> bool:
    try:
        given = json.loads(call.params.get("Notification", "{}"))
    except ValueError:
        return False
    return isinstance(given, dict) and {"MNS", "RocketMQ"} <= given.keys()


def test_one_channel_of_messages_is_enough() -> None:
    """What comes of MNS and RocketMQ in one Notification is open (imm.md 14.2, gap 11)."""
    verdict, found = judged(refusing(_two_channels, lambda: ONE_CHANNEL), "*IndexFileMeta/request/*")

    assert (verdict, violated(found)) == ("conforms", set())
    assert found["IndexFileMeta/request/Notification/RocketMQ/TopicName/required/accepts"]["outcome"] == "conforms"


@pytest.mark.parametrize("seconds", [0.3, 5.0])
def test_a_file_in_work_may_be_refused(seconds: float) -> None:
    """Whether a file may be given again while it is indexed no source says."""
    times: dict[str, Any] = {}

    def busy(call: Call, emulator: Emulator) -> Answer | None:
        if call.action not in INDEXING:
            return None
        now, text = emulator.clock.now(), call.params.get("File", call.params.get("Files", ""))
        since = (now - times[text]).total_seconds() if text in times else seconds
        if since < seconds:
            return emulator.refuse(call, NOT_NOW)
        times[text] = now
        return None

    verdict, found = judged(lawful(before=busy), "*IndexFileMeta/request/*/accepts")

    assert (verdict, violated(found)) == ("conforms", set())


def test_a_quota_is_no_rule_of_a_request() -> None:
    """That an account has as many bindings as it may says nothing of the names that a request gives."""
    bound: list[str] = []

    def full(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != "CreateBinding":
            return None
        bound.append(call.params.get("URI", ""))
        return emulator.refuse(call, NO_MORE) if len(bound) > 1 else None

    _, found = judged(lawful(before=full), "CreateBinding/request/*")

    assert violated(found) == set()
    assert "LimitExceededError" in found["CreateBinding/request/DatasetName/maxLength/accepts"]["reason"]


def test_a_quota_of_files_is_no_rule_of_a_request() -> None:
    """That a dataset is full says nothing of how many files a request may name."""
    there: set[str] = set()

    def full(call: Call, emulator: Emulator) -> Answer | None:
        if call.action not in INDEXING:
            return None
        asked = {entry.get("URI", "") for entry in _files(call)}
        if len(there | asked) > 60:
            return emulator.refuse(call, NO_MORE)
        there.update(asked)
        return None

    verdict, found = judged(lawful(before=full), "*IndexFileMeta/request/*")

    assert (verdict, violated(found)) == ("conforms", set())


def _files(call: Call) -> list[dict[str, Any]]:
    try:
        given = json.loads(call.params.get("Files", call.params.get("File", "")))
    except ValueError:
        return []
    return [entry for entry in (given if isinstance(given, list) else [given]) if isinstance(entry, dict)]


@pytest.mark.parametrize(
    ("when", "requirement"),
    [
        (lambda call: len(_files(call)) > 9, "BatchIndexFileMeta/request/Files/maxItems/accepts"),
        (lambda call: len(_files(call)) > 99, "BatchIndexFileMeta/request/Files/maxItems/accepts"),
        (lambda call: len(call.params.get("UserData", "").encode()) > 2047, USER_DATA),
        (lambda call: len(call.params.get("UserData", "").encode()) > 256, USER_DATA),
    ],
)
def test_a_limit_that_is_too_low_is_no_quota(when: Callable[[Call], bool], requirement: str) -> None:
    """A refusal with the Code of a quota is one of a rule where there is room for what was refused."""
    _, found = judged(
        refusing(lambda call: call.action in INDEXING and when(call), lambda: NO_MORE), "*IndexFileMeta/*"
    )

    assert requirement in violated(found, "MUST")


def test_a_parameter_that_no_operation_has_may_be_refused() -> None:
    """RPC-EXTRA-PARAM is a SHOULD: what uses such a parameter to carry something else is not in doubt for it."""
    verdict, found = judged(refusing(lambda call: "Note" in call.params, lambda: WHAT_IS_THAT), "Gateway/behavior/*")

    assert verdict == "conforms"
    assert found["Gateway/behavior/header-signed-query-spellings"]["outcome"] == "blocked"
    assert found["Gateway/behavior/time-minutes-ahead"]["outcome"] == "conforms"


@pytest.mark.parametrize("action", ["GetDataset", "GetProject"])
def test_a_helper_that_is_missing_leaves_nothing_in_doubt(action: str) -> None:
    """What only a missing operation would show is blocked, and the rest is judged."""
    unknown = refusing(lambda call: call.action == action, lambda: unknown_action(action))

    verdict, found = judged(unknown, "Provisioning/behavior/*", "CreateBinding/behavior/*")

    assert (verdict, violated(found)) == ("conforms", set())
    assert found["Provisioning/behavior/gone-after-delete"]["outcome"] == "conforms"
