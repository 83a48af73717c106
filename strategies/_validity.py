"""Which requirements of a schema a value breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from openapi import SchemaNode
from strategies._values import ABSENT, CONTENT, RawText, get, json_type

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_RANGES = {"int32": 2**31, "int64": 2**63}


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return `pattern` as ECMA 262 reads it: `$` is the very end."""
    closed = _TOKEN.sub(lambda m: r"\Z" if m[0] == "$" else m[0], pattern)
    return re.compile(closed, re.ASCII)


def rule(node: SchemaNode, keyword: str) -> str:
    """Return the part of a requirement's id that tells place and keyword."""
    return f"{node.path}/{keyword.removeprefix('x-')}"


def types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema names, none if it names none."""
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def broken(node: SchemaNode, value: Any) -> frozenset[str]:
    """Return the rules that `value` breaks in `node`, open ones included."""
    return frozenset(_broken(node, value))


def _broken(node: SchemaNode, value: Any) -> Iterator[str]:
    if not _typed(node.schema, value):
        if "type" in node.keywords:
            yield rule(node, "type")
        return
    for keyword in node.keywords:
        is_kept = _RULES.get(keyword)
        if is_kept is not None and not is_kept(node.schema[keyword], value):
            yield rule(node, keyword)
    if isinstance(value, Mapping):
        yield from _broken_members(node, value)
    elif isinstance(value, list) and node.item is not None:
        for item in value:
            yield from _broken(node.item, item)
    elif isinstance(value, str) and node.content is not None:
        inner = get(value, (CONTENT,))
        if inner is not ABSENT:
            yield from _broken(node.content, inner)


def _broken_members(node: SchemaNode, value: Mapping[str, Any]) -> Iterator[str]:
    for name in node.required:
        if value.get(name) is None:
            yield rule(node.members[name], "required")
    for name, member in value.items():
        child = node.members.get(name, node.other)
        if child is not None and member is not None:
            yield from _broken(child, member)


def _typed(schema: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, RawText):
        return False
    named = types(schema)
    actual = json_type(value)
    return not named or actual in named or (actual == "integer" and "number" in named)


def is_date_time(text: str) -> bool:
    """Return whether `text` is a time by RFC 3339."""
    if not _DATE_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _formatted(name: str, value: Any) -> bool:
    if name == "date-time":
        return not isinstance(value, str) or is_date_time(value)
    limit = _RANGES.get(name)
    return limit is None or not _number(value) or -limit <= value < limit


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _for(kind: type, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return `test` for values of one kind; all others pass."""
    return lambda limit, value: not isinstance(value, kind) or test(limit, value)


_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "enum": lambda allowed, value: value in allowed,
    "const": lambda wanted, value: bool(value == wanted),
    "pattern": _for(str, lambda p, v: compiled(p).search(v) is not None),
    "format": _formatted,
    "minLength": _for(str, lambda n, v: len(v) >= n),
    "maxLength": _for(str, lambda n, v: len(v) <= n),
    "x-maxBytes": _for(str, lambda n, v: len(v.encode()) <= n),
    "minItems": _for(list, lambda n, v: len(v) >= n),
    "maxItems": _for(list, lambda n, v: len(v) <= n),
    "minimum": lambda n, v: not _number(v) or v >= n,
    "maximum": lambda n, v: not _number(v) or v <= n,
}
