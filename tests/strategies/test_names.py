"""Names and object keys."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import bucket_names, dataset_names, near_collisions, object_keys, project_names
from tests.strategies.conftest import Draw

SOME = settings(max_examples=50, database=None, deadline=None)


@pytest.fixture(scope="module")
def keys(drawn: Draw) -> list[str]:
    """Draw many object keys."""
    return drawn(object_keys(), 600)


@given(st.one_of(project_names(), dataset_names()))
@SOME
def test_resource_names_follow_the_rule(name: str) -> None:
    """A project or dataset name has 1 to 128 lawful characters."""
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", name)


@given(bucket_names())
@SOME
def test_bucket_names_follow_the_rule(name: str) -> None:
    """A bucket name has 3 to 63 lawful characters."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name)


@pytest.mark.parametrize(
    ("names", "bounds"),
    [(project_names(), {1, 128}), (dataset_names(), {1, 128}), (bucket_names(), {3, 63})],
    ids=["project", "dataset", "bucket"],
)
def test_both_bounds_are_drawn(names: st.SearchStrategy[str], bounds: set[int], drawn: Draw) -> None:
    """The shortest and the longest name are among those drawn."""
    assert bounds <= {len(name) for name in drawn(names)}


@given(object_keys())
@SOME
def test_a_key_never_exceeds_1023_bytes(key: str) -> None:
    """An object key has 1 to 1023 bytes in UTF-8."""
    assert 1 <= len(key.encode()) <= 1023


@given(object_keys())
@SOME
def test_a_key_does_not_start_with_a_slash(key: str) -> None:
    r"""No key starts with `/` or `\`."""
    assert key[0] not in "/\\"


@given(object_keys())
@SOME
def test_a_key_has_no_control_characters(key: str) -> None:
    """Keys have no control characters, surrogates or unassigned code points."""
    assert not {unicodedata.category(character) for character in key} & {"Cc", "Cs", "Cn"}


@pytest.mark.parametrize("size", [1, 1023])
def test_keys_of_both_bounds_are_drawn(size: int, keys: list[str]) -> None:
    """The shortest and the longest key are among those drawn."""
    assert size in {len(key.encode()) for key in keys}


def test_a_longest_key_ends_in_a_multi_byte_character(drawn: Draw) -> None:
    """A key of 1023 bytes may end in a character of several bytes."""
    keys = drawn(object_keys(min_bytes=1023))

    assert any(len(key[-1].encode()) > 1 for key in keys)


@pytest.mark.parametrize(
    "part",
    [" ", "+", "%20", "%zz", '"', "'", "\\", "?", "#", "&", "=", "\N{CAT FACE}", "ש", "\N{COMBINING ACUTE ACCENT}"],
)
def test_hard_characters_are_drawn(part: str, keys: list[str]) -> None:
    """What is easily mangled on the wire is among the keys."""
    assert any(part in key for key in keys)


def test_control_characters_come_if_asked_for(drawn: Draw) -> None:
    """With `control_characters` keys may have them."""
    keys = drawn(object_keys(control_characters=True), 300)

    assert any(unicodedata.category(character) == "Cc" for key in keys for character in key)


@given(object_keys(min_bytes=5, max_bytes=9))
@SOME
def test_given_bounds_hold(key: str) -> None:
    """The size of a key stays inside the given bounds."""
    assert 5 <= len(key.encode()) <= 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_bytes": 0}, "min_bytes=0: expected a whole number, at least 1 and at most 1023"),
        ({"max_bytes": 1024}, "max_bytes=1024: expected"),
        ({"min_bytes": 9, "max_bytes": 8}, "max_bytes=8: expected a whole number, at least 9"),
        ({"max_bytes": "8"}, "max_bytes='8': expected"),
    ],
)
def test_wrong_bounds_are_an_error(arguments: dict[str, Any], message: str) -> None:
    """An impossible bound is refused with its name and value."""
    with pytest.raises(InvalidArgument, match=message):
        object_keys(**arguments)


@given(near_collisions())
@SOME
def test_near_collisions_differ(pair: tuple[str, str]) -> None:
    """The two keys of a pair are different texts."""
    assert pair[0] != pair[1]


@given(near_collisions())
@SOME
def test_near_collisions_are_valid_keys(pair: tuple[str, str]) -> None:
    """Both keys of a pair are valid."""
    assert all(1 <= len(key.encode()) <= 1023 and key[0] not in "/\\" for key in pair)


def test_some_pairs_differ_by_case_alone(drawn: Draw) -> None:
    """There are pairs that are equal without case."""
    assert any(a.casefold() == b.casefold() for a, b in drawn(near_collisions()))


def test_some_pairs_differ_by_normalisation_alone(drawn: Draw) -> None:
    """There are pairs that Unicode normalisation makes equal."""
    pairs = drawn(near_collisions())

    assert any(unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b) for a, b in pairs)
