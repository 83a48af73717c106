"""The ledger: every requirement of the documents, once, with its evidence."""

import re
from pathlib import Path

import pytest

from conformance.gathering import checkable
from conformance.kit import Kit
from conformance.planning import all_cases
from conformance.settings import Settings
from openapi import Contract


def test_has_hundreds_of_structural_requirements(contract: Contract) -> None:
    """At least 600 requirements are derived from keywords, none of them written by hand."""
    structural = [r for r in contract.ledger.values() if r.side != "behavior"]

    assert len(structural) >= 600


def test_ids_are_unique(contract: Contract) -> None:
    """Each id names one requirement, and no two differ in case only."""
    folded = {name.lower() for name in contract.ledger}

    assert len(folded) == len(contract.ledger)


def test_ids_begin_with_operation_and_side(contract: Contract) -> None:
    """An id begins with the operation and the side that it is of."""
    strange = [r.id for r in contract.ledger.values() if not r.id.startswith(f"{r.operation}/{r.side}/")]

    assert strange == []


def test_every_must_has_its_evidence(contract: Contract) -> None:
    """A MUST names its source and has a grade that carries it."""
    carrying = ("documented", "documented-twice", "contradicted")

    weak = [r.id for r in contract.ledger.values() if r.must and not (r.source and r.grade in carrying)]

    assert weak == []


def test_contradicted_requirements_say_both_readings(contract: Contract) -> None:
    """A contradicted requirement has a resolution."""
    silent = [r.id for r in contract.ledger.values() if r.grade == "contradicted" and not r.resolution]

    assert silent == []


def test_statements_are_sentences(contract: Contract) -> None:
    """A statement is one line that ends in a full stop."""
    odd = [r.id for r in contract.ledger.values() if not re.fullmatch(r"\S.*\.", r.statement)]

    assert odd == []


def test_locations_are_lines_of_documents(contract: Contract, documents: Path) -> None:
    """A requirement says in which line of which document it is written."""
    named = {r.location.document for r in contract.ledger.values()}
    lines = {name: len((documents / name).read_text(encoding="utf-8").splitlines()) for name in named}

    outside = [r.id for r in contract.ledger.values() if not 1 <= r.location.line <= lines[r.location.document]]

    assert outside == []


def test_refusals_are_no_stronger_than_their_twin(contract: Contract) -> None:
    """A precise Code is required only where a refusal is in the ledger as well."""
    codes = [r.id for r in contract.ledger.values() if r.aspect == "code"]

    alone = [name for name in codes if f"{name.removesuffix('/code')}/refuses" not in contract.ledger]

    assert alone == []


@pytest.mark.parametrize("operation", ["BatchGetFileMeta", "CreateBinding", "GetBinding", "BatchIndexFileMeta"])
def test_names_are_required(contract: Contract, operation: str) -> None:
    """A request without the project is refused by a MUST."""
    requirement = contract.ledger[f"{operation}/request/ProjectName/required/refuses"]

    assert requirement.must


def test_every_request_requirement_has_a_case(contract: Contract) -> None:
    """Each requirement of a request is settled by a case."""
    settled = {name for case in all_cases(contract.directory) for name in case.requirements}

    left = [r.id for r in contract.ledger.values() if r.side == "request" and r.id not in settled]

    assert left == []


def test_every_rule_has_a_check(contract: Contract) -> None:
    """Whatever of it is selected, no rule of a request or of behaviour is told to lack a check."""
    rules = {r.id for r in contract.ledger.values() if r.side in ("request", "behavior")}

    assert rules <= checkable(Kit(Settings()))


def test_cases_name_known_requirements(contract: Contract) -> None:
    """Every case settles requirements of the ledger."""
    unknown = [c.id for c in all_cases(contract.directory) if not set(c.requirements) <= set(contract.ledger)]

    assert unknown == []


def test_ids_of_cases_are_unique(contract: Contract) -> None:
    """No two cases have one id."""
    ids = [case.id for case in all_cases(contract.directory)]

    assert len(ids) == len(set(ids))
