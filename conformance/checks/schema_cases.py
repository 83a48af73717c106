"""Requests of schemathesis's coverage phase, fed with real values.

They are generated once per document, around values that stand for the real
ones, and kept: in the process, and in the user's cache folder for later runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from conformance.checks.keeping import kept
from conformance.wire.encoding import encode_value
from openapi import Operation, Parameter, SchemaNode
from strategies import RawText


def coverage_requests(
    operation: Operation, base: Mapping[str, Any], stand_in: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield parameter maps: valid and broken ones, each once.

    `stand_in` is a whole request of values as they could be, the same in every
    run; the values of `base` are put in their place. Only what travels in the
    query of a POST is taken; methods and headers belong to the gateway's own
    checks.
    """
    document = json.dumps(_document(operation, stand_in), sort_keys=True)
    whole = {name: (_text(operation, name, stand_in), _text(operation, name, base)) for name in stand_in}
    parts = dict(sorted(_leaves(stand_in, base), key=lambda pair: -len(pair[0])))
    for params in _cases(document):
        yield {name: RawText(_put(text, whole.get(name), parts)) for name, text in params.items()}


def _text(operation: Operation, name: str, params: Mapping[str, Any]) -> str:
    return encode_value(params.get(name), operation.parameters[name].encoding)


def _put(text: str, whole: tuple[str, str] | None, parts: Mapping[str, str]) -> str:
    """Return a wire text with real values in the place of those that stood in."""
    if whole is not None and text == whole[0]:
        return whole[1]
    for old, new in parts.items():
        text = text.replace(old, new)
    return text


def _leaves(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts in `old` that differ from those at the same place in `new`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in old.keys() & new.keys():
            yield from _leaves(old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _leaves(one, other)
    elif isinstance(old, str) and isinstance(new, str) and old != new:
        yield old, new


@lru_cache(maxsize=64)
def _cases(document: str) -> tuple[dict[str, str], ...]:
    """Return the coverage cases of a document with one operation, as wire texts."""
    return tuple(kept("coverage", document, lambda: list(_generated(json.loads(document)))))


def _generated(document: dict[str, Any]) -> Iterator[dict[str, str]]:
    import schemathesis  # takes a second to import
    from schemathesis import GenerationMode  # as above

    schema = schemathesis.openapi.from_dict(document)
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
            yield params


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
