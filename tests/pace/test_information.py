"""Which cases come first, and what the profiles take of them."""

import json

import pytest

from conformance.checks.registry import Case, Tier
from conformance.information import FILE, Yield, best_first, kind_of, ordered, paid_for, waits, worth_of
from conformance.planning import plan
from conformance.settings import Settings
from conformance.target import read_target
from openapi import load_contract
from tests.pace.conftest import nothing, run


def told(name: str, requests: int, *requirements: str) -> Yield:
    """Return what a case brought."""
    return Yield(name, requests, frozenset(requirements))


WORTH = dict.fromkeys("abcdefghijklmnop", 1.0)


def test_the_case_that_tells_most_for_a_request_comes_first() -> None:
    """Ten requirements for two requests are more than six for three."""
    cases = [told("dear", 3, *"abcdef"), told("cheap", 2, *"ghijklmnop")]

    assert [one.case for one, _ in ordered(cases, WORTH)] == ["cheap", "dear"]


def test_what_is_known_tells_nothing_again() -> None:
    """A case whose requirements were all judged before comes last."""
    cases = [told("much", 1, "a", "b", "c"), told("same", 1, "a", "b"), told("other", 1, "d")]

    assert [(one.case, new) for one, new in ordered(cases, WORTH)] == [("much", 3), ("other", 1), ("same", 0)]


def test_what_is_worth_nothing_comes_after_what_is_worth_something() -> None:
    """A case that adds a requirement of no worth waits for a dear one that adds one of some."""
    cases = [told("first", 1, "a", "z"), told("nothing", 1, "a", "y"), told("dear", 9, "b")]

    assert [one.case for one, _ in ordered(cases, {"a": 1.0, "b": 1.0})] == ["first", "dear", "nothing"]


def test_a_requirement_counts_by_what_it_is_worth() -> None:
    """One requirement may be worth more than two others."""
    cases = [told("many", 1, "a", "b"), told("dear", 1, "c")]

    assert [one.case for one, _ in ordered(cases, {"a": 0.2, "b": 0.2, "c": 0.5})] == ["dear", "many"]


def test_worth_is_what_was_caught_by_the_root_of_its_kind() -> None:
    """Nine faults of one kind are worth three times one that is alone in its kind, not nine times."""
    caught = {"a": 3, "b": 6, "c": 1, "d": 0}

    assert worth_of(caught, {"a": "many", "b": "many", "c": "one", "d": "one"}) == {"a": 1.0, "b": 2.0, "c": 1.0}


@pytest.mark.parametrize(
    ("requirement", "tiers", "kind"),
    [
        ("Gateway/behavior/post", ("reads",), "gateway"),
        ("GetTask/behavior/echo-id", ("reads", "full"), "behavior"),
        ("CreateBinding/behavior/bind-count", ("create-and-clean", "full"), "state"),
        ("GetTask/behavior/success-200", (), "behavior"),
        ("GetTask/request/TaskId/required/refuses", (), "request required"),
        ("BatchGetFileMeta/request/URIs/maxItems/refuses", (), "request"),
        ("GetTask/response/Status/enum", (), "response"),
    ],
)
def test_kinds_of_requirements(requirement: str, tiers: tuple[Tier, ...], kind: str) -> None:
    """A kind says whose a requirement is, of what side, and whether all that settles it makes something."""
    cases = [Case(requirement, "GetTask", (), nothing, tier) for tier in tiers]

    assert kind_of(load_contract().ledger[requirement], cases) == kind


def test_the_order_knows_the_cases_of_the_standard_profile() -> None:
    """Who adds many cases makes the order anew: `python -m conformance.information`."""
    known = {case for case, _, _ in json.loads(FILE.read_text())["order"]}

    planned = {case.id for case in plan(load_contract(), read_target(None), Settings()).cases}

    assert len(planned - known) < 0.1 * len(planned), sorted(planned - known)


def test_of_what_a_budget_pays_the_cases_that_wait_come_first() -> None:
    """The best cases of a small budget are the same in any order, and others can be judged while these wait."""
    planned = list(plan(load_contract(), read_target(None), Settings(max_requests=500)).cases)

    paid = paid_for(500, best_first(planned))
    first = [case for case in planned[: len(paid)] if "accepts[as given]" not in case.id]

    assert {case.id for case in planned[: len(paid)]} == {case.id for case in paid}
    assert waits(first[0])
    assert planned[len(paid) :] == best_first(planned)[len(paid) :]


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
