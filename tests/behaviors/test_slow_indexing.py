"""A target that takes its time to index: no document says how long it may take."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Fixtures, RunLimits
from conformance.world import SLOW
from emulator import Answer, Call, Emulator
from tests.behaviors.judging import by_id

CASES = ("BatchIndexFileMeta/behavior/effect", "IndexFileMeta/behavior/effect", "BatchGetFileMeta/behavior/idempotent")


def judged(times: float) -> dict[str, Any]:
    """Return the entries of the cases at a server whose indexing takes so many times `settle_seconds`."""

    def slow(emulator: Emulator) -> None:
        emulator.timings = replace(emulator.timings, index=times * RunLimits().settle_seconds)

    report = judge_emulator(settings=Settings(cases=CASES), prepare=slow)
    return by_id(report)


@pytest.mark.parametrize("times", [0.9, 1.2, SLOW - 0.2])
def test_slow_indexing_breaks_nothing(times: float) -> None:
    """What takes longer than is waited at first is waited for once more, and everything later as long."""
    assert {judged(times)[case]["outcome"] for case in CASES} == {"conforms"}


def test_messages_that_may_come_later_break_nothing() -> None:
    """Where no file is ever found, that no message comes of it is in doubt too."""

    def slow(emulator: Emulator) -> None:
        emulator.timings = replace(emulator.timings, index=1e6)

    found = by_id(judge_emulator(settings=Settings(select=("*IndexFileMeta/behavior/*",)), prepare=slow))

    assert found["IndexFileMeta/behavior/message-published"]["outcome"] == "inconclusive"
    assert [name for name, entry in found.items() if entry["outcome"] == "violates"] == []


def test_what_does_not_become_visible_is_in_doubt() -> None:
    """A server that shows nothing in all this time may be slower still, and the reason says what to raise."""
    entry = judged(SLOW + 6)["BatchIndexFileMeta/behavior/effect"]

    assert entry["outcome"] == "inconclusive"
    assert "[limits] settle_seconds" in entry["reason"]


def shown_early(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    """Show what is being indexed as such, without anything that is yet to come."""
    if call.action == "BatchGetFileMeta" and answer.status == 200:
        under_way = {item.uri for job in emulator.state.index_jobs for item in job.items}
        asked = set(json.loads(call.params.get("URIs", "[]")))
        files: Any = answer.payload["Files"]
        kept = [file for file in files if file.get("URI") not in under_way]
        pending = {"ObjectType": "file", "ObjectStatus": "Indexing", "UpdateTime": "2024-02-29T08:00:00+08:00"}
        answer.payload["Files"] = kept + [{"URI": uri, **pending} for uri in sorted(asked & under_way)]
    return answer


@pytest.mark.parametrize("case", ["BatchIndexFileMeta/behavior/reindex", "IndexFileMeta/behavior/same-as-batch"])
def test_a_file_that_is_being_indexed_is_waited_for(case: str) -> None:
    """No source excludes a status before 'Indexed': what is shown until then is not what is stored."""
    server = PlantedFault("early", "", "", after=shown_early)

    def slow(emulator: Emulator) -> None:
        emulator.timings = replace(emulator.timings, index=3.0)

    report = judge_emulator([server], settings=Settings(cases=(case,)), prepare=slow, fixtures=Fixtures())

    assert next(entry["outcome"] for entry in report["requirements"] if entry["id"] == case) == "conforms"
