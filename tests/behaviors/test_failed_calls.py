"""Messages about calls that failed as a whole, and such as only seem so."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Emulator, Publication

Message = dict[str, Any]
SELECT = (
    "IndexFileMeta/message/*",
    "IndexFileMeta/behavior/message-files-one-each",
    "Notifications/behavior/message-*",
)


def of_the_call(message: Message) -> Message:
    """Return a message about a file that failed as one about a call that did."""
    failed = {name: value for name, value in message.items() if name != "Files"}
    return failed | {"Success": False, "Message": message["Files"][0]["Error"]}


def of_no_file(message: Message) -> Message:
    """Return such a message with an empty list."""
    return of_the_call(message) | {"Files": []}


def of_success(message: Message) -> Message:
    """Return a message without files that tells of success."""
    return {name: value for name, value in message.items() if name != "Files"}


def broken(change: Callable[[Message], Message]) -> list[str]:
    """Return the MUST requirements that a server breaks which so changes each message about a failure alone."""

    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        message = json.loads(publication.text)
        if all(entry["Error"] for entry in message["Files"]):
            publication = replace(publication, text=json.dumps(change(message)))
        yield publication

    fault = replace(PlantedFault("changed", "", ""), published=published)
    report = judge_emulator([fault], settings=Settings(select=SELECT))
    return [r["id"] for r in report["requirements"] if r["level"] == "MUST" and r["outcome"] == "violates"]


@pytest.mark.parametrize("change", [of_the_call, of_no_file])
def test_a_call_may_fail_as_a_whole(change: Callable[[Message], Message]) -> None:
    """A message that tells of a failure and of no file is held to nothing that no source shows (mns.md 5.10)."""
    found = broken(change)

    assert found == []


def test_files_are_told_of_unless_the_call_failed() -> None:
    """A message of success that tells of no file is not one of a call that failed."""
    found = broken(of_success)

    assert found == [f"{operation}/message/Files/required" for operation in ("BatchIndexFileMeta", "IndexFileMeta")]
