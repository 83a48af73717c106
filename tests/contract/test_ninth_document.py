"""A new operation needs one document for everything structural, and no Python."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from conformance.kit import Kit
from conformance.planning import all_cases
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.wire import Client, Endpoint
from conformance.wire.addressing import Resolving
from openapi import Contract, load_contract
from reports import outcome_of

DOCUMENT = """\
openapi: 3.1.0
info: {title: IMM CountShelves, version: '2020-09-30'}
paths:
  /:
    post:
      operationId: CountShelves
      x-methods: [POST]
      x-level: MUST
      x-source: a page of its own
      x-grade: documented
      parameters:
        - {name: x-acs-action, in: header, required: true, schema: {type: string, const: CountShelves}}
        - {name: x-acs-version, in: header, required: true, schema: {type: string, const: '2020-09-30'}}
        - name: Library
          in: query
          required: true
          schema: {type: string, minLength: 1, maxLength: 8}
          example: city
          x-keywords: {required: {refuses: {level: MUST, grade: documented}}}
        - name: Shelves
          in: query
          required: true
          content:
            application/json:
              schema:
                type: array
                minItems: 1
                maxItems: 3
                items: {type: string, enum: [poems, plays, maps]}
                x-keywords: {maxItems: {refuses: {level: MUST, grade: documented}}}
          example: [poems, maps]
      responses:
        '200':
          description: How many books stand there.
          content:
            application/json:
              schema:
                type: object
                required: [RequestId, Count]
                properties:
                  RequestId: {$ref: '../schemas/names.yaml#/RequestId'}
                  Count: {type: integer, format: int32, minimum: 0}
                  Open: {type: boolean}
"""
KINDS = ("poems", "plays", "maps")
Answers = Callable[[dict[str, str]], tuple[int, dict[str, object]]]


def refusal(code: str) -> tuple[int, dict[str, object]]:
    """Return an error answer."""
    return 400, {"RequestId": request_id(1), "HostId": "testserver", "Code": code, "Message": "No."}


def request_id(number: int) -> str:
    """Return a request id of the usual form."""
    return f"5AA694AD-3D10-4B6A-85B2-{number:012X}"


def shelves(text: str) -> list[str] | None:
    """Return the shelves in the parameter; None for anything but a list of known ones."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    known = isinstance(value, list) and all(isinstance(v, str) and v in KINDS for v in value)
    return value if known else None


def library(most: int = 3, count: object = 7) -> Answers:
    """Return a server of the operation with its limit and its count."""

    def answer(params: dict[str, str]) -> tuple[int, dict[str, object]]:
        if not 1 <= len(params.get("Library", "")) <= 8 or "Shelves" not in params:
            return refusal("InvalidArgument")
        chosen = shelves(params["Shelves"])
        if not chosen or len(chosen) > most:
            return refusal("InvalidArgument")
        return 200, {"RequestId": request_id(len(chosen)), "Count": count}

    return answer


def connector(answers: Answers) -> Callable[[Target, Contract], Connection]:
    """Return what connects a kit to a server that lives in the test."""

    def handle(request: httpx.Request) -> httpx.Response:
        known = request.headers.get("x-acs-action") == "CountShelves"
        params = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        status, body = answers(params) if known else refusal("ResourceNotFound")
        return httpx.Response(status, json=body)

    def connect(target: Target, contract: Contract) -> Connection:
        client = Client(
            Resolving(httpx.MockTransport(handle)),
            {"imm": Endpoint("http://testserver", "2020-09-30")},
            None,
            operations=contract.operations,
            services={},
        )
        return Connection(client, sleep=lambda seconds: None, in_process=True, stop=lambda: None)

    return connect


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory, documents: Path) -> Path:
    """Return a copy of the contract's documents with a ninth one."""
    folder = tmp_path_factory.mktemp("contract") / "openapi"
    shutil.copytree(documents, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "imm" / "CountShelves.yaml").write_text(DOCUMENT, encoding="utf-8")
    return folder


@pytest.fixture
def outcomes(nine: Path) -> Iterator[Callable[[Answers], dict[str, str]]]:
    """Return the function that judges a server and gives the outcome of each of the document's requirements."""
    kits: list[Kit] = []

    def judged(answers: Answers) -> dict[str, str]:
        kit = Kit(Settings(contract=str(nine), select=("CountShelves",)), connector(answers))
        kits.append(kit)
        for case in kit.plan.cases:
            kit.run(case)
        return {r.id: outcome_of(r, kit.tally)[0] for r in kit.contract.of("CountShelves")}

    yield judged
    for kit in kits:
        kit.finish()


def test_its_requirements_are_derived(nine: Path) -> None:
    """The ledger has the keywords of the document."""
    ids = {r.id.removeprefix("CountShelves/") for r in load_contract(nine).of("CountShelves")}

    assert ids >= {
        "request/Library/required/refuses",
        "request/Shelves/maxItems/refuses",
        "request/Shelves[]/enum/accepts",
        "response/RequestId/pattern",
        "response/Count/required",
        "response/Count/type",
        "response/Open/type",
    }


def test_its_limits_have_rows(nine: Path) -> None:
    """The named rows of the limit are on both sides of it."""
    ids = {case.id for case in all_cases(str(nine)) if "Shelves/maxItems" in case.id}

    assert {name.split("/")[-1].split("[")[0] for name in ids} == {"accepts", "refuses", "measured"}


def test_it_leaves_the_others_alone(nine: Path, contract: Contract) -> None:
    """The requirements of the shipped documents are the same beside the new one."""
    ledger = load_contract(nine).ledger

    assert [name for name in ledger if not name.startswith("CountShelves/")] == list(contract.ledger)


def test_a_correct_server_conforms(outcomes: Callable[[Answers], dict[str, str]]) -> None:
    """A server that keeps the document breaks nothing, and what it shows is judged."""
    found = outcomes(library())

    assert {o for name, o in found.items() if name != "CountShelves/response/Open/type"} == {"conforms"}
    assert found["CountShelves/response/Open/type"] == "not-exercised"


def test_a_limit_that_is_not_enforced_is_found(outcomes: Callable[[Answers], dict[str, str]]) -> None:
    """A server that takes one shelf too many violates exactly the limit."""
    found = outcomes(library(most=4))

    broken = [name for name, outcome in found.items() if outcome == "violates"]
    assert broken == ["CountShelves/request/Shelves/maxItems/refuses"]


def test_a_limit_that_is_too_narrow_is_found(outcomes: Callable[[Answers], dict[str, str]]) -> None:
    """A server that refuses the documented number of shelves violates the acceptance."""
    found = outcomes(library(most=2))

    assert found["CountShelves/request/Shelves/maxItems/accepts"] == "violates"


def test_a_wrong_type_in_the_answer_is_found(outcomes: Callable[[Answers], dict[str, str]]) -> None:
    """A count that is text violates exactly its type."""
    found = outcomes(library(count="7"))

    broken = [name for name, outcome in found.items() if outcome == "violates"]
    assert broken == ["CountShelves/response/Count/type"]


def test_a_server_that_refuses_everything_does_not_conform(outcomes: Callable[[Answers], dict[str, str]]) -> None:
    """Refusals without an accepted twin settle nothing."""
    found = outcomes(lambda params: refusal("InvalidArgument"))

    assert found["CountShelves/request/Shelves/maxItems/refuses"] == "inconclusive"
