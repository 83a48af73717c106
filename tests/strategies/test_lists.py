"""Lists of documented sizes and comma lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import (
    comma_list,
    file_uris,
    id_lists,
    input_files,
    job_ids,
    object_keys,
    oss_uris,
    percent_encoded,
    sized_lists,
    source_urls,
)
from tests.strategies.conftest import Draw

SOME = settings(max_examples=40, database=None, deadline=None)


def test_all_boundary_sizes_are_drawn(drawn: Draw) -> None:
    """The least, the most and their neighbours come, nothing beyond."""
    sizes = {len(items) for items in drawn(sized_lists(job_ids(), 100))}

    assert {1, 2, 99, 100} <= sizes <= set(range(1, 101))


@given(sized_lists(job_ids(), 10, beyond=True))
@SOME
def test_lists_beyond_the_limit_have_one_item_more(items: list[str]) -> None:
    """With `beyond` a list is one item too long."""
    assert len(items) == 11


def test_lists_may_be_empty_if_asked_for(drawn: Draw) -> None:
    """With `min_size=0` empty lists come."""
    assert [] in drawn(sized_lists(job_ids(), 3, min_size=0))


@given(sized_lists(file_uris(), 100))
@SOME
def test_items_are_distinct(items: list[str]) -> None:
    """No item comes twice."""
    assert len(set(items)) == len(items)


@given(sized_lists(oss_uris(keys=object_keys(min_bytes=1023)), 100))
@SOME
def test_items_keep_the_size_of_long_keys(items: list[str]) -> None:
    """Long lists of longest keys stay inside the limit of a key."""
    assert all(len(uri.partition("//")[2].partition("/")[2].encode()) <= 1023 for uri in items)


@given(sized_lists(input_files("b-b"), 100))
@SOME
def test_objects_are_told_apart_by_their_uri(items: list[dict[str, Any]]) -> None:
    """Files of a list have URIs of their own."""
    assert len({item["URI"] for item in items}) == len(items)


@given(sized_lists(source_urls().map(percent_encoded), 10))
@SOME
def test_items_stay_percent_encoded(items: list[str]) -> None:
    """Relatives of an encoded URL are encoded URLs."""
    assert all(percent_encoded(unquote(url, errors="strict")) == url for url in items)


def test_id_lists_have_the_given_sizes(drawn: Draw) -> None:
    """Sizes come from the given ones alone."""
    assert {len(items) for items in drawn(id_lists(job_ids(), sizes=(0, 3, 11)))} == {0, 3, 11}


@given(job_ids())
@SOME
def test_a_job_id_has_32_hexadecimal_digits(job: str) -> None:
    """A job id looks like the documented examples."""
    assert re.fullmatch("[0-9a-f]{32}", job)


def test_a_comma_list_joins_its_items() -> None:
    """Items are joined by commas."""
    assert comma_list(["a", "b"]) == "a,b"


@given(st.lists(source_urls(), min_size=1, max_size=4))
@SOME
def test_encoded_urls_survive_the_comma_list(urls: list[str]) -> None:
    """Splitting at commas and decoding gives the URLs back."""
    text = comma_list(urls, percent_encoded)

    assert [unquote(item) for item in text.split(",")] == urls


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sized_lists(job_ids(), 0), "limit=0: expected a whole number, at least 1"),
        (lambda: sized_lists(job_ids(), 5, min_size=-1), "min_size=-1: expected"),
        (lambda: id_lists(job_ids(), sizes=()), r"sizes=\(\): expected at least one"),
        (lambda: id_lists(job_ids(), sizes=(-2,)), "sizes=-2: expected"),
    ],
)
def test_wrong_sizes_are_an_error(make: Callable[[], object], message: str) -> None:
    """An impossible size is refused with its name and value."""
    with pytest.raises(InvalidArgument, match=message):
        make()
