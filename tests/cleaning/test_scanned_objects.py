"""What the scan of a given bucket has indexed in a dataset of a run is removed, though no call of the run named it."""

from pathlib import Path

import pytest

from conformance.cleaning import clean
from conformance.driving import drive
from conformance.exchange import Call
from conformance.journal import Journal, read_journal
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target import Target
from conformance.target.config import Fixtures
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator
from emulator import Answer, Emulator
from emulator import Call as Received
from emulator.errors import unknown_action
from openapi import load_contract

TOKEN = "5e1f7e57"
KEYS = ("a.jpg", "b/c.mp4", "片.png")
URIS = tuple(f"oss://given-bucket/{key}" for key in KEYS)
GIVEN = {"ProjectName": "given", "DatasetName": "given"}
OWN = {"ProjectName": "given", "DatasetName": f"conformance-{TOKEN}"}
BINDING = {**OWN, "URI": "oss://given-bucket"}
FIXTURES = Fixtures(project="given", dataset="given", bucket="given-bucket", indexed_uris=URIS)


def fill(emulator: Emulator) -> None:
    """Make the given project, its dataset and the objects of the given bucket."""
    for action in ("CreateProject", "CreateDataset"):
        emulator.operate(Received("imm", action, "2020-09-30", "POST", GIVEN, {}, {}))
    for key in KEYS:
        emulator.put_object("given-bucket", key)


def without_batches(call: Received, emulator: Emulator) -> Answer | None:
    """Know no operation that removes several index entries."""
    return emulator.refuse(call, unknown_action(call.action)) if call.action == "BatchDeleteFileMeta" else None


@pytest.mark.parametrize("journalled", ["created", "removed"])
def test_the_journal_names_the_objects_of_a_bucket(tmp_path: Path, journalled: str) -> None:
    """Cleaning that has nothing but the journal empties a dataset to which the bucket is, or was, bound."""
    emulator, clock = embedded_emulator()
    fill(emulator)
    connection = connect_emulator(Target("test"), load_contract(), emulator, clock)
    path = tmp_path / "journal.jsonl"
    journal = Journal("", TOKEN, "mark", path, objects=(*URIS, "oss://other-bucket/z.jpg"))
    calls = [Call("CreateDataset", OWN), Call("CreateBinding", BINDING), Call("DeleteBinding", BINDING)]
    for call in calls if journalled == "removed" else calls[:2]:
        journal.before(call)
        journal.after(connection.send(call))
        clock.advance(60)
    journal.close(keep=True)

    left = drive(clean(read_journal(path)), connection.send, clock.advance)

    assert left == []
    assert set(emulator.state.projects["given"].datasets) == {"given"}


@pytest.mark.parametrize("fault", [(), (PlantedFault("one by one", "", "", before=without_batches),)])
def test_a_run_leaves_no_dataset_to_which_it_bound_the_given_bucket(fault: tuple[PlantedFault, ...]) -> None:
    """The objects that fixtures name are removed, where a target does that in batches and where one by one."""
    emulators: list[Emulator] = []

    def prepare(emulator: Emulator) -> None:
        fill(emulator)
        emulators.append(emulator)

    chosen = Settings(select=("CreateBinding/behavior/*",))
    judge_emulator(fault, prepare=prepare, fixtures=FIXTURES, settings=chosen)

    assert set(emulators[0].state.projects["given"].datasets) == {"given"}


def test_requests_to_remove_the_objects_are_kept_back() -> None:
    """What a binding is going to scan costs a request to remove, beside the binding itself."""
    plain, knowing = Journal("", TOKEN, "mark"), Journal("", TOKEN, "mark", objects=URIS)
    binding = Call("CreateBinding", BINDING)

    assert knowing.cost(binding) == plain.cost(binding) + 1
