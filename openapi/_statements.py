"""One plain sentence for each derived requirement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openapi._model import Requirement

_TYPES = {
    "string": "a string",
    "integer": "a whole JSON number",
    "number": "a JSON number",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
}
_FORMATS = {
    "date-time": "an RFC 3339 time",
    "int32": "within 32 bits",
    "int64": "within 64 bits",
}


def _listed(values: Any) -> str:
    return ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values)


_RULES: dict[str, Callable[[Any], str]] = {
    "required": lambda _: "is present",
    "type": lambda v: f"is {_TYPES.get(v, v)}",
    "enum": lambda v: f"is one of {_listed(v)}",
    "const": lambda v: f"is {v!r}",
    "pattern": lambda v: f"matches {v}",
    "format": lambda v: f"is {_FORMATS[v]}",
    "minLength": lambda v: f"has at least {v} characters",
    "maxLength": lambda v: f"has at most {v} characters",
    "maxBytes": lambda v: f"has at most {v} bytes in UTF-8",
    "minItems": lambda v: f"has at least {v} items",
    "maxItems": lambda v: f"has at most {v} items",
    "uniqueItems": lambda _: "has no item twice",
    "minimum": lambda v: f"is at least {v}",
    "maximum": lambda v: f"is at most {v}",
    "contentSchema": lambda _: "is a string that holds JSON text, when not empty",
}
_PLACES = {
    "response": "In a success answer",
    "error": "In an error answer",
    "message": "In the message",
    "request": "In the request",
    "behavior": "",
}


def describe(requirement: Requirement) -> str:
    """Return the sentence for a structural requirement without one of its own."""
    subject = f"`{requirement.path}`" if requirement.path else "the body"
    rule = f"{subject} {_RULES[requirement.keyword](requirement.value)}"
    if requirement.aspect == "accepts":
        return f"A request in which {rule} is accepted."
    if requirement.aspect == "refuses":
        return f"A request that breaks «{rule}» is refused."
    if requirement.aspect == "code":
        statuses = " or ".join(str(s) for s in requirement.statuses)
        with_status = f" with HTTP {statuses}" if statuses else ""
        return f"A request that breaks «{rule}» is refused{with_status} and a Code of {', '.join(requirement.codes)}."
    return f"{_PLACES[requirement.side]} {rule}."
