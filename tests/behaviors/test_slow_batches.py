"""A full batch at a target that indexes one file after the other."""

import json
from datetime import datetime
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import After, PlantedFault
from conformance.settings import Settings
from emulator import Answer, Call, Emulator

REQUIREMENT = "BatchIndexFileMeta/behavior/full-batch-effect"


def in_turn(files_per_second: float, most: int) -> After:
    """Return a hook that shows files of a full batch in their order, some each second and `most` in all."""
    begun: list[datetime] = []

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        now = emulator.clock.now()
        if call.action == "BatchIndexFileMeta" and len(json.loads(call.params["Files"])) == 100:
            begun.append(now)
        if call.action == "BatchGetFileMeta" and begun and answer.status == 200:
            done = min(most, (now - begun[-1]).total_seconds() * files_per_second)
            files: Any = answer.payload["Files"]
            answer.payload["Files"] = [f for f in files if number_of(f["URI"]) <= done]
        return answer

    return after


def number_of(uri: str) -> int:
    """Return the number of a file of the batch, 0 of any other."""
    return int(uri.rpartition("/")[2].removesuffix(".jpg")) if "/full/" in uri else 0


def judged(after: After) -> dict[str, Any]:
    """Return what the run says of the requirement."""
    fault = PlantedFault("in-turn", REQUIREMENT, "", after=after)
    report = judge_emulator([fault], settings=Settings(cases=(REQUIREMENT,)))
    return next(r for r in report["requirements"] if r["id"] == REQUIREMENT)


@pytest.mark.parametrize(
    ("files_per_second", "outcome"), [(50.0, "conforms"), (5.0, "conforms"), (1.0, "inconclusive")]
)
def test_a_slow_batch_breaks_nothing(files_per_second: float, outcome: str) -> None:
    """While files are still added, it is not held against the target that the last is not there yet."""
    found = judged(in_turn(files_per_second, 100))

    assert found["outcome"] == outcome


def test_a_batch_that_stops_is_broken() -> None:
    """Files that never come are lost."""
    found = judged(in_turn(50.0, 99))

    assert found["outcome"] == "violates"
