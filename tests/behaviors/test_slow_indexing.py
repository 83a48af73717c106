"""A target that takes its time to index: no document says how long it may take."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.provisioning.files import SLOW
from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from conformance.target.config import RunLimits
from emulator import Emulator

CASES = ("BatchIndexFileMeta/behavior/effect", "IndexFileMeta/behavior/effect", "BatchGetFileMeta/behavior/idempotent")


def judged(times: float) -> dict[str, Any]:
    """Return the entries of the cases at a server whose indexing takes so many times `settle_seconds`."""

    def slow(emulator: Emulator) -> None:
        emulator.timings = replace(emulator.timings, index=times * RunLimits().settle_seconds)

    report = judge_emulator(settings=Settings(cases=CASES), prepare=slow)
    return {entry["id"]: entry for entry in report["requirements"]}


@pytest.mark.parametrize("times", [0.9, 1.2, SLOW - 0.2])
def test_slow_indexing_breaks_nothing(times: float) -> None:
    """What takes longer than is waited at first is waited for once more, and everything later as long."""
    assert {judged(times)[case]["outcome"] for case in CASES} == {"conforms"}


def test_what_does_not_become_visible_is_in_doubt() -> None:
    """A server that shows nothing in all this time may be slower still, and the reason says what to raise."""
    entry = judged(SLOW + 6)["BatchIndexFileMeta/behavior/effect"]

    assert entry["outcome"] == "inconclusive"
    assert "[limits] settle_seconds" in entry["reason"]
