"""The official samples against the documents, which list every place where the two disagree."""

import re
from collections import Counter
from typing import Any

import pytest

from conformance.judge.requests import RequestJudge
from conformance.judge.validation import AnswerJudge
from openapi import Contract

Samples = dict[tuple[str, str], Any]
Place = tuple[str, str, str]


def pointer(at: str) -> str:
    """Return the JSON pointer for a place such as `$.Files[0].URI`."""
    return re.sub(r"\.([^.\[]+)|\[(\d+)\]", lambda m: f"/{m[1] or m[2]}", at.removeprefix("$"))


@pytest.fixture(scope="session")
def listed(contract: Contract) -> Counter[Place]:
    """Return the places that the documents list as contradictions."""
    places = (s for o in contract.operations.values() for c in o.contradictions for s in c.samples)
    return Counter(places)


@pytest.fixture(scope="session")
def found(contract: Contract, examples: Samples) -> Counter[Place]:
    """Return the places that validation finds."""
    places: Counter[Place] = Counter()
    for (name, kind), value in examples.items():
        operation = contract.operations[name]
        schema = {"response": operation.response, "notification": operation.message}.get(kind)
        if schema is not None:
            breaches = AnswerJudge(schema).judge(value).breaches
            places.update((f"{name}.{kind}.json", pointer(b.at), b.requirement) for b in breaches)
    return places


def test_answers_and_messages_agree_except_where_listed(listed: Counter[Place], found: Counter[Place]) -> None:
    """Validation finds in the sample answers and messages exactly the contradictions that the documents list."""
    assert found == listed


def test_there_is_a_sample_answer_of_each_operation(contract: Contract, examples: Samples) -> None:
    """No operation goes without its sample."""
    assert {name for name, kind in examples if kind == "response"} == set(contract.operations)


def test_samples_have_documented_members_only(contract: Contract, examples: Samples) -> None:
    """The documents name every member of the sample answers."""
    answers = {name: value for (name, kind), value in examples.items() if kind == "response"}

    unknown = [AnswerJudge(contract.operations[name].response).judge(value).unknown for name, value in answers.items()]

    assert unknown == [[]] * 8


def test_requests_keep_every_rule(contract: Contract, examples: Samples) -> None:
    """The sample requests break no requirement."""
    requests = {name: value for (name, kind), value in examples.items() if kind == "request"}

    broken = {name: RequestJudge(contract.operations[name]).broken(value) for name, value in requests.items()}

    assert broken == dict.fromkeys(requests, ())


def test_requests_have_documented_parameters_only(contract: Contract, examples: Samples) -> None:
    """The documents name every parameter of the sample requests."""
    requests = {name: value for (name, kind), value in examples.items() if kind == "request"}

    unknown = [n for name, value in requests.items() for n in set(value) - set(contract.operations[name].parameters)]

    assert unknown == []


def test_contradictions_name_requirements(contract: Contract, listed: Counter[Place]) -> None:
    """A listed place names a requirement of the ledger."""
    assert {place[2] for place in listed} <= set(contract.ledger)


def test_contradictions_are_resolved(contract: Contract) -> None:
    """Every contradiction has a statement and a resolution."""
    all_of_them = [c for o in contract.operations.values() for c in o.contradictions]

    assert [c.id for c in all_of_them if not (c.statement and c.resolution)] == []
