"""The checks of CreateBinding and GetBinding: on a correct server, on lawful ones, and on broken ones."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from conformance.selftest.edits import edited, later
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import unknown_action
from tests.behaviors.judging import Requirements, declared, judge, lawful, named, violated

OPERATIONS = ("CreateBinding", "GetBinding")
FULL_SCAN = "CreateBinding/behavior/full-scan"
OBJECTS = ("known/a.jpg", "known/b.mp4", "known/片")
FIXTURES = Fixtures(bucket="given-bucket", indexed_uris=tuple(f"oss://given-bucket/{key}" for key in OBJECTS))
FAULTS = [f for f in planted_faults().values() if f.requirement.split("/")[0] in OPERATIONS]


def fill_bucket(emulator: Emulator) -> None:
    """Put the known objects into the given bucket."""
    for key in OBJECTS:
        emulator.put_object("given-bucket", key)


judged = partial(
    judge, select=("CreateBinding/behavior/*", "GetBinding/behavior/*"), fixtures=FIXTURES, prepare=fill_bucket
)


@pytest.fixture(scope="module")
def correct() -> Requirements:
    """Return what the checks say of the correct emulator."""
    return judged()


@pytest.mark.parametrize("requirement", declared(*OPERATIONS))
def test_conforms(correct: Requirements, requirement: str) -> None:
    """Each requirement is exercised on the correct emulator, and conforms."""
    assert correct[requirement]["outcome"] == "conforms", correct[requirement]


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_fault_is_named(fault: PlantedFault) -> None:
    """A planted fault breaks its requirement, and no other MUST."""
    found = judged(planted_faults()[fault.id], select=(fault.requirement,))

    assert found[fault.requirement]["outcome"] == "violates"
    assert violated(found, "MUST") <= {fault.requirement}


def _not_found_404(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    missing = answer.payload.get("Code") == "ResourceNotFound"
    return replace(answer, status=404) if missing else answer


def _found_again(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    if call.action != "CreateBinding" or answer.payload.get("Code") != "ResourceAlreadyExists":
        return answer
    again = emulator.operate(replace(call, action="GetBinding"))
    binding: Any = again.payload["Binding"]
    binding["UpdateTime"] = later(binding["UpdateTime"], seconds=3)
    return again


def _conflict_409(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    taken = answer.payload.get("Code") in ("ResourceAlreadyExists", "LimitExceededError")
    return replace(answer, status=409) if taken else answer


def _both(edit: Callable[[dict[str, Any]], object]) -> Any:
    return edited(OPERATIONS, lambda _, binding: edit(binding), part="Binding")


def _failed(binding: dict[str, Any]) -> None:
    binding.update(State="Failed", Phase="", Reason="The bucket does not exist.")


def _in_utc_seconds(binding: dict[str, Any]) -> None:
    for name in ("CreateTime", "UpdateTime"):
        moved = later(binding[name], hours=-8)
        binding[name] = f"{moved[:19]}Z"


def _stale_time(binding: dict[str, Any]) -> None:
    if binding["State"] == "Running":
        binding["UpdateTime"] = later(binding["CreateTime"], seconds=8.2)


@pytest.mark.parametrize(
    "variation",
    [
        lawful("not found is 404", _not_found_404),
        lawful("taken is 409", _conflict_409),
        lawful("repeated creation finds the binding", _found_again),
        lawful("phase left out", _both(lambda b: None if b["Phase"] else b.pop("Phase"))),
        lawful("empty reason", _both(lambda b: b.setdefault("Reason", ""))),
        lawful("more members", _both(lambda b: b.update(Detail="", Progress={"Done": 7}))),
        lawful("times in UTC and seconds", _both(_in_utc_seconds)),
        lawful("update time moves as in the guide", edited("GetBinding", lambda _, b: _stale_time(b), part="Binding")),
        lawful("buckets that do not exist", _both(_failed)),
        lawful("no dataset name", _both(lambda b: b.pop("DatasetName"))),
        lawful("scanning at once", _both(lambda b: b.update(State="Running", Phase=b["Phase"] or "FullScanning"))),
    ],
    ids=named,
)
def test_lawful_variation(variation: PlantedFault) -> None:
    """What the sources leave open breaks no MUST."""
    assert violated(judged(variation), "MUST") == set()


def test_slow_scan() -> None:
    """A full scan that takes seconds is waited for."""

    def slow(emulator: Emulator) -> None:
        fill_bucket(emulator)
        emulator.timings = replace(emulator.timings, full_scan_start=1.5, full_scan_end=6.0)

    found = judged(prepare=slow)

    assert violated(found) == set()
    assert found["CreateBinding/behavior/full-scan"]["outcome"] == "conforms"


def _eight_only(call: Call, emulator: Emulator) -> Answer | None:
    others = ("CreateProject", "CreateDataset", "GetDataset", "DeleteDataset", "DeleteBinding", "BatchDeleteFileMeta")
    return emulator.refuse(call, unknown_action(call.action)) if call.action in others else None


def test_server_without_provisioning() -> None:
    """A server of the eight operations alone is judged by the bindings that it can make."""

    def dataset(emulator: Emulator) -> None:
        params = {"ProjectName": "given-project", "DatasetName": "given-dataset"}
        for action in ("CreateProject", "CreateDataset"):
            emulator.operate(Call("imm", action, "2020-09-30", "POST", params, {}, {}))

    variation = lawful("eight only", before=_eight_only)
    fixtures = Fixtures(project="given-project", dataset="given-dataset")

    found = judged(variation, fixtures=fixtures, prepare=dataset)

    assert violated(found) == set()
    for slug in ("times-equal", "duplicate", "visible", "echo", "uri-with-object"):
        assert found[f"CreateBinding/behavior/{slug}"]["outcome"] == "conforms", slug
    for slug in ("state-order", "phase-order", "read-only", "create-time-kept", "not-found"):
        assert found[f"GetBinding/behavior/{slug}"]["outcome"] == "conforms", slug


def test_bucket_without_known_objects() -> None:
    """Without known objects a full scan cannot be seen, and the report says which fixture helps."""
    found = judged(select=("CreateBinding/behavior/full-scan",), fixtures=Fixtures())

    entry = found["CreateBinding/behavior/full-scan"]
    assert entry["outcome"] == "blocked"
    assert "[fixtures] bucket and indexed_uris" in entry["reason"]


def _stuck_in(state: str) -> Any:
    """Return a variation in which no bucket is scanned and every binding read is in one state."""

    def told(_: Any, binding: dict[str, Any]) -> None:
        binding.update(State=state, Phase="", Reason="The bucket cannot be read.")

    return edited("GetBinding", told, part="Binding")


@pytest.mark.parametrize("state", ["Failed", "Retrying"])
def test_bucket_that_cannot_be_scanned(state: str) -> None:
    """A binding that says that it failed is no evidence that a scan leaves objects out."""

    def never(emulator: Emulator) -> None:
        fill_bucket(emulator)
        emulator.timings = replace(emulator.timings, full_scan_start=1e6, full_scan_end=2e6)

    variation = lawful("failed", _stuck_in(state))

    entry = judged(variation, select=("CreateBinding/behavior/full-scan",), prepare=never)[
        "CreateBinding/behavior/full-scan"
    ]

    assert entry["outcome"] == "inconclusive"
    assert f"the binding is '{state}', with the Reason 'The bucket cannot be read.'" in entry["reason"]


def test_a_scan_that_has_not_begun_breaks_nothing() -> None:
    """No source says how long a binding may be 'Ready' before its bucket is scanned."""

    def slow(emulator: Emulator) -> None:
        fill_bucket(emulator)
        emulator.timings = replace(emulator.timings, full_scan_start=600.0, full_scan_end=900.0)

    found = judged(prepare=slow)

    assert violated(found, "MUST") == set()
    assert found[FULL_SCAN]["outcome"] == "inconclusive"
    assert "settle_seconds" in found[FULL_SCAN]["reason"]


def test_a_binding_that_goes_with_that_of_another_dataset_is_told() -> None:
    """A bucket that was bound to two datasets of a project is still bound to one when it is unbound from the other."""

    def everywhere(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action == "DeleteBinding" and answer.status == 200:
            for dataset in emulator.state.projects[call.params["ProjectName"]].datasets.values():
                dataset.bindings.pop(call.params["URI"], None)
        return answer

    scope = "Provisioning/behavior/delete-binding-scope"
    found = judged(PlantedFault("everywhere", scope, "", after=everywhere), select=(FULL_SCAN,))

    assert found[scope]["outcome"] == "violates"


def test_scans_that_begin_late_are_in_doubt() -> None:
    """A binding that is still 'Ready' while no object of its bucket is indexed may be so for as long as it likes."""

    def slow(emulator: Emulator) -> None:
        fill_bucket(emulator)
        emulator.timings = replace(emulator.timings, full_scan_start=60.0, full_scan_end=90.0)

    found = judged(prepare=slow, select=("GetBinding/behavior/state-order",))

    assert found["GetBinding/behavior/state-order"]["outcome"] == "inconclusive"


def test_a_binding_that_stays_ready_although_its_bucket_is_scanned_is_told() -> None:
    """A scan that is over has begun."""
    stuck = lawful("stuck", _stuck_in("Ready"))

    entry = judged(stuck, select=("GetBinding/behavior/state-order",))["GetBinding/behavior/state-order"]

    assert entry["outcome"] == "violates"
    assert "State 'Ready' even then" in entry["findings"][0]["observed"]
