"""What a requirement came to, what a run came to, and the exit code."""

from collections import Counter
from typing import Any

import pytest

from openapi import Contract, Requirement
from reports.tally import Tally
from reports.verdict import ALREADY_THERE, UNTOUCHED, exit_code, outcome_of, verdict_of

ANSWERED = {"GetTask": "accepted"}


@pytest.fixture
def requirement(contract: Contract) -> Requirement:
    """Return any requirement of the contract."""
    return next(iter(contract.ledger.values()))


def entry(outcome: str, level: str = "MUST", reason: str = "", name: str = "GetTask/x") -> dict[str, Any]:
    """Return a requirement as the report has it."""
    return {"id": name, "level": level, "outcome": outcome, "reason": reason}


GOOD = entry("conforms", name="GetTask/good")


def test_violation_counts_before_all_else(requirement: Requirement) -> None:
    """What was broken once is broken, whatever else was seen."""
    name = requirement.id
    tally = Tally(Counter({name: 3}), Counter({name: 1}), inconclusive={name: "slow"}, blocked={name: "no key"})

    assert outcome_of(requirement, tally) == ("violates", "")


def test_doubt_counts_before_occasions(requirement: Requirement) -> None:
    """What could not be judged once does not conform."""
    tally = Tally(Counter({requirement.id: 3}), inconclusive={requirement.id: "slow"}, blocked={requirement.id: "no"})

    assert outcome_of(requirement, tally) == ("inconclusive", "slow")


def test_occasion_counts_before_block(requirement: Requirement) -> None:
    """What one case could judge conforms, even if another case was blocked."""
    tally = Tally(Counter({requirement.id: 1}), blocked={requirement.id: "no key"})

    assert outcome_of(requirement, tally) == ("conforms", "")


def test_blocked_says_why(requirement: Requirement) -> None:
    """A blocked requirement has the reason of its first block."""
    tally = Tally(blocked={requirement.id: "no key"})

    assert outcome_of(requirement, tally) == ("blocked", "no key")


def test_nothing_seen_is_no_pass(requirement: Requirement) -> None:
    """What nothing was seen of was not exercised, and what was seen of others does not count."""
    tally = Tally(Counter({"other": 1}), Counter({"other": 1}), inconclusive={"other": "a"}, blocked={"other": "b"})

    assert outcome_of(requirement, tally) == ("not-exercised", "")


def test_run_conforms() -> None:
    """A run conforms if nothing stands against it."""
    assert verdict_of([GOOD], ANSWERED, complete=True) == ("conforms", [])


@pytest.mark.parametrize("outcome", ["violates", "inconclusive", "not-exercised"])
def test_should_decides_nothing(outcome: str) -> None:
    """Nothing that becomes of a SHOULD keeps a run from conforming."""
    assert verdict_of([GOOD, entry(outcome, "SHOULD")], ANSWERED, complete=True) == ("conforms", [])


@pytest.mark.parametrize("outcome", ["blocked", "waived"])
def test_lawful_gaps_decide_nothing(outcome: str) -> None:
    """A waived or blocked MUST keeps no run from conforming where others do."""
    assert verdict_of([GOOD, entry(outcome, reason="no key")], ANSWERED, complete=True) == ("conforms", [])


def test_broken_requirements_are_counted() -> None:
    """Broken MUSTs make the run violate, in one reason."""
    broken = [GOOD, entry("violates", name="a"), entry("violates", name="b")]

    assert verdict_of(broken, ANSWERED, complete=True) == ("violates", ["2 MUST requirements are broken"])


def test_violation_outweighs_doubt() -> None:
    """A run that broke a MUST violates, even if it was not complete."""
    assert verdict_of([GOOD, entry("violates")], ANSWERED, complete=False) == (
        "violates",
        ["1 MUST requirements are broken", "not all that was planned was sent"],
    )


def test_doubtful_requirement_is_named() -> None:
    """A MUST that could not be judged makes the run inconclusive, with its reason."""
    doubtful = [GOOD, entry("inconclusive", reason="it was slow")]

    assert verdict_of(doubtful, ANSWERED, complete=True) == ("inconclusive", ["GetTask/x: it was slow"])


@pytest.mark.parametrize("reason", ["", UNTOUCHED])
def test_unexplained_gap_is_named(reason: str) -> None:
    """A planned MUST that was not exercised, for no reason or none but that, makes the run inconclusive."""
    assert verdict_of([GOOD, entry("not-exercised", reason=reason)], ANSWERED, complete=True) == (
        "inconclusive",
        ["GetTask/x was planned and not exercised"],
    )


