"""Reading of answers: bounded in size, nesting and time, strict about JSON."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_SURROGATE = re.compile(rb"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_OPENING = re.compile(rb"[\[{]")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of an answer is read: bytes after decoding, levels, seconds."""

    max_bytes: int = 32 * 1024 * 1024
    max_depth: int = 64
    max_seconds: float = 30.0


class BodyTooLargeError(Exception):
    """An answer exceeded a limit; the text says which."""


def collect(chunks: Iterable[bytes], limits: BodyLimits) -> bytes:
    """Return the joined chunks.

    Raises BodyTooLargeError when they exceed the limits in bytes or seconds.
    """
    parts: list[bytes] = []
    size = 0
    end = time.monotonic() + limits.max_seconds
    for chunk in chunks:
        size += len(chunk)
        if size > limits.max_bytes:
            msg = f"the answer is longer than {limits.max_bytes} bytes"
            raise BodyTooLargeError(msg)
        if time.monotonic() > end:
            msg = f"the answer took longer than {limits.max_seconds:g} seconds"
            raise BodyTooLargeError(msg)
        parts.append(chunk)
    return b"".join(parts)


class _Pairs:
    """Collects what strict JSON forbids while the parser runs."""

    def __init__(self) -> None:
        self.flaws: list[str] = []

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({n for n in names if names.count(n) > 1})
            self.flaws.append(f"the member '{twice[0]}' occurs twice in one object")
        return value

    def constant(self, text: str) -> float:
        self.flaws.append(f"{text} is not JSON")
        return float(text.replace("Infinity", "inf").replace("NaN", "nan"))

    def float(self, text: str) -> float:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            self.flaws.append(f"the number {text[:40]} is beyond a double")
        return value


def read_body(  # noqa: PLR0911  # one return for each way a body can be wrong
    body: bytes, limits: BodyLimits
) -> tuple[dict[str, Any] | None, str, tuple[str, ...]]:
    """Return the JSON object in `body`, the problem if none, and its flaws."""
    if not body:
        return None, "the body is empty", ()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, f"the body is not UTF-8 (byte {error.start})", ()
    hooks = _Pairs()
    try:
        value = json.loads(
            text,
            object_pairs_hook=hooks.object,
            parse_constant=hooks.constant,
            parse_float=hooks.float,
        )
    except RecursionError:
        return None, "the JSON is nested too deeply", ()
    except ValueError as error:
        return None, f"the body is not JSON ({error})", ()
    if len(_OPENING.findall(body)) > limits.max_depth and _depth(value) > limits.max_depth:
        return None, f"the JSON is nested deeper than {limits.max_depth} levels", ()
    if not isinstance(value, dict):
        return None, f"the body is a JSON {_name(value)}, not an object", ()
    if _SURROGATE.search(body) and _has_lone_surrogate(value):
        hooks.flaws.append("a string holds a lone surrogate")
    return value, "", tuple(dict.fromkeys(hooks.flaws))


def _depth(value: Any) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        item, level = pending.pop()
        deepest = max(deepest, level)
        if isinstance(item, dict):
            pending.extend((child, level + 1) for child in item.values())
        elif isinstance(item, list):
            pending.extend((child, level + 1) for child in item)
    return deepest


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _name(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
