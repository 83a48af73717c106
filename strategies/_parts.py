"""Parts that the strategies share: texts of exact sizes, objects, checks.

Hypothesis charges each drawn character, so long texts repeat a short drawn one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

T = TypeVar("T")

LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"

_FEW_MEMBERS = 3

_FEW = 12
"""Sizes up to this many above the least are drawn one by one."""


def cut(text: str, size: int) -> str:
    """Return the longest start of `text` of at most `size` bytes in UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def of_bytes(text: str, size: int, end: str = "") -> str:
    """Return `text` cut or filled up to exactly `size` bytes, then `end`.

    `end` counts; where it does not fit it is left out.
    """
    last = end if len(end.encode()) <= size else ""
    body = cut(text, size - len(last.encode()))
    missing = size - len((body + last).encode())
    return body + "a" * missing + last


def of_length(seed: str, size: int) -> str:
    """Return `seed` repeated to exactly `size` characters."""
    return (seed * (size // len(seed) + 1))[:size]


def sizes(least: int, most: int) -> st.SearchStrategy[int]:
    """Draw sizes: small ones, and the bounds and their neighbours explicitly."""
    bounds = {least, least + 1, most - 1, most}
    inside = sorted(n for n in bounds if least <= n <= most)
    return st.one_of(st.integers(least, min(least + _FEW, most)), st.sampled_from(inside))


def plain_text() -> st.SearchStrategy[str]:
    """Draw short texts of any script, without surrogates and control characters."""
    alphabet = st.characters(exclude_categories=("Cs", "Cc", "Cn"))
    return st.text(alphabet, min_size=1, max_size=4)


def hexadecimal(digits: int) -> st.SearchStrategy[str]:
    """Draw exactly so many lower-case hexadecimal digits."""
    return st.integers(0, 16**digits - 1).map(lambda n: f"{n:0{digits}x}")


@st.composite
def objects(
    draw: st.DrawFn,
    required: Mapping[str, st.SearchStrategy[Any]],
    optional: Mapping[str, st.SearchStrategy[Any]],
    least: int = 0,
) -> dict[str, Any]:
    """Draw objects with a few, at least `least`, or all of the optional members."""
    names = list(optional)
    if len(names) <= _FEW_MEMBERS or draw(st.integers(0, 3)):
        most = min(_FEW_MEMBERS, len(names))
        chosen = st.lists(st.sampled_from(names), min_size=least, max_size=most, unique=True)
        names = draw(chosen) if names else names
    members = {**required, **{name: optional[name] for name in names}}
    return {name: draw(values) for name, values in members.items()}


def given_or(value: T | st.SearchStrategy[T] | None, default: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Return a strategy for an argument that is a value, a strategy or None."""
    if value is None:
        return default
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def check_range(name: str, value: int, least: int, most: int | None = None) -> None:
    """Raise InvalidArgument if `value` is not a whole number in the range."""
    is_whole = type(value) is int
    if is_whole and value >= least and (most is None or value <= most):
        return
    end = f" and at most {most}" if most is not None else ""
    raise InvalidArgument(f"{name}={value!r}: expected a whole number, at least {least}{end}")


def check_choices(name: str, values: Sequence[object]) -> None:
    """Raise InvalidArgument if there is nothing to choose from."""
    if not values:
        raise InvalidArgument(f"{name}={values!r}: expected at least one")
