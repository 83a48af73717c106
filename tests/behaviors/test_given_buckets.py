"""What a refusal means in a bucket that is given, where nothing that a run makes up need exist."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.selftest.trial import find_fault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError

GIVEN = Fixtures(bucket="given-bucket")
TITLE = "IndexFileMeta/request/File/Title/type/accepts"
KEY = "IndexFileMeta/request/File/URI/pattern/accepts"
ROW = f"{KEY}[key with space]"
UNUSABLE = ApiError(400, "InvalidArgument", "The URI cannot be used.")
INDEXING = ("IndexFileMeta", "BatchIndexFileMeta")


@pytest.fixture
def outcome() -> Callable[..., str]:
    """Return the function that gives the outcome of a requirement at an emulator with a fault."""

    def judged(requirement: str, fault: PlantedFault, **settings: Any) -> str:
        report = judge_emulator([fault], settings=Settings(select=(requirement,), **settings), fixtures=GIVEN)
        found: str = next(entry["outcome"] for entry in report["requirements"] if entry["id"] == requirement)
        return found

    return judged


def only_rows(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse to index what is not one of two objects."""
    text = call.params.get("File", "") + call.params.get("Files", "")
    known = not text or "/row.jpg" in text or "/beside.jpg" in text
    return None if known or call.action not in INDEXING else emulator.refuse(call, UNUSABLE)


def refuse(call: Call, emulator: Emulator) -> Answer | None:
    """Refuse to index anything."""
    return emulator.refuse(call, UNUSABLE) if call.action in INDEXING else None


def test_what_is_refused_of_an_object_that_was_accepted(outcome: Callable[..., str]) -> None:
    """A member that is refused with an object that was accepted without it is told of."""
    assert outcome(TITLE, find_fault(f"{TITLE}:refused although valid")) == "violates"


def test_an_object_that_is_refused(outcome: Callable[..., str]) -> None:
    """That an object is refused which nobody has said to exist breaks nothing."""
    assert outcome(KEY, PlantedFault("known", KEY, "", before=only_rows), cases=(ROW,)) == "blocked"


def test_an_operation_that_refuses_everything(outcome: Callable[..., str]) -> None:
    """Where the whole valid request is refused, nothing is told of its members."""
    fault = PlantedFault("refuses", TITLE, "", before=refuse)

    assert outcome(TITLE, fault) == "inconclusive"
