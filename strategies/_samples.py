"""Valid values without chance: for a schema, of a length, in a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis.errors import InvalidArgument

from openapi import SchemaNode
from strategies._known import known
from strategies._regex import shortest
from strategies._relatives import grown
from strategies._validity import broken, types

_TIME = "2024-05-01T12:00:00Z"
_CANDIDATES = ("sample", "a", "1", _TIME, "oss://examplebucket/sampleobject.jpg")


def sample(node: SchemaNode) -> Any:
    """Return a valid value of a schema: its example, or the plainest value.

    Optional members are left out.
    """
    schema = node.schema
    stated = [schema[k] for k in ("example", "const", "default") if k in schema]
    for value in [*stated, *schema.get("examples", ()), *schema.get("enum", ())]:
        if value not in ("", [], {}) and not broken(node, value):
            return value
    return _MADE[kind_of(node)](node)


def kind_of(node: SchemaNode) -> str:
    """Return the JSON type of a schema's values: named, or what it implies."""
    named = [kind for kind in types(node.schema) if kind != "null"]
    if named:
        return named[0]
    if node.members or node.other is not None:
        return "object"
    return "array" if node.item is not None else "string"


def _object(node: SchemaNode) -> dict[str, Any]:
    return {name: sample(node.members[name]) for name in node.required}


def _array(node: SchemaNode) -> list[Any]:
    count = max(1, node.schema.get("minItems", 0))
    first = "sample" if node.item is None else sample(node.item)
    return grown(node.item, [first], count)


def _text(node: SchemaNode) -> str:
    schema = node.schema
    format_ = known(schema)
    candidates = [*(format_.members if format_ else ()), *_CANDIDATES]
    least = schema.get("minLength", 0)
    candidates += ["a".ljust(least, "a"), ""]
    for text in candidates:
        if not broken(node, text):
            return text
    plain = shortest(schema.get("pattern", "^$"))
    if plain is None or broken(node, plain):
        raise InvalidArgument(f"{node.path!r}: found no valid text; expected an example in its schema")
    return plain


def _whole(node: SchemaNode) -> int:
    least, most = node.schema.get("minimum"), node.schema.get("maximum")
    value = 1 if least is None else max(1, least)
    return int(value if most is None else min(value, most))


_MADE: dict[str, Callable[[SchemaNode], Any]] = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": _whole,
    "number": _whole,
    "boolean": lambda _: True,
}


def with_length(node: SchemaNode, value: str, size: int, measure: Callable[[str], int] = len) -> Iterator[str]:
    """Yield texts of exactly `size`, made from `value`, the nearest first.

    `measure` counts: characters by default.
    """
    if size <= 0:
        yield from [""] if size == 0 else []
        return
    missing = size - measure(value)
    if missing >= 0:
        yield value + "a" * missing
        start, dot, extension = value.rpartition(".")
        yield start + "a" * missing + dot + extension
        yield from (value + "0" * missing, "a" * missing + value)
    cut = value[:size]
    if measure(cut) == size:
        yield cut
    yield from (character * size for character in "aA0")
    if "pattern" in node.schema:
        yield from _by_pattern(node.schema["pattern"], size, measure)


def _by_pattern(pattern: str, size: int, measure: Callable[[str], int]) -> Iterator[str]:
    plain = shortest(pattern) or ""
    for at in range(len(plain) + 1):
        text = plain[:at] + plain[at - 1 : at] * (size - measure(plain)) + plain[at:]
        if measure(text) == size:
            yield text
