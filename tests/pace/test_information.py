"""Which cases come first, and what the profiles take of them."""

import json

import pytest

from conformance.information import FILE, Yield, ordered
from conformance.planning import plan
from conformance.settings import Settings
from conformance.target import read_target
from openapi import load_contract
from tests.pace.conftest import run


def told(name: str, requests: int, *requirements: str) -> Yield:
    """Return what a case brought."""
    return Yield(name, requests, frozenset(requirements))


def test_the_case_that_tells_most_for_a_request_comes_first() -> None:
    """Ten requirements for two requests are more than six for three."""
    cases = [told("dear", 3, *"abcdef"), told("cheap", 2, *"ghijklmnop")]

    assert [one.case for one, _ in ordered(cases, ())] == ["cheap", "dear"]


def test_what_is_known_tells_nothing_again() -> None:
    """A case whose requirements were all judged before comes last."""
    cases = [told("much", 1, "a", "b", "c"), told("same", 1, "a", "b"), told("other", 1, "d")]

    assert [(one.case, new) for one, new in ordered(cases, ())] == [("much", 3), ("other", 1), ("same", 0)]


def test_a_must_weighs_more_than_a_should() -> None:
    """The verdict depends on it."""
    cases = [told("should", 1, "a", "b"), told("must", 1, "c")]

    assert [one.case for one, _ in ordered(cases, ("c",))] == ["must", "should"]


def test_the_order_knows_the_cases_of_the_standard_profile() -> None:
    """Who adds many cases makes the order anew: `python -m conformance.information`."""
    known = {case for case, _, _ in json.loads(FILE.read_text())["order"]}

    planned = {case.id for case in plan(load_contract(), read_target(None), Settings()).cases}

    assert len(planned - known) < 0.1 * len(planned), sorted(planned - known)


def test_smoke_conforms_within_its_budget(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A short run has a verdict, with the request of each operation that everything stands on."""
    folder = tmp_path_factory.mktemp("smoke")

    done = run(folder, "run", "--profile", "smoke", "--report", "report")

    report = json.loads((folder / "report" / "report.json").read_text())
    assert done.returncode == 0, done.stdout
    assert report["requests"] < 130
    assert set(report["controls"].values()) == {"accepted"}


def test_thorough_draws_on_with_a_greater_budget() -> None:
    """Each round has cases of its own, with names of their own."""
    small = plan(load_contract(), read_target(None), Settings(profile="thorough")).cases
    great = plan(load_contract(), read_target(None), Settings(profile="thorough", max_requests=10_000)).cases

    assert {case.id for case in great} > {case.id for case in small}
    assert "GetTask/explore/valid[2]" in {case.id for case in great}
