"""What a run leaves of a dataset that it was given, where it can create none of its own."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.selftest.faults._files import handing_over
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import unknown_action

URIS = ("oss://real-bucket/a.jpg", "oss://real-bucket/b/c.mp4", "oss://real-bucket/d.pdf")
MISSING = ("oss://real-bucket/missing/none.jpg",)
FIXTURES = Fixtures(project="given", dataset="given", bucket="real-bucket", indexed_uris=URIS, missing_uris=MISSING)
PLACE = {"ProjectName": "given", "DatasetName": "given"}


def _bare(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in file.items() if name not in ("Labels", "Addresses")} for file in files]


unheeded = handing_over(("BatchIndexFileMeta", "IndexFileMeta"), _bare)


class Target:
    """An emulator with a dataset that is somebody's, in which nobody can create another one."""

    def __init__(self) -> None:
        self.emulator: Emulator | None = None
        self.report: dict[str, Any] = {}
        self.bound: set[str] = set()
        self.unbound: set[str] = set()

    def prepare(self, emulator: Emulator) -> None:
        """Make the dataset, index labelled files in it and bind its bucket."""
        self.emulator = emulator
        files = {"Files": json.dumps([{"URI": uri, "CustomId": "mine", "CustomLabels": {"a": "b"}} for uri in URIS])}
        binding = {"URI": "oss://real-bucket"}
        emulator.put_object("test-bucket", "somebody.jpg")
        for action, params in (
            ("CreateProject", {}), ("CreateDataset", {}), ("BatchIndexFileMeta", files), ("CreateBinding", binding),
        ):  # fmt: skip
            emulator.operate(Call("imm", action, "2020-09-30", "POST", PLACE | params, {}, {}))

    def refuse(self, call: Call, emulator: Emulator) -> Any:
        """Create no projects and no datasets, and take no notice of Labels and Addresses, whatever they are."""
        if call.action == "CreateBinding" and PLACE.items() <= call.params.items():
            self.bound.add(call.params.get("URI", ""))
        if call.action == "DeleteBinding" and PLACE.items() <= call.params.items():
            self.unbound.add(call.params.get("URI", ""))
        if call.action in ("CreateProject", "CreateDataset"):
            return emulator.refuse(call, unknown_action(call.action))
        return unheeded(call, emulator)

    @property
    def files(self) -> dict[str, Any]:
        """What is indexed in the dataset, by URI."""
        assert self.emulator is not None
        return dict(self.emulator.state.projects["given"].datasets["given"].files)


@pytest.fixture(scope="module")
def target() -> Target:
    """Return a target after a whole run."""
    target = Target()
    server = PlantedFault("given", "", "", before=target.refuse)
    target.report = judge_emulator([server], prepare=target.prepare, fixtures=FIXTURES)
    return target


def test_given_files_are_as_they_were(target: Target) -> None:
    """No file of somebody else is indexed again, which would take its labels, nor removed."""
    files = [target.files[uri] for uri in URIS]

    assert all(file.metadata["CustomLabels"] == {"a": "b"} and file.metadata["CustomId"] == "mine" for file in files)
    assert all(file.create_time == file.update_time for file in files)


def test_what_is_indexed_beside_them_is_removed(target: Target) -> None:
    """Nothing is indexed there that could not be told from what is somebody else's, and removed."""
    assert set(target.files) == set(URIS)


def test_no_bucket_of_somebody_is_bound(target: Target) -> None:
    """Only the given bucket is bound, and no other was for a while: it would fill the dataset with its objects."""
    assert target.emulator is not None
    dataset = target.emulator.state.projects["given"].datasets["given"]

    assert set(dataset.bindings) == {"oss://real-bucket"}
    assert "oss://real-bucket" in target.bound
    assert "oss://test-bucket" not in target.bound


def test_messages_are_judged_there(target: Target) -> None:
    """That an object which is missing may not be indexed there takes no occasion from the other files."""
    outcomes = {entry["id"]: entry["outcome"] for entry in target.report["requirements"]}

    assert outcomes["IndexFileMeta/behavior/message-user-data"] == "conforms"
    assert outcomes["BatchIndexFileMeta/behavior/message-published"] == "conforms"


class Obliging(Target):
    """One that answers the creation of a binding that is there already with success."""

    def oblige(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        """Show the binding in the place of the refusal."""
        if call.action != "CreateBinding" or answer.payload.get("Code") != "ResourceAlreadyExists":
            return answer
        return emulator.operate(replace(call, action="GetBinding"))


def test_a_binding_that_was_there_before_is_not_removed() -> None:
    """A target that calls the creation of the given binding a success does not make it the run's own."""
    target = Obliging()
    server = PlantedFault("obliging", "", "", before=target.refuse, after=target.oblige)

    judge_emulator([server], prepare=target.prepare, fixtures=FIXTURES)

    assert "oss://real-bucket" in target.bound
    assert "oss://real-bucket" not in target.unbound
