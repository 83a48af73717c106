"""How long a target may be busy with what a run gave it to index, and that it is waited for so long."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from conformance.backlog import MOST_SECONDS, Backlog
from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings

PLACE = {"ProjectName": "p", "DatasetName": "d"}
Names = Sequence[str]


@dataclass
class Target:
    """A target on a clock of its own: what it is asked to index, and which files it shows."""

    seconds: float = 0.0
    backlog: Backlog = field(init=False)

    def __post_init__(self) -> None:
        self.backlog = Backlog(lambda: self.seconds)

    def index(self, names: Names, dataset: str = "d") -> None:
        """Let the target take files."""
        files = [{"URI": f"oss://b/{name}"} for name in names]
        self._answer(Call("BatchIndexFileMeta", {**PLACE, "DatasetName": dataset, "Files": files}), {"EventId": "1"})

    def show(self, names: Names, after: float) -> None:
        """Let the target find files, so many seconds later."""
        self.seconds += after
        self._answer(Call("BatchGetFileMeta", PLACE), {"Files": [{"URI": f"oss://b/{name}"} for name in names]})

    def _answer(self, call: Call, value: dict[str, object]) -> None:
        self.backlog.saw(Exchange(call, Sent("POST", "http://imm.test/", ()), Answer(200, {}, b"{}", value)))


@pytest.fixture
def target() -> Target:
    """Return a target that took a second for five files."""
    target = Target()
    target.index("abcde")
    target.show("abcde", after=1.0)
    return target


def many(count: int) -> list[str]:
    """Return names of files that nobody asked for before."""
    return [f"many-{number}" for number in range(count)]


def test_of_a_target_that_showed_nothing_nothing_is_known() -> None:
    """As long as no file appeared, nobody knows how long one takes."""
    target = Target()

    target.index(many(100))

    assert target.backlog.left == 0
    assert not target.backlog.is_short(1e9)


def test_files_may_be_taken_one_after_the_other(target: Target) -> None:
    """What was asked for takes as long as its files together, less what has passed since."""
    target.index(many(50))
    target.seconds += 3

    assert target.backlog.left == pytest.approx(7)


def test_what_is_behind_by_hours_is_not_waited_for(target: Target) -> None:
    """A target that may be busy for long makes no wait endless."""
    target.index(many(5000))

    assert target.backlog.left == MOST_SECONDS


def test_a_file_that_appears_was_the_last_of_its_turn(target: Target) -> None:
    """Where a file appears, none that was asked for before it is left."""
    target.index(many(50))
    target.index("z")
    target.show("z", after=1.0)

    assert target.backlog.left == 0


def test_files_behind_one_that_appears_are_left(target: Target) -> None:
    """Where a file appears, those that were asked for behind it may take their time yet."""
    target.index("z")
    target.index(many(50))
    target.show("z", after=0.2)

    assert target.backlog.left == pytest.approx(10)


def test_files_that_appear_together_tell_how_long_each_takes(target: Target) -> None:
    """Many that take no longer than few were not taken one after the other."""
    target.index(many(100))
    target.show(many(100), after=1.0)
    target.index("yz")

    assert target.backlog.left == pytest.approx(0.02)
    assert target.backlog.is_short(10)


def test_a_file_that_was_there_tells_nothing(target: Target) -> None:
    """One that is indexed again is there at once, whatever the target is busy with."""
    target.index(many(50))
    target.index("a")
    target.show("a", after=1.0)

    assert target.backlog.left == pytest.approx(9.2)


def test_a_file_of_another_dataset_tells_nothing(target: Target) -> None:
    """What is found under the same URI elsewhere is another file."""
    target.index(many(50), dataset="other")
    target.show(many(50), after=1.0)

    assert target.backlog.left == pytest.approx(9)


@pytest.mark.parametrize("budget", [300, 1200])
def test_a_target_that_indexes_one_file_after_the_other(budget: int) -> None:
    """However many files a run asks for before, a file whose turn has not come is not missing."""
    report = judge_emulator(settings=Settings(max_requests=budget), variations=("one-at-a-time",))

    outcomes = {r["id"]: r["outcome"] for r in report["requirements"]}
    assert "violates" not in outcomes.values()
    assert outcomes["IndexFileMeta/behavior/effect"] == "conforms"
