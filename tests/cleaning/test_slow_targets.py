"""How long cleaning tries again to delete a dataset in which something is still under way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import RunLimits
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError, status_conflict, unknown_action

USUAL = RunLimits().settle_seconds
CHOSEN = Settings(cases=("IndexFileMeta/behavior/effect",))


class Busy:
    """A target that refuses to delete datasets for some seconds."""

    def __init__(self, seconds: float, refusal: Callable[[], ApiError]) -> None:
        self.seconds = seconds
        self.refusal = refusal
        self.asked: list[datetime] = []
        self.emulator: Emulator | None = None

    def refuse(self, call: Call, emulator: Emulator) -> Answer | None:
        """Refuse as long as the time since the first deletion is not over."""
        if call.action != "DeleteDataset":
            return None
        self.asked.append(emulator.clock.now())
        return emulator.refuse(call, self.refusal()) if self.spent < self.seconds else None

    @property
    def spent(self) -> float:
        """The seconds between the first deletion and the last."""
        return (self.asked[-1] - self.asked[0]).total_seconds()

    def judged(self, index: float) -> Any:
        """Run a case at the target, which takes so many seconds to index a file; return its projects."""

        def slow(emulator: Emulator) -> None:
            self.emulator = emulator
            emulator.timings = replace(emulator.timings, index=index)

        judge_emulator([PlantedFault("busy", "", "", before=self.refuse)], settings=CHOSEN, prepare=slow)
        assert self.emulator is not None
        return self.emulator.state.projects


def _conflict() -> ApiError:
    return status_conflict("dataset", "indexed files")


def test_what_the_run_has_seen_to_be_slow_is_waited_for() -> None:
    """Where files take longer than usual, so may what keeps a dataset: it is deleted when that is over."""
    projects = Busy(2 * USUAL, _conflict).judged(index=1.4 * USUAL)

    assert not [name for name in projects if name.startswith("conformance-")]


@pytest.mark.parametrize(("refusal", "most"), [(_conflict, USUAL + 5), (lambda: unknown_action("DeleteDataset"), 1.0)])
def test_a_target_that_never_deletes_costs_little(refusal: Callable[[], ApiError], most: float) -> None:
    """A quick target is asked no longer than usual, and one that knows no deletion once."""
    target = Busy(1e9, refusal)

    target.judged(index=0.1)

    assert target.spent < most
