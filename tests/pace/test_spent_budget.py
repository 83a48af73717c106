"""What a run does with the cases that its budget does not reach."""

from dataclasses import replace

import pytest

from conformance.checks.registry import Case
from conformance.exchange import Flow
from conformance.information import cost
from conformance.kit import Kit
from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from conformance.world import World
from tests.pace.conftest import nothing

Ends = dict[str, str]


@pytest.fixture(scope="module")
def made() -> list[str]:
    """Return where the names of cases are kept whose flows were made."""
    return []


@pytest.fixture(scope="module")
def ends(made: list[str]) -> Ends:
    """Return how each case ended of a run of 100 requests that were not enough, those from the first one cut on."""
    kit = Kit(Settings(max_requests=100))
    found = {case.id: kit.run(noted(case, made)).end for case in kit.plan.cases}
    kit.finish()
    first = list(found.values()).index("cut")
    return dict(list(found.items())[first:])


def noted(case: Case, made: list[str]) -> Case:
    """Return a case of which it is noted when its flow is made."""

    def flow(world: World) -> Flow:
        made.append(case.id)
        return case.flow(world)

    return replace(case, flow=flow)


def test_flows_that_cost_are_made_no_more(ends: Ends, made: list[str]) -> None:
    """Of what takes requests not even the flow is made, which may draw and take its time."""
    first, *later = [name for name, end in ends.items() if end == "cut"]
    costly = {name for name in later if cost(named(name))}

    assert first in made
    assert len(costly) > 300
    assert costly.isdisjoint(made)


def test_what_costs_nothing_is_judged_still(ends: Ends) -> None:
    """What was sent already may settle cases that come later."""
    assert "done" in ends.values()


def test_a_thorough_run_draws_as_much_as_its_budget_allows() -> None:
    """Where the budget ends among drawn requests, all else is judged: the target conforms, and a note says so."""
    report = judge_emulator(settings=Settings(profile="thorough", max_requests=2600))

    assert report["verdict"] == "conforms"
    assert report["requests"] <= 2600
    assert "before" in report["notes"][-1]
    assert "cases of drawn requests; --max-requests gives more" in report["notes"][-1]


def named(name: str) -> Case:
    """Return a case of that name."""
    return Case(name, "", (), nothing)
