"""Reading and changing one place inside a JSON value, without mutation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class Mark(Enum):
    """Steps and values that are no JSON."""

    ABSENT = "absent"
    """The value of a place that is not there."""

    CONTENT = "#"
    """The step into the JSON text that a string holds."""


ABSENT: Final = Mark.ABSENT
CONTENT: Final = Mark.CONTENT

Step = str | int | Mark


@dataclass(frozen=True, slots=True)
class RawText:
    """Wire text of a parameter that is not the encoding of a JSON value.

    Such as broken JSON, or a word in the place of a boolean.
    """

    text: str


def compact(value: Any) -> str:
    """Return the compact JSON text that the official clients send."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def get(value: Any, steps: tuple[Step, ...]) -> Any:
    """Return what stands at `steps`, or ABSENT."""
    for step in steps:
        value = _child(value, step)
        if value is ABSENT:
            return ABSENT
    return value


def put(value: Any, steps: tuple[Step, ...], new: Any) -> Any:
    """Return `value` with `new` at `steps`; with ABSENT what was there goes.

    Containers on the way that are missing are made.
    """
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    child = put(_child(value, step), rest, new)
    if step is CONTENT:
        return compact(child)
    if isinstance(step, int):
        return _with_item(value, step, child)
    members = dict(value) if isinstance(value, Mapping) else {}
    if child is ABSENT:
        members.pop(str(step), None)
    else:
        members[str(step)] = child
    return members


def _child(value: Any, step: Step) -> Any:
    if step is CONTENT:
        return _parsed(value)
    if isinstance(step, int):
        fits = isinstance(value, list) and step < len(value)
        return value[step] if fits else ABSENT
    return value.get(step, ABSENT) if isinstance(value, Mapping) else ABSENT


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return ABSENT


def _with_item(value: Any, index: int, item: Any) -> list[Any]:
    items = list(value) if isinstance(value, list) else []
    items[index : index + 1] = [] if item is ABSENT else [item]
    return items


def json_type(value: Any) -> str:
    """Return the JSON Schema type of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
