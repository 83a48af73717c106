"""Files that a target was given to index and that have not appeared: they are looked for before one is given up."""

from collections.abc import Sequence

import pytest

from conformance.backlog import Backlog
from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from emulator import Answer as Told
from emulator import Call as Asked
from emulator import Emulator

PLACE = {"ProjectName": "p", "DatasetName": "d"}
EFFECT = "IndexFileMeta/behavior/effect"


def answered(operation: str, value: dict[str, object], **params: object) -> Exchange:
    """Return an accepted call."""
    call = Call(operation, {**PLACE, **params})
    return Exchange(call, Sent("POST", "http://imm.test/", ()), Answer(200, {}, b"{}", value))


def index(backlog: Backlog, names: Sequence[str], dataset: str = "d") -> None:
    """Let the target take files."""
    files = [{"URI": f"oss://b/{name}"} for name in names]
    backlog.saw(answered("BatchIndexFileMeta", {}, DatasetName=dataset, Files=files))


def show(backlog: Backlog, names: Sequence[str]) -> None:
    """Let the target find files."""
    backlog.saw(answered("BatchGetFileMeta", {"Files": [{"URI": f"oss://b/{name}"} for name in names]}))


def test_what_has_not_appeared_is_looked_for() -> None:
    """Each file that was asked for is in one of the looks until it appears."""
    backlog = Backlog()
    index(backlog, "abc")
    show(backlog, "b")

    assert [call.params for call in backlog.looks()] == [{**PLACE, "URIs": ["oss://b/a", "oss://b/c"]}]
    assert backlog.missing == 2


def test_it_is_in_vain_once_files_are_lost_and_none_came() -> None:
    """Where no object was ever seen, none is waited for once the first are taken for lost."""
    backlog = Backlog(no_progress=7)
    index(backlog, "ab")
    assert (backlog.in_vain, backlog.longest_idle) == (False, 7)
    backlog.give_up()
    assert (backlog.in_vain, backlog.longest_idle) == (True, 0)


def test_one_object_that_comes_restores_hope() -> None:
    """A target that has shown one object is waited for."""
    backlog = Backlog(no_progress=7)
    index(backlog, "a")
    backlog.give_up()
    index(backlog, "bc")
    show(backlog, "b")

    assert not backlog.in_vain


def test_datasets_are_looked_at_apart() -> None:
    """What is found under the same URI in another dataset is another file."""
    backlog = Backlog()
    index(backlog, "a", dataset="other")
    show(backlog, "a")

    assert [call.params["DatasetName"] for call in backlog.looks()] == ["other"]


@pytest.mark.parametrize(
    "removal",
    [
        answered("DeleteFileMeta", {}, URI="oss://b/a"),
        answered("BatchDeleteFileMeta", {}, URIs=["oss://b/a", "oss://b/z"]),
        answered("DeleteDataset", {}),
    ],
    ids=lambda exchange: exchange.call.operation,
)
def test_what_was_removed_is_not_looked_for(removal: Exchange) -> None:
    """A file that the run has removed need not appear."""
    backlog = Backlog()
    index(backlog, "a")
    backlog.saw(removal)

    assert backlog.looks() == []


def test_the_first_files_tell_how_long_one_takes() -> None:
    """As long as some of them have not appeared nothing is known; then the others may take as long each."""
    backlog = Backlog(no_progress=10)
    index(backlog, "abcde")
    backlog.waited += 1
    show(backlog, "abcd")
    before = backlog.each
    show(backlog, "e")
    index(backlog, [str(number) for number in range(50)])

    assert before is None
    assert backlog.each == pytest.approx(0.2)
    assert backlog.longest_idle == pytest.approx(20)


@pytest.mark.parametrize(("seconds", "short"), [(1.0, False), (0.01, True)])
def test_whether_a_run_may_index_as_it_likes(seconds: float, *, short: bool) -> None:
    """A thousand files are soon done where five took a moment."""
    backlog = Backlog()
    index(backlog, "abcde")
    backlog.waited += seconds
    show(backlog, "abcde")

    assert backlog.is_short(10) is short


@pytest.mark.parametrize("budget", [300, 1200])
def test_a_target_that_indexes_one_file_after_the_other(budget: int) -> None:
    """However many files a run asks for before, a file whose turn has not come is not missing."""
    report = judge_emulator(settings=Settings(max_requests=budget), variations=("one-at-a-time",))

    outcomes = {r["id"]: r["outcome"] for r in report["requirements"]}
    assert "violates" not in outcomes.values()
    assert outcomes[EFFECT] == "conforms"


def lost(call: Asked, answer: Told, emulator: Emulator) -> Told:
    """Forget the files of IndexFileMeta."""
    if call.action == "IndexFileMeta":
        emulator.state.index_jobs = [job for job in emulator.state.index_jobs if job.operation != call.action]
    return answer


def test_a_file_that_is_lost_is_told() -> None:
    """Where nothing more appears, what is missing is lost, however much was asked for."""
    fault = PlantedFault("lost", EFFECT, "files are forgotten", after=lost)

    report = judge_emulator([fault], settings=Settings(max_requests=1200), variations=("one-at-a-time",))

    assert next(r["outcome"] for r in report["requirements"] if r["id"] == EFFECT) == "violates"
