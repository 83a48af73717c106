"""What must be accepted, many rows in one request."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError

OPERATION = "IndexFileMeta"
CASE = f"{OPERATION}/request/accepts[together]"
TITLE = f"{OPERATION}/request/File/Title/type/accepts"


def judged(refuses: Callable[[str], bool] = lambda _: False) -> dict[str, Any]:
    """Return the report of the case at a server that refuses calls by the text of their file."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != OPERATION or not refuses(call.params.get("File", "")):
            return None
        return emulator.refuse(call, ApiError(400, "InvalidArgument", "No."))

    fault = PlantedFault("refusing", TITLE, "Some files are refused.", before=before)
    return judge_emulator([fault], settings=Settings(cases=(CASE,)))


def broken(report: dict[str, Any]) -> list[str]:
    """Return the ids of the broken requirements."""
    return [r["id"] for r in report["requirements"] if r["outcome"] == "violates"]


def kept(report: dict[str, Any]) -> set[str]:
    """Return the ids of the requirements of requests that hold."""
    own = f"{OPERATION}/request/"
    return {r["id"] for r in report["requirements"] if r["outcome"] == "conforms" and r["id"].startswith(own)}


def test_two_requests_settle_what_must_be_accepted() -> None:
    """All that a file may have is seen to be accepted for fewer requests than there are rows."""
    report = judged()

    assert len(kept(report)) > 50
    assert TITLE in kept(report)
    assert report["requests"] < 25


@pytest.mark.parametrize("member", ["Title", "FigureClusterId", "LabelAlias"])
def test_the_row_that_is_to_blame_is_found(member: str) -> None:
    """A server that refuses one member breaks the requirement of that, and the rest is seen to hold."""
    report = judged(lambda file: f'"{member}"' in file)

    assert len(broken(report)) == 1
    assert f"/{member}/type/accepts" in broken(report)[0]
    assert len(kept(report)) > 50


def test_what_is_refused_only_together_breaks_nothing() -> None:
    """No document says that a request may have everything at once."""
    report = judged(lambda file: '"Title"' in file and '"Artist"' in file)

    assert broken(report) == []
    assert TITLE in kept(report)


def test_a_server_that_refuses_everything_is_not_asked_for_long() -> None:
    """After a few rows of each request that are to blame, the others are left to themselves."""
    report = judged(lambda file: file.count('":') > 1)

    assert 1 <= len(broken(report)) <= 6
    assert report["requests"] < 80
