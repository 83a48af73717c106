"""Finding and changing the values at a requirement's path in an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_STEP = re.compile(r"[^/\[\]{}#]+|\[\]|\{\}|#")
Change = Callable[[Any], Any]


class Dropped:
    """What a change returns to remove the member."""


DROP = Dropped()


def change_at(payload: Any, path: str, change: Change) -> bool:
    """Apply `change` to every value at `path`, in place; tell whether any was there.

    `path` is that of a requirement, such as `Files[]/Size` or `EXIF#{}/value`.
    """
    holder = {"": payload}
    steps = ["", *_STEP.findall(path)]
    return _walk(holder, steps, change)


def _walk(holder: Any, steps: list[str], change: Change) -> bool:
    step, rest = steps[0], steps[1:]
    keys = _keys(holder, step)
    if not rest:
        return _apply(holder, keys, change)
    touched = False
    for key in keys:
        if rest[0] == "#":
            touched = _inside(holder, key, rest[1:], change) or touched
        else:
            touched = _walk(holder[key], rest, change) or touched
    return touched


def _keys(holder: Any, step: str) -> list[Any]:
    if step == "[]":
        return list(range(len(holder))) if isinstance(holder, list) else []
    if not isinstance(holder, dict):
        return []
    if step == "{}":
        return list(holder)
    return [step] if step in holder else []


def _apply(holder: Any, keys: list[Any], change: Change) -> bool:
    touched = False
    for key in reversed(keys):
        changed = change(holder[key])
        if changed is DROP:
            del holder[key]
        else:
            holder[key] = changed
        touched = True
    return touched


def _inside(holder: Any, key: Any, rest: list[str], change: Change) -> bool:
    text = holder[key]
    if not isinstance(text, str) or not text:
        return False
    try:
        inner = {"": json.loads(text)}
    except ValueError:
        return False
    touched = _walk(inner, ["", *rest], change)
    holder[key] = json.dumps(inner[""])
    return touched