def test_explained_gap_decides_nothing() -> None:
    """A MUST that had a reason not to be exercised keeps no run from conforming."""
    explained = [GOOD, entry("not-exercised", reason="no message came")]

    assert verdict_of(explained, ANSWERED, complete=True) == ("conforms", [])


def test_broken_off_run_does_not_conform() -> None:
    """A run that was not complete is inconclusive."""
    assert verdict_of([GOOD], ANSWERED, complete=False) == ("inconclusive", ["not all that was planned was sent"])


@pytest.mark.parametrize("seen", [[], [entry("conforms", "SHOULD")], [entry("waived")], [entry("blocked", reason="a")]])
def test_silence_does_not_conform(seen: list[dict[str, Any]]) -> None:
    """A run in which no MUST was seen to conform is inconclusive."""
    assert verdict_of(seen, {}, complete=True) == ("inconclusive", ["nothing was seen to conform"])


def test_unaccepted_operations_are_named_in_order() -> None:
    """Each operation that accepted nothing is named with what came instead."""
    controls = {"GetTask": "HTTP 500", "GetBinding": "HTTP 404", "CreateBinding": "accepted"}

    assert verdict_of([GOOD], controls, complete=True) == (
        "inconclusive",
        [
            "GetBinding: no request was accepted (HTTP 404)",
            "GetTask: no request was accepted (HTTP 500)",
        ],
    )


def test_one_cause_is_told_once() -> None:
    """Operations and requirements that one cause blocks are told in one reason, with all that helps."""
    requirements = [
        GOOD,
        entry("blocked", reason="there is no project; add 'project'"),
        entry("blocked", reason="there is no project; add 'region'"),
    ]
    controls = {"GetTask": "there is no project; add 'project'", "GetBinding": "there is no project"}

    assert verdict_of(requirements, controls, complete=True) == (
        "inconclusive",
        [
            (
                "there is no project: 2 requirements are blocked, and no request of GetBinding, GetTask was accepted"
                "; add 'project'; add 'region'"
            )
        ],
    )


def test_causes_do_not_mix() -> None:
    """Each operation is told under its own cause, and a cause of none is left out."""
    requirements = [
        GOOD,
        *(entry("blocked", reason="there is no project") for _ in range(3)),
        *(entry("blocked", reason="there is no key") for _ in range(2)),
        entry("blocked", reason="there is no channel"),
    ]
    controls = {"GetTask": "there is no key", "GetBinding": "there is no project", "CreateBinding": "HTTP 500"}

    assert verdict_of(requirements, controls, complete=True)[1] == [
        "there is no project: 3 requirements are blocked, and no request of GetBinding was accepted",
        "there is no key: 2 requirements are blocked, and no request of GetTask was accepted",
        "CreateBinding: no request was accepted (HTTP 500)",
    ]


def report(verdict: str, *outcomes: str, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return as much of a report as decides the exit code."""
    return {
        "verdict": verdict,
        "requirements": [entry(o) for o in outcomes],
        "waivers": [{"problem": p} for p in problems],
    }


@pytest.mark.parametrize(
    ("given", "strict", "code"),
    [
        (report("conforms", "conforms"), False, 0),
        (report("conforms", "conforms"), True, 0),
        (report("conforms", "violates"), False, 0),
        (report("conforms", "violates"), True, 1),
        (report("violates", "violates"), False, 1),
        (report("inconclusive", "inconclusive"), False, 2),
        (report("inconclusive", "inconclusive"), True, 2),
        (report("inconclusive", "violates"), True, 1),
        (report("conforms", "waived", problems=("",)), False, 0),
        (report("conforms", "waived", problems=("", "it is out of date")), False, 1),
        (report("inconclusive", "waived", problems=("it is out of date",)), False, 1),
    ],
)
def test_exit_code(given: dict[str, Any], strict: bool, code: int) -> None:
    """0 conforms, 1 violates (strictly also a SHOULD, and stale waivers always), 2 could not judge."""
    assert exit_code(given, strict=strict) == code


def test_what_is_there_already_stands_for_what_is_accepted() -> None:
    """An operation whose request was refused only because the thing exists has been understood."""
    assert verdict_of([GOOD], {**ANSWERED, "CreateBinding": ALREADY_THERE}, complete=True) == ("conforms", [])
