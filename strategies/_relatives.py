"""Distinct relatives of an item, to fill long lists without many draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openapi import SchemaNode
from strategies._validity import broken
from strategies._values import compact

_LONGEST_EXTENSION = 8
_SHORT, _LONG, _LONG_KEY = 8, 40, 900


def grown(node: SchemaNode | None, items: list[Any], count: int) -> list[Any]:
    """Return `count` items: the given distinct ones, then relatives of the first.

    `node` is the schema that relatives keep, if there is one. Items repeat
    only where no other is found, as with a short list of allowed values.
    """
    kept: dict[str, Any] = {}
    for item in items[:count]:
        kept.setdefault(_identity(node, item), item)
    for number in range(1, 2 * count):
        if len(kept) >= count:
            break
        made = _relative(node, items[0], number)
        kept.setdefault(_identity(node, made), made)
    return [*kept.values(), *items[:1] * (count - len(kept))]


def _identity(node: SchemaNode | None, item: Any) -> str:
    """Return what tells an item apart."""
    name = _name(node, item) if isinstance(item, Mapping) else None
    return compact(item if name is None else item[name])


def _name(node: SchemaNode | None, item: Mapping[str, Any]) -> str | None:
    """Return the member that tells an object apart: a required text, or any."""
    required = ("URI",) if node is None else tuple(node.required)
    names = (name for name in (*required, *item) if isinstance(item.get(name), str))
    return next(names, None)


def _relative(node: SchemaNode | None, item: Any, number: int) -> Any:
    """Return the `number`-th valid item beside `item`, or `item` if there is none."""
    if isinstance(item, Mapping):
        return _relative_object(node, item, number)
    if node is not None and "enum" in node.schema:
        allowed = node.schema["enum"]
        return allowed[number % len(allowed)]
    if isinstance(item, int | float) and not isinstance(item, bool):
        return item + number
    if not isinstance(item, str):
        return item
    valid = (t for t in _siblings(item, number) if node is None or not broken(node, t))
    return next(valid, item)


def _relative_object(node: SchemaNode | None, item: Mapping[str, Any], number: int) -> dict[str, Any]:
    name = _name(node, item)
    if name is None:
        return dict(item)
    member = None if node is None else node.members.get(name, node.other)
    return {**item, name: _relative(member, item[name], number)}


def _siblings(text: str, number: int) -> Iterator[str]:
    """Yield texts that tell `number` and are otherwise like `text`."""
    if text.isalnum() and len(text) > _SHORT:
        yield f"{text[:-3]}{number:03}"
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
