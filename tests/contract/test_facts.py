"""Documented facts, the ledger and the page of what is not tested, held against each other."""

import re
from pathlib import Path

import pytest

from conformance.checks import behaviors, watches
from openapi import Contract, Requirement

PAGE = Path(__file__).parents[2] / "docs" / "not-tested.md"
OBSERVED = ("no-null", "known-members", "member-spelling", "strict-json")
PARTLY = "In part: "


@pytest.fixture(scope="session")
def page() -> dict[str, str]:
    """Return the reason for every fact that the page lists."""
    rows = re.findall(r"^\| ([A-Z0-9-]+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a fact has two lines"
    return dict(rows)


@pytest.fixture(scope="session")
def covering(contract: Contract) -> dict[str, list[Requirement]]:
    """Return the requirements that cover each fact."""
    found: dict[str, list[Requirement]] = {}
    for requirement in contract.ledger.values():
        for fact in requirement.facts:
            found.setdefault(fact, []).append(requirement)
    return found


@pytest.fixture(scope="session")
def unchecked(contract: Contract) -> set[str]:
    """Return the ids of declared requirements that nothing in the kit settles."""
    settled = {name for case in behaviors() for name in case.requirements} | {w.requirement for w in watches()}
    declared = {r.id for r in contract.ledger.values() if r.side == "behavior"}
    return {name for name in declared - settled if name.rsplit("/", 1)[1] not in OBSERVED}


def test_every_fact_is_in_the_ledger_or_on_the_page(
    facts: dict[str, str], covering: dict[str, list[Requirement]], page: dict[str, str]
) -> None:
    """No documented fact is silently left out."""
    assert sorted(set(facts) - set(covering) - set(page)) == []


def test_no_unknown_fact_in_the_ledger(facts: dict[str, str], covering: dict[str, list[Requirement]]) -> None:
    """The ledger names facts that exist."""
    assert sorted(set(covering) - set(facts)) == []


def test_no_unknown_fact_on_the_page(facts: dict[str, str], page: dict[str, str]) -> None:
    """The page names facts that exist."""
    assert sorted(set(page) - set(facts)) == []


def test_no_requirement_above_its_facts(facts: dict[str, str], contract: Contract) -> None:
    """A MUST that covers facts covers one that says MUST."""
    must = [r for r in contract.ledger.values() if r.must and r.facts]

    above = [r.id for r in must if all(facts[fact] != "MUST" for fact in r.facts)]

    assert above == []


def test_every_must_fact_has_a_must_requirement(
    facts: dict[str, str], covering: dict[str, list[Requirement]], page: dict[str, str]
) -> None:
    """A fact that says MUST is not weakened to SHOULD in the ledger."""
    must = [fact for fact, level in facts.items() if level == "MUST" and fact not in page]

    weakened = [fact for fact in must if not any(r.must for r in covering.get(fact, ()))]

    assert weakened == []


def test_every_declared_requirement_has_a_check_or_a_reason(
    contract: Contract, unchecked: set[str], page: dict[str, str]
) -> None:
    """A declared requirement is settled by a check or a watch, or the page gives the reason for its facts."""
    silent = [name for name in unchecked if not set(contract.ledger[name].facts) & set(page)]

    assert sorted(silent) == []


def test_the_page_lists_nothing_that_is_tested(
    covering: dict[str, list[Requirement]], unchecked: set[str], page: dict[str, str]
) -> None:
    """A fact all of whose requirements are settled has no line on the page."""
    known = {fact: covering[fact] for fact in page if fact in covering}

    stale = [fact for fact, settled_by in known.items() if not {r.id for r in settled_by} & unchecked]

    assert stale == []


def test_the_page_says_what_is_tested_in_part(
    covering: dict[str, list[Requirement]], unchecked: set[str], page: dict[str, str]
) -> None:
    """A line begins with «In part» exactly if some requirement of its fact is settled."""
    partly = {fact for fact in page if {r.id for r in covering.get(fact, ())} - unchecked}

    assert {fact for fact, reason in page.items() if reason.startswith(PARTLY)} == partly


def test_reasons_are_sentences(page: dict[str, str]) -> None:
    """Every line of the page gives a reason."""
    empty = [fact for fact, reason in page.items() if not re.fullmatch(r"\S.{15,}\.", reason)]

    assert empty == []
