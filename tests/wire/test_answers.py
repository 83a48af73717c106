"""Answers are read within limits, and what strict JSON forbids is named."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.answers import BodyLimits, BodyTooLargeError, collect, read_body

LIMITS = BodyLimits(max_bytes=1000, max_depth=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_strict_json_has_no_flaw(value: dict[str, Any]) -> None:
    """What a strict writer writes is read as it was, with nothing to say about it."""
    body = json.dumps(value, allow_nan=False).encode()

    assert read_body(body, BodyLimits()) == (value, "", ())


@given(st.binary(max_size=200))
def test_no_body_is_too_odd(body: bytes) -> None:
    """Any bytes give a JSON object or a reason why they are none."""
    value, problem, _ = read_body(body, LIMITS)

    assert (value is None) is bool(problem)


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b'{"a": 1, "a": 2}', "the member 'a' occurs twice in one object"),
        (b'{"x": {"b": 1, "a": 1, "b": 1}}', "the member 'b' occurs twice in one object"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": [Infinity]}', "Infinity is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "the number 1e999 is beyond a double"),
        (b'{"a": "\\ud83d"}', "a string holds a lone surrogate"),
        (b'{"\\ude00": 1}', "a string holds a lone surrogate"),
    ],
)
def test_flaw_is_named(body: bytes, flaw: str) -> None:
    """What the parser reads and strict JSON forbids is a flaw, not a problem."""
    value, problem, flaws = read_body(body, LIMITS)

    assert value is not None
    assert not problem
    assert flaws == (flaw,)


def test_pair_of_surrogates_is_no_flaw() -> None:
    """Two escapes that are one character are lawful."""
    assert read_body(b'{"a": "\\ud83d\\ude00"}', LIMITS) == ({"a": "\U0001f600"}, "", ())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is empty"),
        (b'{"a": "\xff"}', "the body is not UTF-8 (byte 7)"),
        (b"[1]", "the body is a JSON array, not an object"),
        (b"null", "the body is a JSON null, not an object"),
        (b'"text"', "the body is a JSON string, not an object"),
        (b"3", "the body is a JSON number, not an object"),
        (b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", "the JSON is nested deeper than 8 levels"),
        (b'{"a":' + b"[" * 100_000, "the JSON is nested too deeply"),
    ],
)
def test_problem_is_named(body: bytes, problem: str) -> None:
    """A body that is no JSON object has a reason and no value."""
    value, found, _ = read_body(body, LIMITS)

    assert value is None
    assert found == problem


@pytest.mark.parametrize("body", [b"<html>", b'{"a": 1} x', b"{'a': 1}", b'{"a": 1,}', b"\xef\xbb\xbf{}"])
def test_what_is_not_json_is_a_problem(body: bytes) -> None:
    """Text that does not parse says so."""
    value, problem, _ = read_body(body, LIMITS)

    assert value is None
    assert problem.startswith("the body is not JSON")


def test_depth_at_the_limit_is_read() -> None:
    """Eight levels are eight levels."""
    value, problem, _ = read_body(b'{"a":' + b"[" * 7 + b"]" * 7 + b"}", LIMITS)

    assert value is not None
    assert not problem


def test_brackets_in_text_are_no_depth() -> None:
    """Only brackets outside of strings count."""
    value, _, _ = read_body(b'{"a": "' + b"[" * 100 + b'"}', LIMITS)

    assert value == {"a": "[" * 100}


def test_chunks_are_joined_up_to_the_limit() -> None:
    """A thousand bytes are a thousand bytes."""
    assert collect([b"x" * 500, b"", b"y" * 500], LIMITS) == b"x" * 500 + b"y" * 500


def test_longer_body_is_refused() -> None:
    """The limit is in force before the last chunk arrives."""
    with pytest.raises(BodyTooLargeError, match="longer than 1000 bytes"):
        collect(_endless(), LIMITS)


def test_slow_body_is_refused() -> None:
    """A body may not take for ever."""
    with pytest.raises(BodyTooLargeError, match="longer than 0 seconds"):
        collect([b"x"], BodyLimits(max_seconds=0.0))


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 100
