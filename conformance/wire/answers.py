"""Reading of answers: bounded in size, nesting and time, strict about JSON."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

_SURROGATE = re.compile(rb"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_STRUCTURE = (b",", b"[", b"{")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of an answer is read: bytes after decoding, levels, values, seconds, header fields.

    A hundred files with all that the documents name make less than a
    megabyte and 50,000 values; what is read takes less than 100 MB of memory.
    """

    max_bytes: int = 8 * 1024 * 1024
    max_depth: int = 64
    max_values: int = 500_000
    max_seconds: float = 30.0
    max_headers: int = 256
    max_header_bytes: int = 64 * 1024

    def shared(self, answers: int) -> BodyLimits:
        """Return the limits of each of so many answers that are read at the same time.

        What is read of a body is the same under any limits, so that a log can be judged again under the usual ones.
        """
        return replace(self, max_bytes=self.max_bytes // (2 * answers))


class BodyTooLargeError(Exception):
    """An answer exceeded a limit; the text says which."""


def check_headers(headers: Sequence[tuple[bytes, bytes]], limits: BodyLimits) -> None:
    """Raise BodyTooLargeError when the header of an answer exceeds the limits."""
    if len(headers) > limits.max_headers:
        msg = f"the answer has {len(headers)} header fields, more than {limits.max_headers}"
        raise BodyTooLargeError(msg)
    size = sum(len(name) + len(value) for name, value in headers)
    if size > limits.max_header_bytes:
        msg = f"the header of the answer has {size} bytes, more than {limits.max_header_bytes}"
        raise BodyTooLargeError(msg)


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


def read_body(body: bytes, limits: BodyLimits) -> tuple[dict[str, Any] | None, str, tuple[str, ...]]:
    """Return the JSON object in `body`, the problem if none, and its flaws."""
    if not body:
        return None, "the body is empty", ()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, *_flawed(f"the body is not UTF-8 (byte {error.start})")
    if sum(map(body.count, _STRUCTURE)) > limits.max_values:
        return None, f"the JSON holds more than {limits.max_values} values", ()
    hooks = _Pairs()
    value, problem, flaws = _parse(text, hooks)
    if not problem:
        problem = _unfit(value, body, limits)
    if problem:
        return None, problem, flaws
    if _SURROGATE.search(body) and _has_lone_surrogate(value):
        hooks.flaws.append("a string holds a lone surrogate")
        value = _whole(value)
    return value, "", tuple(dict.fromkeys(hooks.flaws))


def read_text(text: str, limits: BodyLimits) -> Any:
    """Return the JSON value of a text inside of an answer, with lone surrogates replaced.

    Raises ValueError if the text is not JSON, or nested deeper than answers may be.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if _depth(value) > limits.max_depth:
        raise ValueError(f"the JSON is nested deeper than {limits.max_depth} levels")
    return _whole(value)


def _unfit(value: Any, body: bytes, limits: BodyLimits) -> str:
    """Return why a JSON value is no answer, or an empty text."""
    if body.count(b"[") + body.count(b"{") > limits.max_depth and _depth(value) > limits.max_depth:
        return f"the JSON is nested deeper than {limits.max_depth} levels"
    return "" if isinstance(value, dict) else f"the body is a JSON {_name(value)}, not an object"


def _parse(text: str, hooks: _Pairs) -> tuple[Any, str, tuple[str, ...]]:
    """Return the JSON value of `text`, or the problem and the flaw that it is."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=hooks.object,
            parse_constant=hooks.constant,
            parse_float=hooks.float,
        )
    except RecursionError:
        return None, "the JSON is nested too deeply", ()
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            offset = len(text[: error.pos].encode("utf-8"))
            return None, *_flawed(f"the body is not JSON alone, it goes on at byte {offset}")
        return None, f"the body is not JSON ({error})", ()
    except ValueError as error:
        return None, f"the body is not JSON ({error})", ()
    return value, "", ()


def _flawed(text: str) -> tuple[str, tuple[str, ...]]:
    """Return what makes a body unreadable as its problem and as a flaw of its own."""
    return text, (text,)


def _depth(value: Any) -> int:
    levels, pending = 0, [value]
    while pending:
        levels += 1
        inside = (
            item.values() if isinstance(item, dict) else item for item in pending if isinstance(item, dict | list)
        )
        pending = [child for children in inside for child in children]
    return levels


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _whole(value: Any) -> Any:
    """Return a JSON value with lone surrogates replaced, which nothing can write or send on."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(name): _whole(child) for name, child in value.items()}
    return [_whole(child) for child in value] if isinstance(value, list) else value


def _name(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
