"""Exchanges and schemas made by hand, for what judges them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.exchange import Answer, Call, Exchange, Form, Sent
from openapi import Contract, SchemaNode, load_contract

KEYWORDS = ("type", "enum", "const", "pattern", "format", "uniqueItems", "x-maxBytes", "contentSchema")
BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")

Answered = Callable[..., Exchange]
Unanswered = Callable[[str], Exchange]
NodeOf = Callable[..., SchemaNode]


def _exchange(
    status: int = 200,
    value: Any = None,
    *,
    operation: str = "GetTask",
    headers: Mapping[str, str] | None = None,
    problem: str = "",
    flaws: tuple[str, ...] = (),
    **form: Any,
) -> Exchange:
    answer = Answer(status, headers or {}, b"", value, problem, flaws)
    return Exchange(Call(operation, {}, Form(**form)), Sent("POST", "http://imm.test/", ()), answer)


def _unanswered(failure: str) -> Exchange:
    return Exchange(Call("GetTask", {}), Sent("POST", "http://imm.test/", ()), None, failure)


def _node(schema: Mapping[str, Any], path: str = "Op/response") -> SchemaNode:
    """Return the node of a plain schema; each keyword has an id of its own below `path`."""
    content = schema.get("contentSchema")
    return SchemaNode(
        path,
        schema,
        {k: (f"{path}/{k}",) for k in (*KEYWORDS, *BOUNDS) if k in schema},
        {name: (f"{path}/{name}/required",) for name in schema.get("required", ())},
        {name: _node(child, f"{path}/{name}") for name, child in schema.get("properties", {}).items()},
        _node(schema["items"], f"{path}[]") if "items" in schema else None,
        _node(schema["additionalProperties"], f"{path}/*") if "additionalProperties" in schema else None,
        _node(content, f"{path}#") if content else None,
    )


@pytest.fixture(scope="session")
def exchange() -> Answered:
    """Return what makes an answered exchange: status, JSON object, and how it was sent."""
    return _exchange


@pytest.fixture(scope="session")
def unanswered() -> Unanswered:
    """Return what makes an exchange that got no answer."""
    return _unanswered


@pytest.fixture(scope="session")
def node() -> NodeOf:
    """Return what makes the node of a plain JSON schema."""
    return _node


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the contract of the eight operations."""
    return load_contract()
