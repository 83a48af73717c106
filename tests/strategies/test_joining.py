"""Rows that are sent in one request."""

from collections.abc import Mapping
from typing import Any

import pytest

from strategies import Row
from strategies.joining import ClashError, join, joinable

BASE: Mapping[str, Any] = {"Name": "a", "Files": [{"URI": "u"}]}


def row(**changes: Any) -> Row:
    """Return a row that changes parameters of the base request."""
    return Row("label", "accepts", "Op/request/x", {**BASE, **changes}, BASE, "is changed")


def test_each_change_is_in_the_whole() -> None:
    """Members of one object, further items and other parameters come together."""
    rows = [
        row(Files=[{"URI": "u", "Title": "t"}]),
        row(Files=[{"URI": "u", "Labels": [{"Level": 1}]}, {"URI": "v"}]),
        row(Files=[{"URI": "u", "Labels": [{"Name": "n"}]}]),
        row(Data="d"),
    ]

    assert join(BASE, rows) == {
        "Name": "a",
        "Files": [{"URI": "u", "Title": "t", "Labels": [{"Level": 1, "Name": "n"}]}, {"URI": "v"}],
        "Data": "d",
    }


def test_the_order_does_not_matter() -> None:
    """A change outlives rows that leave its place as it is."""
    rows = [row(Name="b"), row(Data="d"), row()]

    assert join(BASE, rows) == join(BASE, rows[::-1]) == {**BASE, "Name": "b", "Data": "d"}


def test_what_a_row_takes_away_is_gone() -> None:
    """A member that one row leaves out is not in the whole."""
    without = Row("label", "accepts", "Op/request/x", {"Name": "a"}, BASE, "is absent")

    assert join(BASE, [without, row(Data="d")]) == {"Name": "a", "Data": "d"}


def test_two_changes_of_one_place_clash() -> None:
    """A place has one value."""
    with pytest.raises(ClashError):
        join(BASE, [row(Name="b"), row(Name="c")])


def test_rows_that_clash_are_in_different_groups() -> None:
    """The others stay together."""
    rows = [row(Name="b"), row(Name="c"), row(Data="d")]

    assert joinable(BASE, rows, lambda _: True) == [[rows[0], rows[2]], [rows[1]]]


def test_no_group_is_larger_than_fits() -> None:
    """A row that is too large by itself is in none."""
    rows = [row(A=1), row(B=2), row(C=3), row(D=4, E=5, F=6)]

    assert joinable(BASE, rows, lambda params: len(params) <= 4) == [rows[:2], [rows[2]]]
