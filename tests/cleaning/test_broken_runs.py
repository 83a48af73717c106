"""What a run leaves behind when it is broken off, and what cleaning makes of it."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cleaning import clean
from conformance.driving import drive
from conformance.exchange import Call, Exchange
from conformance.journal import Journal, JournalError, read_journal
from conformance.kit import Kit
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator
from emulator import Answer, Emulator, OffsetClock
from emulator.errors import status_conflict
from openapi import Contract, load_contract

SELECTED = ("IndexFileMeta/request/File/*", "CreateBinding/request/URI/*", "BatchGetFileMeta/request/*")


class Killed(BaseException):
    """The process is gone."""


class Fragile:
    """A connection that dies at the nth request, before or after it is sent."""

    def __init__(self, inner: Connection, deadline: int, *, after: bool) -> None:
        self.inner = inner
        self.left = deadline
        self.after = after

    def send(self, call: Call) -> Exchange:
        """Send the call, or die."""
        self.left -= 1
        if self.left <= 0 and not self.after:
            raise Killed
        exchange = self.inner.send(call)
        if self.left <= 0:
            raise Killed
        return exchange


def _break_off(path: Path, deadline: int, *, after: bool) -> tuple[Emulator, OffsetClock]:
    emulator, clock = embedded_emulator()
    _add_foreign(emulator)

    def connector(target: Target, contract: Contract) -> Connection:
        real = connect_emulator(target, contract, emulator, clock)
        fragile = Fragile(real, deadline, after=after)
        return _Socketlike(real, fragile.send)

    kit = Kit(Settings(select=SELECTED, journal=path), connector)
    with pytest.raises(Killed):
        _run_all(kit)
    kit.journal.close(keep=True)
    return emulator, clock


def _run_all(kit: Kit) -> None:
    for case in kit.plan.cases:
        kit.run(case)


class _Socketlike(Connection):
    """A connection whose journal is kept on disk, as that of a socket is."""

    def __init__(self, real: Connection, send: Callable[[Call], Exchange]) -> None:
        super().__init__(real.client, real.sleep, False, real.stop, real.open_channels)
        self._send = send

    def send(self, call: Call) -> Exchange:
        return self._send(call)


def _client(emulator: Emulator, clock: OffsetClock) -> Connection:
    return connect_emulator(Target("test"), load_contract(), emulator, clock)


def _add_foreign(emulator: Emulator) -> None:
    """Make resources of somebody else with names like those of a run."""
    connection = _client(emulator, OffsetClock())
    place = {"ProjectName": "conformance-00000000", "DatasetName": "conformance-00000000"}
    for call in (
        Call("CreateProject", {"ProjectName": "conformance-00000000"}),
        Call("CreateDataset", place),
        Call("IndexFileMeta", {**place, "File": {"URI": "oss://conformance-00000000/a.jpg"}}),
        Call("CreateBinding", {**place, "URI": "oss://conformance-00000000"}),
    ):
        assert connection.send(call).accepted


def _foreign_is_whole(emulator: Emulator) -> bool:
    project = emulator.state.projects["conformance-00000000"]
    dataset = project.datasets["conformance-00000000"]
    return len(emulator.state.projects) == 1 and len(dataset.bindings) == 1 and len(project.datasets) == 1


def _clean(journal: Journal, emulator: Emulator, clock: OffsetClock) -> list[str]:
    return drive(clean(journal), _client(emulator, clock).send, clock.advance)


@pytest.mark.parametrize("number", range(20))
def test_clean_removes_all_of_a_broken_run_and_nothing_else(tmp_path: Path, number: int) -> None:
    """After a run that ended at a random request, only what somebody else made is left."""
    draw = random.Random(number)
    path = tmp_path / "journal.jsonl"
    emulator, clock = _break_off(path, draw.randint(6, 60), after=draw.random() < 0.5)

    _clean(read_journal(path), emulator, clock)

    assert _foreign_is_whole(emulator)


def test_what_somebody_else_made_under_a_journalled_name_stays(tmp_path: Path) -> None:
    """A project that was journalled, not created, and then made by somebody else is not deleted."""
    emulator, clock = embedded_emulator()
    journal = Journal("", "abcd1234", "mark-of-the-run", tmp_path / "journal.jsonl")
    journal.before(Call("CreateProject", {"ProjectName": "conformance-abcd1234"}))
    journal.close(keep=True)
    connection = _client(emulator, clock)
    connection.send(Call("CreateProject", {"ProjectName": "conformance-abcd1234"}))

    _clean(read_journal(tmp_path / "journal.jsonl"), emulator, clock)

    assert "conformance-abcd1234" in emulator.state.projects


def test_what_was_refused_is_not_deleted(tmp_path: Path) -> None:
    """A dataset that was there already, so that creating it was refused, is not deleted."""
    emulator, clock = embedded_emulator()
    connection = _client(emulator, clock)
    place = {"ProjectName": "theirs", "DatasetName": "theirs"}
    connection.send(Call("CreateProject", {"ProjectName": "theirs"}))
    connection.send(Call("CreateDataset", place))
    journal = Journal("", "abcd1234", "mark-of-the-run", tmp_path / "journal.jsonl")
    journal.before(Call("CreateDataset", place))
    journal.after(connection.send(Call("CreateDataset", place)))
    journal.close(keep=True)

    _clean(read_journal(tmp_path / "journal.jsonl"), emulator, clock)

    assert "theirs" in emulator.state.projects["theirs"].datasets


def test_what_is_removed_already_is_not_removed_again(tmp_path: Path) -> None:
    """A dataset that a case has deleted is not asked for again, nor is what was in it; the project is deleted."""
    place = {"ProjectName": "p-abcd1234", "DatasetName": "d-abcd1234"}
    binding = {**place, "URI": "oss://bucket"}
    emulator, clock = embedded_emulator()
    connection, sent = _client(emulator, clock), list[str]()
    journal = Journal("", "abcd1234", "mark", tmp_path / "journal.jsonl")
    for call in (
        Call("CreateProject", {"ProjectName": "p-abcd1234"}),
        Call("CreateDataset", place),
        Call("CreateBinding", binding),
        Call("IndexFileMeta", {**place, "File": {"URI": "oss://bucket/a.jpg"}}),
        Call("BatchDeleteFileMeta", {**place, "URIs": ["oss://bucket/a.jpg"]}),
        Call("DeleteBinding", binding),
        Call("DeleteDataset", place),
    ):
        journal.before(call)
        journal.after(connection.send(call))
    journal.close(keep=True)

    def send(call: Call) -> Exchange:
        sent.append(call.operation)
        return connection.send(call)

    drive(clean(read_journal(tmp_path / "journal.jsonl")), send, clock.advance)

    assert sent == ["DeleteProject"]


def test_what_was_made_anew_is_removed(tmp_path: Path) -> None:
    """A dataset that was deleted and made again is deleted once more."""
    place = {"ProjectName": "p-abcd1234", "DatasetName": "d-abcd1234"}
    emulator, clock = embedded_emulator()
    connection = _client(emulator, clock)
    journal = Journal("", "abcd1234", "mark", tmp_path / "journal.jsonl")
    for operation in ("CreateDataset", "DeleteDataset", "CreateDataset"):
        connection.send(Call("CreateProject", {"ProjectName": "p-abcd1234"}))
        journal.before(Call(operation, place))
        journal.after(connection.send(Call(operation, place)))
    journal.close(keep=True)

    _clean(read_journal(tmp_path / "journal.jsonl"), emulator, clock)

    assert not emulator.state.projects["p-abcd1234"].datasets


def test_a_journal_that_names_what_is_not_the_runs_own_removes_nothing(tmp_path: Path) -> None:
    """What carries neither the token nor the mark of the run stays, whatever its journal says became of it."""
    place = {"ProjectName": "theirs", "DatasetName": "theirs"}
    emulator, clock = embedded_emulator()
    connection = _client(emulator, clock)
    journal = Journal("", "abcd1234", "mark-of-the-run", tmp_path / "journal.jsonl")
    for operation, names in (("CreateProject", {"ProjectName": "theirs"}), ("CreateDataset", place)):
        journal.before(Call(operation, names))
        journal.after(connection.send(Call(operation, names)))
    journal.close(keep=True)

    _clean(read_journal(tmp_path / "journal.jsonl"), emulator, clock)

    assert "theirs" in emulator.state.projects["theirs"].datasets


def test_requests_to_remove_what_is_made_are_kept_back() -> None:
    """Each thing costs one to remove, two while nobody knows whether it is there, and none once it is removed."""
    emulator, clock = embedded_emulator()
    connection = _client(emulator, clock)
    journal = Journal("", "abcd1234", "mark")
    made, spare = Call("CreateProject", {"ProjectName": "p"}), 4
    kept = [journal.cost(), journal.cost(made)]
    for call in (made, Call("DeleteProject", {"ProjectName": "p"})):
        journal.before(call)
        kept.append(journal.cost())
        journal.after(connection.send(call))
        kept.append(journal.cost())

    assert kept == [0, 2 + spare, 2 + spare, 1 + spare, 1 + spare, 0]


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    """A journal whose last line was cut by a crash can be read."""
    path = tmp_path / "journal.jsonl"
    journal = Journal("", "abcd1234", "mark", path)
    journal.before(Call("CreateProject", {"ProjectName": "p"}))
    journal.close(keep=True)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"entry": 1, "operat')

    entries = read_journal(path).entries

    assert [e.operation for e in entries] == ["CreateProject"]


def test_a_damaged_line_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A line in the middle that cannot be read is named with its number."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"journal": 1, "target": "", "token": "t", "mark": "m"}\nnonsense\n{}\n', encoding="utf-8")

    with pytest.raises(JournalError, match="line 2 is damaged"):
        read_journal(path)


@pytest.mark.parametrize("text", ["hello\n", "[" * 100_000])
def test_another_file_is_not_taken_for_a_journal(tmp_path: Path, text: str) -> None:
    """A file that is no journal is refused in one sentence."""
    path = tmp_path / "other.txt"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(JournalError, match="is not a journal"):
        read_journal(path)


def test_a_project_that_still_knows_its_dataset_is_deleted_later() -> None:
    """A deletion that is refused with StatusConflict is tried again while there is time."""
    late = [status_conflict("project", "a dataset")]

    def before(call: Any, emulator: Emulator) -> Answer | None:
        return emulator.refuse(call, late.pop()) if call.action == "DeleteProject" and late else None

    emulator, clock = embedded_emulator(faults=(PlantedFault("late", "", "", before=before),))
    journal = Journal("", "00000000", "mark")
    made = Call("CreateProject", {"ProjectName": "conformance-00000000"})
    journal.before(made)
    journal.after(_client(emulator, clock).send(made))

    assert _clean(journal, emulator, clock) == []
    assert (late, emulator.state.projects) == ([], {})
