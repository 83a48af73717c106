"""How the value at a place of an answer is made to break one keyword."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.selftest.places import DROP, Change
from openapi import Requirement

Deviation = tuple[str, Change]

_SAMPLES = (
    "",
    "1",
    "a",
    "2024-05-01T12:00:00Z",
    "2024-05-01T12:00:00.000Z",
    "2024-05-01T12:00:00.000000000+08:00",
    "30.134390,120.074997",
    "oss://examplebucket/sampleobject.jpg",
    "oss://examplebucket",
    "https://example.com/a.mp4",
    "16:9",
    "image/jpeg",
    "6E93D6C9-5AC0-49F9-914D-E02678D3FABC",
    "0" * 64,
    "AAAAAAAAAAAAAAAAAAAAAA==",
)
"""Texts of the forms that answers have; each pattern has at least one (a test says so)."""

_OTHERS = ("2024-05-01T12:00:00.0123456789Z", "!? ")
"""Texts of which each pattern forbids one: a time, so that its format is kept, and signs."""


def deviations(requirement: Requirement) -> list[Deviation]:
    """Return the deviations that break the keyword of a requirement, by name."""
    maker = _MAKERS.get(requirement.keyword)
    return maker(requirement.value) if maker else []


def _required(_value: Any) -> list[Deviation]:
    return [("dropped", lambda _: DROP), ("null", lambda _: None)]


def _type(value: Any) -> list[Deviation]:
    name = value if isinstance(value, str) else ""
    return [(wrong, _only(_KINDS[name], change)) for wrong, change in _WRONG.get(name, [])]


def _only(kind: type | tuple[type, ...], change: Change) -> Change:
    """Return a change that leaves values of other types as they are: what a request gave may come back."""
    return lambda value: change(value) if isinstance(value, kind) else value


def _parsed(text: Any) -> Any:
    """Return the object that a text holds as JSON, or one with the text in it."""
    try:
        inner = json.loads(text)
    except (TypeError, ValueError):
        inner = None
    return inner if isinstance(inner, dict | list) else {"value": text}


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_WRONG: Mapping[str, list[Deviation]] = {
    "string": [("number for text", lambda _: 7), ("object for text", _parsed), ("array for text", lambda v: [v])],
    "integer": [
        ("text for number", str),
        ("fraction", lambda v: v + 0.5),
        ("decimal point", float),
        ("boolean for number", lambda _: True),
    ],
    "number": [("text for number", str), ("boolean for number", lambda _: True)],
    "boolean": [("text for boolean", str), ("number for boolean", int)],
    "array": [
        ("object for array", lambda v: {"items": v}),
        ("JSON text for array", json.dumps),
        ("single item for array", lambda v: v[0] if v else ""),
    ],
    "object": [("array for object", lambda v: [v]), ("JSON text for object", json.dumps)],
}


def _enum(value: Any) -> list[Deviation]:
    made: list[Deviation] = [("value outside", lambda v: "Unlisted" if isinstance(v, str) else 10**6)]
    texts = [v for v in value if v]
    if all(isinstance(v, str) for v in texts):
        made += [("other case", lambda v: (v or texts[0]).swapcase()), *_ENDS]
    return made


def _const(value: Any) -> list[Deviation]:
    made: list[Deviation] = [("other value", lambda _: "Other")]
    return [*made, ("other case", lambda v: v.swapcase()), *_ENDS] if isinstance(value, str) else made


_ENDS: list[Deviation] = [
    ("trailing newline", lambda v: f"{v or 'x'}\n"),
    ("trailing blank", lambda v: f"{v or 'x'} "),
]


def _pattern(value: str) -> list[Deviation]:
    strict = re.compile(value.removesuffix("$") + r"\Z")
    sample = next((text for text in reversed(_SAMPLES) if strict.search(text)), "")
    ends = [(name, change) for name, change in _ENDS if not strict.search(change(sample))]
    other = next(text for text in _OTHERS if not strict.search(text))
    return [*ends, ("other form", lambda _: other)]


def _format(_value: Any) -> list[Deviation]:
    return [("no such form", lambda v: "yesterday" if isinstance(v, str) else 2**70)]


def _content(_value: Any) -> list[Deviation]:
    return [
        ("no JSON", lambda v: "{broken" if v else v),
        ("text after the JSON", lambda v: f"{v} x" if v else v),
    ]


def _minimum(value: Any) -> list[Deviation]:
    return [("too small", lambda _: value - 1)]


def _maximum(value: Any) -> list[Deviation]:
    return [("too large", lambda _: value + 1)]


_MAKERS: Mapping[str, Callable[[Any], list[Deviation]]] = {
    "required": _required,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minLength": lambda value: [("one character too few", lambda v: v[: value - 1])],
    "maxLength": lambda value: [("one character too many", lambda _: "x" * (value + 1))],
    "minItems": lambda value: [("one item too few", lambda v: v[: value - 1])],
    "maxItems": lambda value: [("one item too many", lambda v: ((v or [0]) * (value + 1))[: value + 1])],
    "minimum": _minimum,
    "maximum": _maximum,
    "uniqueItems": lambda _: [("item twice", lambda v: [*v, *v])],
    "contentSchema": _content,
}
