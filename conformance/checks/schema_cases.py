"""Requests of schemathesis's coverage phase, fed with real values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from conformance.wire.encoding import encode_value
from openapi import Operation, Parameter, SchemaNode
from strategies import RawText


def coverage_requests(operation: Operation, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield parameter maps: valid and broken ones, each once.

    Only what travels in the query of a POST is taken; methods and headers
    belong to the gateway's own checks.
    """
    import schemathesis  # takes a second to import
    from schemathesis import GenerationMode  # as above

    schema = schemathesis.openapi.from_dict(_document(operation, base))
    found = schema["/"]["POST"]
    config = schema.config.generation_for(operation=found, phase="coverage")
    seen: set[tuple[tuple[str, str], ...]] = set()
    for case in schema.iter_coverage_cases(found, generation_modes=list(GenerationMode), generation_config=config):
        if case.method.upper() != "POST":
            continue
        params = _params(case.as_transport_kwargs(base_url="http://localhost").get("params"))
        key = tuple(sorted(params.items()))
        if key not in seen:
            seen.add(key)
            yield {name: RawText(text) for name, text in params.items()}


def _params(given: Any) -> dict[str, str]:
    if isinstance(given, str):
        return dict(parse_qsl(given, keep_blank_values=True))
    pairs = given.items() if isinstance(given, Mapping) else (given or ())
    return {str(name): encode_value(value, "comma") for name, value in pairs}


def _document(operation: Operation, base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operation as a plain document with `base` as its examples."""
    parameters = [_parameter(p, base) for p in operation.parameters.values()]
    return {
        "openapi": "3.1.0",
        "info": {"title": operation.name, "version": operation.version},
        "paths": {
            "/": {
                "post": {
                    "operationId": operation.name,
                    "parameters": parameters,
                    "responses": {"200": {"description": "success"}},
                }
            }
        },
    }


def _parameter(parameter: Parameter, base: Mapping[str, Any]) -> dict[str, Any]:
    schema = _plain(parameter.node)
    made: dict[str, Any] = {"name": parameter.name, "in": "query", "required": parameter.required}
    if parameter.encoding == "json":
        made["content"] = {"application/json": {"schema": schema}}
    else:
        made["schema"] = schema
    if parameter.encoding == "comma":
        made.update(style="form", explode=False)
    if parameter.name in base:
        made["example"] = base[parameter.name]
    return made


def _plain(node: SchemaNode) -> dict[str, Any]:
    """Return the JSON Schema of a node without annotations."""
    schema = {
        k: v
        for k, v in node.schema.items()
        if not k.startswith("x-") and k not in ("properties", "items", "additionalProperties", "$ref")
    }
    if node.members:
        schema["properties"] = {name: _plain(child) for name, child in node.members.items()}
    if node.item:
        schema["items"] = _plain(node.item)
    if node.other:
        schema["additionalProperties"] = _plain(node.other)
    return schema
