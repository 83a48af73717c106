"""A contract made up for the tests, and an independent view of the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from openapi import Contract, Operation, SchemaNode, load_contract
from strategies import RawText

T = TypeVar("T")
BaseOf = Callable[[Operation], dict[str, Any]]
BrokenBy = Callable[[Operation, Mapping[str, Any]], set[str]]

GATEWAY = """\
x-operation: Gateway
components:
  schemas:
    Error: {type: object, required: [Code], properties: {Code: {type: string}}}
"""
FILE_URI = (
    r"^(oss://[a-z0-9][a-z0-9-]{1,61}[a-z0-9]/[^/\\].*|pds://domains/[^/]+/drives/[^/]+/files/[^/]+/revisions/[^/]+)$"
)
THINGS = rf"""
openapi: 3.1.0
info: {{title: Things, version: "1"}}
paths:
  /:
    post:
      operationId: MakeThings
      parameters:
        - {{name: x-acs-action, in: header, schema: {{const: MakeThings}}}}
        - {{name: x-acs-version, in: header, schema: {{const: "2020-01-01"}}}}
        - {{name: Owner, in: query, required: true, schema: {{type: string, maxLength: 8}}, example: jane}}
        - {{name: Dry, in: query, schema: {{type: boolean}}}}
        - {{name: Count, in: query, schema: {{type: integer, minimum: 1, maximum: 50}}}}
        - {{name: Big, in: query, schema: {{type: integer, format: int32}}}}
        - {{name: Mode, in: query, schema: {{type: string, enum: [Fast, Slow]}}}}
        - name: Plates
          in: query
          style: form
          explode: false
          schema: {{type: array, minItems: 2, maxItems: 4, items: {{type: string, pattern: '^[A-Z]{{2}}-[0-9]{{3}}$'}}}}
        - {{name: Note, in: query, schema: {{type: string, x-maxBytes: 20}}}}
        - name: Things
          in: query
          required: true
          content:
            application/json:
              schema:
                type: array
                minItems: 1
                maxItems: 12
                items:
                  type: object
                  required: [URI]
                  properties:
                    URI: {{type: string, pattern: '{FILE_URI}'}}
                    FileHash: {{type: string}}
                    OSSURI: {{type: string, pattern: '^oss://[^/]+/.+$'}}
                    Made: {{type: string, format: date-time}}
                    Version: {{type: string, const: v1}}
                    Tags: {{type: object, additionalProperties: {{type: string, minLength: 2, maxLength: 8}}}}
                    Parts:
                      type: array
                      items: {{type: object, properties: {{Level: {{type: integer, minimum: 1, maximum: 3}}}}}}
                    Ratio: {{type: number, minimum: 0, maximum: 1}}
                    Setting:
                      type: string
                      contentSchema: {{type: object, required: [power], properties: {{power: {{type: boolean}}}}}}
          example: [{{URI: "oss://examplebucket/sampleobject.jpg"}}]
      responses:
        "200": {{description: ok, content: {{application/json: {{schema: {{type: object}}}}}}}}
"""


class Draw(Protocol):
    """What draws examples of a strategy."""

    def __call__(self, strategy: SearchStrategy[T], count: int = 150) -> list[T]:
        """Return so many examples, always the same ones."""
        ...


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the shipped contract."""
    return load_contract()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Return a contract with one operation that has every keyword."""
    folder: Path = tmp_path_factory.mktemp("contract")
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    (folder / "MakeThings.yaml").write_text(THINGS, encoding="utf-8")
    return load_contract(folder)


@pytest.fixture(scope="session")
def both(contract: Contract, small: Contract) -> tuple[Contract, ...]:
    """Return the shipped contract and the made-up one."""
    return contract, small


def base_of(operation: Operation) -> dict[str, Any]:
    """Return a valid request from the examples of the documents."""
    needed = [p for p in operation.parameters.values() if p.required]
    if not needed:
        needed = list(operation.parameters.values())[:1]
    return {parameter.name: parameter.example for parameter in needed}


@pytest.fixture(scope="session")
def base() -> BaseOf:
    """Make a valid request of an operation."""
    return base_of


@pytest.fixture(scope="session")
def drawn() -> Draw:
    """Draw examples of a strategy, always the same ones."""
    return _drawn


def _drawn(strategy: SearchStrategy[T], count: int = 150) -> list[T]:
    found: list[T] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


@pytest.fixture(scope="session")
def broken_by() -> BrokenBy:
    """Tell the requirements that a request breaks, judged by jsonschema-rs."""
    return _broken_by


def _broken_by(operation: Operation, params: Mapping[str, Any]) -> set[str]:
    found = set()
    for name, parameter in operation.parameters.items():
        value = params.get(name)
        if value in (None, "", RawText("")):
            found |= {f"{name}/required"} if parameter.required else set()
        if isinstance(value, RawText):
            found |= {f"{name}/type"} if value.text else set()
        elif value is not None:
            found |= set(_errors(parameter.node, value))
    return {f"{operation.name}/request/{path}" for path in found}


def _errors(node: SchemaNode, value: Any) -> Iterator[str]:
    validator = jsonschema_rs.Draft202012Validator(_plain(node), validate_formats=True)
    for error in validator.iter_errors(_without_null(value)):
        yield _path(node.path, list(error.schema_path), error)
    yield from _byte_errors(node, value)


_KEYWORDS = ("type", "enum", "const", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")
_RANGES = {"int32": 2**31, "int64": 2**63}


def _plain(node: SchemaNode) -> dict[str, Any]:
    """Return the schema with its references replaced."""
    schema = {key: node.schema[key] for key in _KEYWORDS if key in node.schema}
    if node.schema.get("format") == "date-time":
        schema["format"] = "date-time"
    schema["required"] = list(node.required)
    schema["properties"] = {name: _plain(child) for name, child in node.members.items()}
    if node.item is not None:
        schema["items"] = _plain(node.item)
    if node.other is not None:
        schema["additionalProperties"] = _plain(node.other)
    return schema


def _without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_null(member) for name, member in value.items() if member is not None}
    return [_without_null(item) for item in value] if isinstance(value, list) else value


def _path(start: str, steps: list[Any], error: Any) -> str:
    path, position = start, 0
    while position < len(steps):
        step = steps[position]
        if step == "properties":
            position += 1
            path += f"/{steps[position]}"
        else:
            path += {"items": "[]", "additionalProperties": "{}"}.get(step, f"/{step}")
        position += 1
    if steps[-1] == "required":
        return f"{path.removesuffix('/required')}/{error.kind.property}/required"
    return path


def _byte_errors(node: SchemaNode, value: Any) -> Iterator[str]:
    """Yield what jsonschema-rs does not know: lengths in bytes and ranges."""
    most = node.schema.get("x-maxBytes")
    if most is not None and isinstance(value, str) and len(value.encode()) > most:
        yield f"{node.path}/maxBytes"
    limit = _RANGES.get(node.schema.get("format", ""))
    if limit is not None and type(value) is int and not -limit <= value < limit:
        yield f"{node.path}/format"
