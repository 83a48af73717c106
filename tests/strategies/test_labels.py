"""Labels, ids and user data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import custom_ids, custom_labels, user_data
from tests.strategies.conftest import Draw

SOME = settings(max_examples=40, database=None, deadline=None)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 2048, 2049])
def test_user_data_has_exactly_the_size(size: int, drawn: Draw) -> None:
    """The text has exactly as many bytes as asked for."""
    assert {len(text.encode()) for text in drawn(user_data(size), 50)} == {size}


def test_user_data_has_multi_byte_characters(drawn: Draw) -> None:
    """Bytes and characters are counted apart in some texts."""
    assert any(len(text) < 2048 for text in drawn(user_data(2048), 50))


def test_user_data_reaches_the_documented_size(drawn: Draw) -> None:
    """Without a size the documented bounds are drawn, and nothing beyond."""
    sizes = {len(text.encode()) for text in drawn(user_data())}

    assert {1, 2048} <= sizes <= set(range(1, 2049))


def test_a_negative_size_is_an_error() -> None:
    """A size below zero is refused with its value."""
    with pytest.raises(InvalidArgument, match="size_bytes=-1: expected"):
        user_data(-1)


@given(custom_labels())
@SOME
def test_labels_are_texts_by_default(labels: dict[str, Any]) -> None:
    """Labels are an object of texts."""
    assert all(isinstance(part, str) for item in labels.items() for part in item)


@given(custom_labels(st.just(1)))
@SOME
def test_values_of_labels_may_be_given(labels: dict[str, Any]) -> None:
    """Values of labels are drawn from a given strategy."""
    assert set(labels.values()) <= {1}


@given(custom_ids())
@SOME
def test_custom_ids_are_not_empty(custom_id: str) -> None:
    """An id of the caller's own has characters."""
    assert custom_id
