"""What a run leaves of a dataset that it was given, where it can create none of its own."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.selftest.faults._files import handing_over
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Fixtures
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, unknown_action

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

    @property
    def bindings(self) -> set[str]:
        """What is bound to the dataset."""
        assert self.emulator is not None
        return set(self.emulator.state.projects["given"].datasets["given"].bindings)


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
    assert target.bindings == {"oss://real-bucket"}
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


class Keeping(Target):
    """One that refuses to remove anything, with a `denial` or as what it does not know."""

    REMOVING = ("DeleteBinding", "DeleteFileMeta", "BatchDeleteFileMeta")

    def __init__(self, removing: Sequence[str] = REMOVING, denial: ApiError | None = None) -> None:
        super().__init__()
        self.removing = removing
        self.denial = denial

    def refuse(self, call: Call, emulator: Emulator) -> Any:
        """Remove nothing."""
        if call.action in self.removing:
            return emulator.refuse(call, self.denial or unknown_action(call.action))
        return super().refuse(call, emulator)

    def judged(self, *select: str, **settings: Any) -> dict[str, dict[str, Any]]:
        """Return the requirements of a run, by id."""
        server = PlantedFault("keeping", "", "", before=self.refuse)
        chosen = Settings(select=select, **{"tier": "create-and-clean"} | settings)
        report = judge_emulator([server], prepare=self.prepare, fixtures=FIXTURES, settings=chosen)
        return {entry["id"]: entry for entry in report["requirements"]}


class Unbound(Keeping):
    """One to whose dataset no bucket is bound."""

    def prepare(self, emulator: Emulator) -> None:
        """Unbind the bucket of the dataset."""
        super().prepare(emulator)
        unbinding = PLACE | {"URI": "oss://real-bucket"}
        emulator.operate(Call("imm", "DeleteBinding", "2020-09-30", "POST", unbinding, {}, {}))


@pytest.mark.parametrize("denial", [None, ApiError(403, "Forbidden.RAM", "No.")], ids=["unknown", "forbidden"])
def test_nothing_is_put_where_it_could_not_be_removed(denial: ApiError | None) -> None:
    """Where a target removes neither bindings nor index entries, a run makes none in a dataset that it was given."""
    target = Unbound(denial=denial)

    found = target.judged("CreateBinding/*", "IndexFileMeta/*", "BatchIndexFileMeta/*", "Gateway/*")

    assert target.bound == set()
    assert set(target.files) == set(URIS)
    for operation, removal in (("CreateBinding", "DeleteBinding"), ("BatchIndexFileMeta", "DeleteFileMeta")):
        entry = found[f"{operation}/request/DatasetName/required/refuses"]
        assert entry["outcome"] == "blocked"
        assert f"the given dataset could not be removed again: {removal} was refused" in entry["reason"]
        assert "--tier full" in entry["reason"]


def test_what_takes_any_operation_does_without_those() -> None:
    """What holds for all operations is judged by those that put nothing there."""
    found = Unbound().judged("Gateway/*")

    assert found["Gateway/behavior/unknown-version"]["outcome"] == "conforms"
    assert found["Gateway/behavior/unknown-dataset"]["outcome"] == "conforms"


def test_a_bucket_that_is_bound_already_may_be_bound() -> None:
    """To ask once more for a binding that was there before puts nothing there, and shows what is refused."""
    target = Keeping()

    found = target.judged("CreateBinding/request/*")

    assert target.bindings == {"oss://real-bucket"}
    assert "oss://real-bucket" in target.bound
    assert found["CreateBinding/request/DatasetName/required/refuses"]["outcome"] == "conforms"


def test_one_operation_that_removes_entries_is_enough() -> None:
    """A target that deletes index entries one by one is judged by indexing, and has none left."""
    target = Unbound(("DeleteBinding", "BatchDeleteFileMeta"))

    found = target.judged("IndexFileMeta/request/*")

    assert found["IndexFileMeta/request/DatasetName/required/refuses"]["outcome"] == "conforms"
    assert set(target.files) == set(URIS)


def test_what_may_stay_is_made() -> None:
    """In the tier 'full', that of emulators, index operations are judged whose entries stay."""
    target = Unbound()

    found = target.judged("IndexFileMeta/request/File/URI/*", tier="full")

    assert found["IndexFileMeta/request/File/URI/required/refuses"]["outcome"] == "conforms"
    assert set(target.files) > set(URIS)
