"""What callers attach to files and requests: labels, ids and user data."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strategies._parts import check_range, given_or, of_bytes, plain_text, sizes

MAX_USER_DATA_BYTES = 2048
"""The documented size of UserData of the index operations, in bytes."""

_KEYS = ("category", "Category", "key", "日期", "a.b", "a b", "$ref", "__proto__")


def custom_labels(
    values: st.SearchStrategy[Any] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """Draw labels: an object of up to three members, with texts by default."""
    keys = st.one_of(st.sampled_from(_KEYS), plain_text())
    members = st.one_of(st.sampled_from(("Persons", "", "0")), plain_text())
    return st.dictionaries(keys, given_or(values, members), max_size=3)


def custom_ids() -> st.SearchStrategy[str]:
    """Draw a caller's own ids for files."""
    return st.builds("member-image-id-{:04}".format, st.integers(0, 99999))


def user_data(size_bytes: int | None = None) -> st.SearchStrategy[str]:
    """Draw texts of exactly `size_bytes` bytes in UTF-8.

    Multi-byte characters are among them, so the number of characters differs.
    By default any size from 1 to 2048 is drawn, the bounds explicitly.
    """
    if size_bytes is not None:
        check_range("size_bytes", size_bytes, 0)
    starts = st.one_of(st.sampled_from(("", '{"k":"v"}', "é", "片")), plain_text())
    return st.builds(
        lambda start, repeated, size: of_bytes(start + repeated * size, size),
        starts,
        st.sampled_from(("", "x", "é", "片", "\N{CAT FACE}")),
        given_or(size_bytes, sizes(1, MAX_USER_DATA_BYTES)),
    )
