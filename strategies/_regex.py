"""The shortest and the longest text that a pattern matches, without chance.

Hypothesis can draw from a pattern too, but only inside a test.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

from strategies._validity import compiled

# The parser of patterns has no public name.
_parser: Any = import_module("re._parser")

_PLAIN = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. /"
_UNLIMITED = 300
_CLASSES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_WORD": lambda c: c.isalnum() or c == "_",
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_DIGIT": lambda c: not c.isdigit(),
    "CATEGORY_NOT_WORD": lambda c: not (c.isalnum() or c == "_"),
    "CATEGORY_NOT_SPACE": lambda c: not c.isspace(),
}


@lru_cache(maxsize=64)
def shortest(pattern: str) -> str | None:
    """Return the shortest plain text that `pattern` matches.

    None where finding one takes more than a look at the pattern, as with
    look-ahead and references to groups.
    """
    text = _text(_parser.parse(compiled(pattern).pattern), 0)
    return text if text is not None and compiled(pattern).search(text) else None


@lru_cache(maxsize=64)
def longest(pattern: str) -> str | None:
    """Return a text as long as `pattern` allows, None if it sets no limit."""
    text = _text(_parser.parse(compiled(pattern).pattern), _UNLIMITED)
    return text if text is not None and compiled(pattern).search(text) else None


def _text(parts: Iterable[tuple[Any, Any]], most: int) -> str | None:
    """Return a text for a parsed pattern; with `most` the longest one."""
    text = ""
    for kind, argument in parts:
        maker = _MAKERS.get(str(kind))
        made = maker(argument, most) if maker is not None else None
        if made is None:
            return None
        text += made
    return text


def _nothing(_: Any, __: int) -> str:
    return ""


def _group(argument: Any, most: int) -> str | None:
    return _text(argument[-1], most)


def _branch(argument: Any, most: int) -> str | None:
    choices = [text for text in (_text(parts, most) for parts in argument[1]) if text is not None]
    best: Callable[..., str | None] = max if most else min
    return best(choices, key=len, default=None)


def _repeat(argument: Any, most: int) -> str | None:
    fewest, highest, parts = argument
    count = fewest if not most else highest
    text = _text(parts, most)
    return text * int(count) if text is not None and count <= max(most, fewest) else None


def _one_of(argument: Any, _: int) -> str | None:
    wanted = not any(str(kind) == "NEGATE" for kind, _ in argument)
    found = (c for c in _PLAIN if any(_is_in(item, c) for item in argument) is wanted)
    listed = (chr(value) for kind, value in argument if str(kind) == "LITERAL" and wanted)
    return next(found, None) or next(listed, None)


def _is_in(item: tuple[Any, Any], character: str) -> bool:
    kind, value = str(item[0]), item[1]
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if kind == "CATEGORY":
        return bool(_CLASSES[str(value)](character))
    return kind == "LITERAL" and value == ord(character)


_MAKERS: dict[str, Callable[[Any, int], str | None]] = {
    "LITERAL": lambda code, _: chr(code),
    "NOT_LITERAL": lambda code, _: next(c for c in _PLAIN if ord(c) != code),
    "ANY": lambda _, __: "a",
    "IN": _one_of,
    "AT": _nothing,
    "SUBPATTERN": _group,
    "BRANCH": _branch,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
}
