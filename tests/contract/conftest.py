"""The shipped contract, and little contracts written for one test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openapi
from openapi import Contract, load_contract

DATA = Path(__file__).parents[1] / "data"

GATEWAY = """\
openapi: 3.1.0
info: {title: Shared, version: '1'}
x-operation: Gateway
paths: {}
components:
  schemas:
    Error: {type: object, x-level: MUST, x-source: page, x-grade: documented}
"""
LITTLE = """\
openapi: 3.1.0
info: {title: Little, version: '1'}
paths:
  /:
    post:
      operationId: Little
      parameters:
        - {name: x-acs-action, in: header, required: true, schema: {type: string, const: Little}}
        - {name: x-acs-version, in: header, required: true, schema: {type: string, const: '2020-09-30'}}
        - name: Name
          in: query
          example: a
          schema: SCHEMA
      responses:
        '200': {description: done, content: {application/json: {schema: ANSWER}}}
"""


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the shipped contract."""
    return load_contract()


@pytest.fixture(scope="session")
def documents() -> Path:
    """Return the folder of the shipped documents."""
    return Path(openapi.__file__).parent


@pytest.fixture(scope="session")
def facts() -> dict[str, str]:
    """Return the level of every documented fact by its id."""
    entries = json.loads((DATA / "facts.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry["level"] for entry in entries}


@pytest.fixture(scope="session")
def examples() -> dict[tuple[str, str], Any]:
    """Return the official samples by operation and kind (request, response, notification)."""
    found = {}
    for path in sorted((DATA / "examples").glob("*.json")):
        operation, kind, _ = path.name.split(".")
        found[operation, kind] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def sdk_differences() -> dict[str, dict[str, str]]:
    """Return the named differences between documents and SDK models by place."""
    text = (DATA / "sdk-differences.json").read_text(encoding="utf-8")
    return {entry["at"]: entry for entry in json.loads(text)}


@pytest.fixture
def little(tmp_path: Path) -> Callable[..., Contract]:
    """Return the loader of a contract of one operation with one parameter, both sides given as YAML."""

    def load(schema: str = "{type: string}", answer: str = "{type: object}", more: str = "") -> Contract:
        (tmp_path / "imm").mkdir()
        (tmp_path / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
        text = LITTLE.replace("SCHEMA", schema).replace("ANSWER", answer) + more
        (tmp_path / "imm" / "Little.yaml").write_text(text, encoding="utf-8")
        return load_contract(tmp_path)

    return load
