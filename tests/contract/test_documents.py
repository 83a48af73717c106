"""The documents as tools of others see them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename
from schemathesis.core.result import Ok

import openapi
from conformance.judge.requests import RequestJudge
from conformance.judge.validation import AnswerJudge
from openapi import Contract, SchemaNode

HOME = Path(openapi.__file__).parent
OPENAPI = [p for p in sorted(HOME.rglob("*.yaml")) if "openapi" in yaml.safe_load(p.read_text(encoding="utf-8"))]
OPERATIONS = [p for p in OPENAPI if p.parent.name in ("imm", "ice")]


def relative(path: Path) -> str:
    """Return the name of a document in test ids."""
    return path.relative_to(HOME).as_posix()


@pytest.mark.parametrize("document", OPENAPI, ids=relative)
def test_is_valid_openapi(document: Path) -> None:
    """A document is valid OpenAPI 3.1."""
    content, base = read_from_filename(str(document))

    validate(content, base_uri=base)


@pytest.mark.parametrize("document", OPERATIONS, ids=relative)
def test_loads_in_schemathesis(document: Path, contract: Contract) -> None:
    """A document loads in schemathesis, without a warning, as one operation with all its parameters."""
    schema = schemathesis.openapi.from_path(document)

    (result,) = schema.get_all_operations()

    assert isinstance(result, Ok)
    operation = contract.operations[document.stem]
    assert {p.name for p in result.ok().query} == set(operation.parameters)


@pytest.mark.parametrize("document", OPERATIONS, ids=relative)
def test_every_parameter_has_an_example(document: Path, contract: Contract) -> None:
    """Every parameter has an example."""
    operation = contract.operations[document.stem]

    without = [p.name for p in operation.parameters.values() if p.example is None]

    assert without == []


@pytest.mark.parametrize("document", OPERATIONS, ids=relative)
def test_examples_of_parameters_keep_the_rules(document: Path, contract: Contract) -> None:
    """The examples of the parameters, together, break no requirement."""
    operation = contract.operations[document.stem]
    request = {p.name: p.example for p in operation.parameters.values()}

    broken = RequestJudge(operation).broken(request)

    assert broken == ()


def below(node: SchemaNode) -> Iterator[SchemaNode]:
    """Yield a schema and everything inside it."""
    yield node
    for child in (*node.members.values(), node.item, node.other, node.content):
        if child is not None:
            yield from below(child)


@pytest.mark.parametrize("document", OPERATIONS, ids=relative)
def test_examples_of_members_keep_the_rules(document: Path, contract: Contract) -> None:
    """The examples of the answer's members keep the rules of their own schemas."""
    operation = contract.operations[document.stem]
    shown = [node for node in below(operation.response) if "example" in node.schema]

    breaches = [b for node in shown for b in AnswerJudge(node).judge(node.schema["example"]).breaches]

    assert shown
    assert [(b.requirement, b.observed) for b in breaches] == []


def test_one_document_for_each_operation(contract: Contract) -> None:
    """The contract has the eight operations, each in the document of its name."""
    names = {f"{o.service}/{o.name}.yaml": o.document for o in contract.operations.values()}

    assert names == {relative(p): relative(p) for p in OPERATIONS}
    assert len(names) == 8
