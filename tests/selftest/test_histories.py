"""Histories of calls: faults that need several steps are found and told by the shortest history."""

import json
from typing import Any

import pytest

from conformance.checks.history_model import SETTLED
from conformance.selftest.faults._files import ignoring, inputs_of
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator

CASE = "BatchGetFileMeta/explore/histories"
GIVEN = ("oss://real-bucket/a.jpg", "oss://real-bucket/b/c.mp4")
SHORTEST = {
    "labels-return": 3,
    "third-labels-lost": 3,
    "projection-stale": 3,
    "deleted-comes-back": 3,
    "deleted-twice-refused": 3,
    "doubled-after-delete": 4,
    "rebound-unseen": 3,
    "rebound-stays": 4,
}


def search(*faults: PlantedFault, **more: Any) -> dict[str, dict[str, Any]]:
    """Return the entries of the requirements that a search settles, by id."""
    report = judge_emulator(faults, settings=Settings(cases=(CASE,)), **more)
    return {entry["id"]: entry for entry in report["requirements"] if entry["id"] in SETTLED}


@pytest.mark.parametrize("name", SHORTEST)
def test_a_fault_of_several_steps_is_found(name: str) -> None:
    """The default search finds the fault and tells no step more than it needs."""
    fault = planted_faults()[name]

    found = search(fault)

    assert [r for r, entry in found.items() if entry["outcome"] == "violates"] == [fault.requirement]
    told = found[fault.requirement]["findings"][0]["expected"]
    history = told.removeprefix("after ").rpartition(": ")[0]
    assert len(history.split("; ")) == SHORTEST[name], told


def test_everything_is_judged_on_a_server_without_fault() -> None:
    """The default search has an occasion for each of its requirements, and all conform."""
    found = search()

    assert {entry["outcome"] for entry in found.values()} == {"conforms"}


def only_given(call: Call, emulator: Emulator) -> Answer | None:
    """Index nothing but the objects that exist."""
    if call.action not in ("IndexFileMeta", "BatchIndexFileMeta") or all(f["URI"] in GIVEN for f in inputs_of(call)):
        return None
    return ignoring(call.action, lambda _: True)(call, emulator)  # type: ignore[return-value]  # it answers


def with_given(emulator: Emulator) -> None:
    """Make the dataset in which the given objects are indexed."""
    place = {"ProjectName": "given", "DatasetName": "given"}
    files = {"Files": json.dumps([{"URI": uri} for uri in GIVEN])}
    for action, params in (("CreateProject", place), ("CreateDataset", place), ("BatchIndexFileMeta", place | files)):
        emulator.operate(Call("imm", action, "2020-09-30", "POST", params, {}, {}))


def test_given_objects_are_used_instead_of_made_up_ones() -> None:
    """Where objects must exist, histories are made of those that are given."""
    fixtures = Fixtures(project="given", dataset="given", indexed_uris=GIVEN)
    fault = PlantedFault("strict", "GetTask/response/Status/enum", "Objects must exist.", before=only_given)

    found = search(fault, fixtures=fixtures, prepare=with_given)

    assert found["BatchGetFileMeta/behavior/found-after-index"]["outcome"] == "conforms"


def test_a_single_given_object_is_not_enough() -> None:
    """With one object only the search is blocked, and says which fixture to add."""
    fixtures = Fixtures(project="given", dataset="given", indexed_uris=GIVEN[:1])

    found = search(fixtures=fixtures, prepare=with_given)

    entry = found["BatchGetFileMeta/behavior/found-after-index"]
    assert entry["outcome"] == "blocked"
    assert entry["reason"].endswith("add a second one to [fixtures] indexed_uris")
