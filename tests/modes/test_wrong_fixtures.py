"""Fixtures that the target does not know: nothing is called broken, and the key to check is named once."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from conformance.target.config import Fixtures
from conformance.target.embedded import embedded_emulator, seed
from tests.modes.conftest import seeded

GIVEN = seed(embedded_emulator()[0])
PLACE = "check [fixtures] project, dataset and indexed_uris"


def reading(**wrong: Any) -> dict[str, Any]:
    """Return the report of a run that only reads, of which some fixtures are wrong."""
    fixtures = replace(GIVEN, **wrong)
    return judge_emulator(settings=Settings(tier="reads"), fixtures=fixtures, prepare=seeded)


def blocked(report: dict[str, Any], operation: str) -> set[str]:
    """Return the reasons for which requirements of an operation are blocked."""
    return {e["reason"] for e in report["requirements"] if (e["operation"], e["outcome"]) == (operation, "blocked")}


@pytest.mark.parametrize(
    ("wrong", "operations", "remedy"),
    [
        ({"project": "nowhere", "tasks": ()}, ("BatchGetFileMeta", "GetBinding"), PLACE),
        ({"dataset": "nowhere"}, ("BatchGetFileMeta", "GetBinding"), PLACE),
        ({"bucket": "unbound"}, ("GetBinding",), "check [fixtures] bucket, which is to be bound to dataset"),
        ({"tasks": (("FileCompression", "lost"),)}, ("GetTask",), "check [fixtures] project and tasks"),
    ],
    ids=str,
)
def test_the_fixture_to_check_is_named(wrong: dict[str, Any], operations: tuple[str, ...], remedy: str) -> None:
    """What depends on a fixture that is not found is blocked, and the verdict names the key to check once."""
    report = reading(**wrong)

    for operation in operations:
        assert any(reason.endswith(remedy) for reason in blocked(report, operation)), operation
    assert [reason.endswith(remedy) for reason in report["reasons"]].count(True) == 1
    assert {e["id"] for e in report["requirements"] if e["outcome"] in ("violates", "inconclusive")} == set()


def test_nothing_is_written_to_a_dataset_that_is_not_found() -> None:
    """Where the given project is unknown, nothing is indexed or bound, and the same key is named."""
    fixtures = Fixtures(project="nowhere", dataset="nowhere", indexed_uris=("oss://some/a.jpg",))

    report = judge_emulator(fixtures=fixtures)

    for operation in ("BatchIndexFileMeta", "IndexFileMeta", "CreateBinding"):
        assert any(reason.endswith(PLACE) for reason in blocked(report, operation)), operation
    assert report["verdict"] == "inconclusive"
