"""Valid values without chance: for a schema, of a length, in a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from openapi import SchemaNode
from strategies._known import known
from strategies._regex import shortest
from strategies._validity import broken, types

_TIME = "2024-05-01T12:00:00Z"
_LONGEST_EXTENSION = 8
_LONG, _LONG_KEY = 40, 900
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
    return grown(node, [first], count)


def _text(node: SchemaNode) -> str:
    schema = node.schema
    format_ = known(schema)
    candidates = [*(format_.members if format_ else ()), *_CANDIDATES]
    least = schema.get("minLength", 0)
    candidates += ["a".ljust(least, "a"), ""]
    for text in candidates:
        if not broken(node, text):
            return text
    return shortest(schema.get("pattern", "^$"))


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
        yield from (_inserted(value, "a" * missing), value + "0" * missing)
        yield "a" * missing + value
    cut = value[:size]
    if measure(cut) == size:
        yield cut
    yield from (character * size for character in "aA0")
    if "pattern" in node.schema:
        yield from _by_pattern(node.schema["pattern"], size, measure)


def _by_pattern(pattern: str, size: int, measure: Callable[[str], int]) -> Iterator[str]:
    plain = shortest(pattern)
    for at in range(len(plain) + 1):
        text = plain[:at] + plain[at - 1 : at] * (size - measure(plain)) + plain[at:]
        if measure(text) == size:
            yield text


def grown(node: SchemaNode, items: list[Any], count: int) -> list[Any]:
    """Return `count` items: the given ones, then distinct valid relatives."""
    if not items:
        items = [sample(node.item) if node.item is not None else "sample"]
    kept = items[:count]
    for number in range(1, count - len(kept) + 1):
        kept.append(relative(node.item, items[0], number))
    return kept


def relative(node: SchemaNode | None, item: Any, number: int) -> Any:
    """Return the `number`-th valid item beside `item`, distinct if possible."""
    if isinstance(item, Mapping):
        return _relative_object(node, item, number)
    if node is not None and "enum" in node.schema:
        allowed = [v for v in node.schema["enum"] if v != item] or [item]
        return allowed[(number - 1) % len(allowed)]
    if isinstance(item, int | float) and not isinstance(item, bool):
        return item + number
    if not isinstance(item, str):
        return item
    valid = (t for t in siblings(item, number) if node is None or not broken(node, t))
    return next(valid, item)


def _relative_object(node: SchemaNode | None, item: Mapping[str, Any], number: int) -> dict[str, Any]:
    texts = [name for name, value in item.items() if isinstance(value, str)]
    required = [] if node is None else [n for n in node.required if n in texts]
    for name in [*required, *texts][:1]:
        member = None if node is None else node.members.get(name, node.other)
        return {**item, name: relative(member, item[name], number)}
    return dict(item)


def siblings(text: str, number: int) -> Iterator[str]:
    """Yield texts that tell `number` and are otherwise like `text`."""
    yield _inserted(text, f"-{number:03}")
    yield f"{text}-{number:03}"
    yield f"{text[:-3]}{number:03}"
    yield f"{text}{number:03}"
    yield f"{number:03}{text}"


def _inserted(text: str, addition: str) -> str:
    """Return `text` with `addition` before its file extension.

    In a long text it takes the place of what was there, so that names and
    keys at the limit of their length stay inside it.
    """
    start, dot, extension = text.rpartition(".")
    if not dot or "/" in extension or len(extension) > _LONGEST_EXTENSION:
        start, dot, extension = text, "", ""
    segment = start.rpartition("/")[2]
    is_roomy = len(segment) > len(addition) + 1 or len(text.encode()) > _LONG_KEY
    is_escape = "%" in start[-len(addition) - 2 :]
    if len(text) > _LONG and is_roomy and not is_escape:
        start = start[: -len(addition)]
    return start + addition + dot + extension
