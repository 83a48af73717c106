"""The checks of the provisioning operations: on a correct server, on lawful ones, and on broken ones."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from conformance.selftest.edits import edited
from conformance.selftest.planting import PlantedFault, planted_faults
from emulator import Answer, ApiError, Call, Emulator
from emulator.errors import unknown_action
from tests.behaviors.judging import Requirements, declared, judge, lawful, named, violated

FAULTS = [f for f in planted_faults().values() if f.requirement.startswith("Provisioning/")]
PROVISIONING = (
    "CreateProject",
    "GetProject",
    "DeleteProject",
    "CreateDataset",
    "GetDataset",
    "DeleteDataset",
    "DeleteBinding",
    "DeleteFileMeta",
    "BatchDeleteFileMeta",
    "CreateFileCompressionTask",
    "UploadMediaByURL",
    "SubmitBatchMediaProducingJob",
)


judged = partial(judge, select=("Provisioning/behavior/*",))


@pytest.fixture(scope="module")
def correct() -> Requirements:
    """Return what the checks say of the correct emulator."""
    return judged()


@pytest.mark.parametrize("requirement", declared("Provisioning"))
def test_conforms(correct: Requirements, requirement: str) -> None:
    """Each requirement is exercised on the correct emulator, and conforms."""
    assert correct[requirement]["outcome"] == "conforms", correct[requirement]


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_fault_is_named(fault: PlantedFault) -> None:
    """A planted fault breaks its requirement, and no other MUST."""
    found = judged(planted_faults()[fault.id], select=(fault.requirement,))

    assert found[fault.requirement]["outcome"] == "violates"
    assert violated(found, "MUST") <= {fault.requirement}


def _kept(part: str, *names: str) -> Callable[[Call, dict[str, Any]], None]:
    def edit(call: Call, value: dict[str, Any]) -> None:
        value[part] = {name: value[part][name] for name in names}

    return edit


def _bare_uploads(call: Call, value: dict[str, Any]) -> None:
    for job in value["UploadJobs"]:
        del job["MediaId"]
        job["SourceURL"] = quote(job["SourceURL"], safe=":/")


def _not_found_404(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    missing = answer.payload.get("Code") == "ResourceNotFound"
    return replace(answer, status=404) if missing else answer


def _taken_409(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    taken = answer.payload.get("Code") == "ResourceAlreadyExists"
    return replace(answer, status=409) if taken else answer


def _found_again(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    known = call.action in ("CreateProject", "CreateDataset") and answer.payload.get("Code") == "ResourceAlreadyExists"
    return emulator.operate(replace(call, action=call.action.replace("Create", "Get"))) if known else answer


def _one_project(call: Call, emulator: Emulator) -> Answer | None:
    if call.action != "CreateProject" or not emulator.state.projects:
        return None
    return emulator.refuse(call, ApiError(400, "LimitExceededError", "resource count exceeds the limit"))


def _without(*actions: str) -> Callable[[Call, Emulator], Answer | None]:
    def before(call: Call, emulator: Emulator) -> Answer | None:
        return emulator.refuse(call, unknown_action(call.action)) if call.action in actions else None

    return before


@pytest.mark.parametrize(
    "variation",
    [
        lawful("small projects", edited(("CreateProject", "GetProject"), _kept("Project", "ProjectName"))),
        lawful(
            "small datasets", edited(("CreateDataset", "GetDataset"), _kept("Dataset", "ProjectName", "DatasetName"))
        ),
        lawful("small upload jobs with encoded URLs", edited("UploadMediaByURL", _bare_uploads)),
        lawful("not found is 404", _not_found_404),
        lawful("taken is 409", _taken_409),
        lawful("repeated creation finds what is there", _found_again),
        lawful("one project for each account", before=_one_project),
        lawful("no deletion of single entries", before=_without("DeleteFileMeta")),
        lawful("no deletion of many entries", before=_without("BatchDeleteFileMeta")),
        lawful("no reading of projects and datasets", before=_without("GetProject", "GetDataset")),
        lawful("no deletion of projects and datasets", before=_without("DeleteProject", "DeleteDataset")),
        lawful("no provisioning at all", before=_without(*PROVISIONING)),
    ],
    ids=named,
)
def test_lawful_variation(variation: PlantedFault) -> None:
    """What the sources leave open, and an operation that is not there, breaks no MUST."""
    assert violated(judged(variation), "MUST") == set()


def test_server_without_provisioning() -> None:
    """A server without these operations leaves every requirement blocked."""
    found = judged(lawful("none", before=_without(*PROVISIONING)))

    assert {found[name]["outcome"] for name in declared("Provisioning")} == {"blocked"}


def test_extension_missing_but_job_fails() -> None:
    """A URL without a file extension may be taken, if its job fails."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        url = call.params.get("UploadURLs", "")
        if call.action != "UploadMediaByURL" or "%2C" in url or "," in url or url.endswith("mp4"):
            return None
        named = {**call.params, "UploadURLs": quote("https://media.example.com/missing/a.mp4", safe="")}
        return emulator.operate(replace(call, params=named))

    found = judged(lawful("taken", before=before), select=("Provisioning/behavior/upload-file-extension",))

    assert found["Provisioning/behavior/upload-file-extension"]["outcome"] == "conforms"
