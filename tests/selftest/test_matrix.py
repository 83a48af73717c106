"""The matrix: what it counts, what it complains of, and that nothing ends it."""

import json
from pathlib import Path
from typing import Any

import pytest

import reports.sensitivity
from conformance.selftest import trial
from conformance.selftest.deviations import _SAMPLES
from conformance.selftest.explained import SURVIVORS
from conformance.selftest.lawful import VariationResult, lawful_trials
from conformance.selftest.matrix import complaints, summarize
from conformance.selftest.page import render_page
from conformance.selftest.planting import PlantedFault
from conformance.selftest.publishing import published
from conformance.selftest.replaying import recording
from conformance.selftest.trial import FaultResult, fault_ids, find_fault, known_faults, try_fault
from emulator import Answer, Call, Emulator
from emulator.variations import VARIATIONS
from openapi import load_contract

MUST = "GetTask/response/Status/enum"
OTHER = "GetTask/response/Progress/maximum"
CAUGHT = FaultResult("a", MUST, "MUST", 3, (MUST,), ("case",), 7)
COLLATERAL = FaultResult("b", MUST, "MUST", 3, (OTHER,))
SURVIVED = FaultResult("c", OTHER, "MUST", 3)
BROKEN = FaultResult("d", OTHER, error="ValueError: x")
SILENT = VariationResult(("gzip",), 0, "process", "conforms")
BEHAVIOR = "GetTask/behavior/no-null"
ALONE = FaultResult("e", BEHAVIOR, "SHOULD", 3, (BEHAVIOR,))
SHARED = FaultResult("f", BEHAVIOR, "SHOULD", 3, (BEHAVIOR, MUST))
ALARMED = VariationResult(("gzip",), 0, "process", "violates", ("GetTask/x: expected a; observed b",))


def test_every_must_has_a_fault() -> None:
    """No MUST of the ledger is without a fault that is planted against it."""
    planted = {fault.requirement for fault in known_faults().values()}

    assert [r.id for r in load_contract().ledger.values() if r.must and r.id not in planted] == []


def test_a_row_tells_how_many_faults_were_caught_and_by_what() -> None:
    """The row of a requirement has the faults planted and caught, the check, and the requests it took."""
    matrix = summarize([CAUGHT, COLLATERAL, SILENT])

    (row,) = matrix["requirements"]
    assert (row["planted"], row["caught"], row["checks"], row["after"]) == (2, 1, ["case"], 7)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([CAUGHT, SILENT], []),
        ([SURVIVED], ["1 faults survived without an explanation"]),
        ([CAUGHT, COLLATERAL], ["1 faults were reported only under another requirement, 0 may be"]),
        ([BROKEN], ["1 trials of faults broke off"]),
        ([ALARMED], ["1 lawful servers were not found to conform"]),
        ([ALONE, SHARED], []),
        ([SHARED], [f"1 behaviours are broken by no fault alone, such as {BEHAVIOR}"]),
    ],
)
def test_what_is_not_as_it_should_be_is_said(results: list[Any], said: list[str]) -> None:
    """Survivors, collateral, broken trials, alarms and shared behaviours each give a sentence; nothing else does."""
    assert complaints(summarize(results)) == said


def test_an_error_in_a_trial_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial that raises is a row of the matrix and ends nothing."""

    def fail(fault: PlantedFault) -> FaultResult:
        raise ValueError("no way")

    monkeypatch.setattr(trial, "rejudge", fail)

    assert try_fault(f"{MUST}:value outside").error == "ValueError: no way"


def test_the_recorded_run_and_a_run_of_its_own_agree() -> None:
    """A fault of answers is caught in the recorded run as in a run against an emulator that has it."""
    name = "GetTask/response/Status/enum:value outside"

    again, live = try_fault(name), trial.judge_live(find_fault(name))

    assert again.fate == live.fate == "caught"


def test_a_clean_recording_shows_nothing() -> None:
    """Flows that are driven again over unchanged answers ask for the same and find no broken MUST."""
    kept = recording()

    behaviors = {case.id for case in kept.cases if "/behavior/" in case.id and not case.channel}
    assert behaviors <= kept.replayable


def test_a_fault_without_effect_has_no_occasion() -> None:
    """A fault that changes no answer is not counted as planted."""

    def same(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        return answer

    result = trial.rejudge(PlantedFault("idle", MUST, "nothing", after=same, answers_only=True))

    assert result.fate == "without occasion"


def test_each_variation_is_tried_alone_and_with_each_other() -> None:
    """The trials hold each variation alone; a thorough matrix has three seeds, and a socket."""
    alone = {t.variations[0] for t in lawful_trials() if len(t.variations) == 1}
    thorough = lawful_trials(thorough=True)

    assert alone == set(VARIATIONS)
    assert len(VARIATIONS) >= 40
    assert {(t.seed, t.on_socket) for t in thorough} == {(0, False), (1, False), (2, False), (0, True)}


def test_the_page_shows_what_survived() -> None:
    """The page names survivors, with what is in their names escaped, and loads nothing."""
    page = render_page(summarize([FaultResult("<c>", OTHER, "MUST", 3), ALARMED]))

    assert "&lt;c&gt;" in page
    assert "http" not in page


def test_published_figures_fit_the_matrix() -> None:
    """What reports carry are the figures of the matrix by requirement, with the digest of the contract."""
    figures = published(summarize([CAUGHT, COLLATERAL, SILENT]))

    assert json.loads(json.dumps(figures["requirements"])) == {MUST: [2, 1]}
    assert figures["contract"] == load_contract().digest


def test_explained_survivors_are_faults_and_are_documented() -> None:
    """Each explained survivor is a fault, and the page on sensitivity gives its reason."""
    page = Path("docs/sensitivity.md").read_text(encoding="utf-8")

    assert set(SURVIVORS) <= set(fault_ids())
    assert all(name in page and reason in page for name, reason in SURVIVORS.items())


def test_each_pattern_of_an_answer_has_a_sample() -> None:
    """The texts from which fitting ends are chosen match each pattern that an answer has."""
    import re

    patterns = [
        r.value for r in load_contract().ledger.values() if r.keyword == "pattern" and r.side in ("response", "error")
    ]

    assert [p for p in patterns if not any(re.search(p, text) for text in _SAMPLES)] == []


SHIPPED = json.loads((Path(reports.sensitivity.__file__).parent / "sensitivity.json").read_text(encoding="utf-8"))


def test_shipped_figures_are_of_this_contract() -> None:
    """What reports carry was measured with the documents as they are."""
    assert SHIPPED["contract"] == load_contract().digest


def test_each_must_was_seen_to_fail() -> None:
    """Of each MUST at least one fault was caught under it, as the shipped figures say."""
    musts = [r.id for r in load_contract().ledger.values() if r.must]

    assert [name for name in musts if not SHIPPED["requirements"].get(name, [0, 0])[1]] == []
