"""Targets that lack something: nothing is called broken, and what is missing is named once and first."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Call, Emulator
from openapi import load_contract
from reports.blocking import causes_of

OPERATIONS = tuple(load_contract().operations)
WHOLE = Settings()
FIXTURE_OF = {
    "BatchGetFileMeta": "indexed_uris",
    "GetBinding": "bucket, bound to dataset",
    "GetTask": "tasks",
    "GetUrlUploadInfos": "url_upload_jobs",
    "GetBatchMediaProducingJob": "batch_jobs",
}


def _only_the_eight(call: Call, emulator: Emulator) -> Call | None:
    """Know no other operation."""
    del emulator
    return None if call.action in OPERATIONS else replace(call, action=f"No{call.action}")


NO_PROVISIONING = PlantedFault("lean", "GetTask/response/Status/enum", "Only eight operations.", _only_the_eight)


@lru_cache(maxsize=1)
def without_provisioning() -> dict[str, Any]:
    """Return the report on a target that has nothing but the eight operations."""
    return judge_emulator([NO_PROVISIONING], settings=WHOLE, fixtures=Fixtures())


def broken(report: Mapping[str, Any]) -> list[str]:
    """Return the requirements that are said to be broken."""
    return [entry["id"] for entry in report["requirements"] if entry["outcome"] == "violates"]


def test_nothing_is_broken_without_provisioning() -> None:
    """A target that lacks all provisioning operations breaks no requirement and is not called conforming."""
    report = without_provisioning()

    assert broken(report) == []
    assert report["verdict"] == "inconclusive"


@pytest.mark.parametrize(("operation", "fixture"), FIXTURE_OF.items())
def test_the_fixture_to_add_is_named(operation: str, fixture: str) -> None:
    """What cannot be judged is blocked, and names the fixture that would help."""
    entries = [e for e in without_provisioning()["requirements"] if e["operation"] == operation]

    blocked = [e["reason"] for e in entries if e["outcome"] == "blocked"]

    assert any(f"add [fixtures] {fixture}" in reason for reason in blocked)


def test_the_root_cause_is_named_first_and_once() -> None:
    """The refusal on which most depends is the first reason of the verdict and in no other."""
    report = without_provisioning()

    first = report["reasons"][0]

    assert first.startswith("CreateProject was refused as an unknown operation")
    assert "no request of BatchGetFileMeta, BatchIndexFileMeta, CreateBinding" in first
    assert [r for r in report["reasons"][1:] if "CreateProject" in r] == []


def test_a_cause_is_counted_once() -> None:
    """Requirements that are blocked by one refusal and need different fixtures have one cause."""
    entries = without_provisioning()["requirements"]

    causes = [cause for cause in causes_of(entries) if cause.text.startswith("CreateProject")]

    assert [cause.count for cause in causes] == [
        sum(e["outcome"] == "blocked" and e["reason"].startswith("CreateProject") for e in entries)
    ]
    assert {"add [fixtures] project and dataset", "add [fixtures] tasks"} <= set(causes[0].remedies)


def alone(operation: str, folder: Path) -> Settings:
    """Return settings for a target that claims one operation."""
    path = folder / "target.toml"
    path.write_text(
        f'name = "it"\noperations = ["{operation}"]\n'
        '[endpoints]\nimm = "http://127.0.0.1:9"\nice = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    return replace(WHOLE, target=str(path))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_alone_conforms(tmp_path: Path, operation: str) -> None:
    """A correct target that claims one operation conforms."""
    report = judge_emulator(settings=alone(operation, tmp_path))

    assert (report["verdict"], report["reasons"]) == ("conforms", [])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_alone_without_provisioning(tmp_path: Path, operation: str) -> None:
    """A target that has one operation and nothing else breaks no requirement."""
    report = judge_emulator([NO_PROVISIONING], settings=alone(operation, tmp_path), fixtures=Fixtures())

    assert broken(report) == []
