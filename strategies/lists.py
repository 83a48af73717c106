"""Lists of documented sizes, and their text in a comma list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from urllib.parse import quote

from hypothesis import strategies as st

from strategies._parts import check_choices, check_range, hexadecimal, sizes
from strategies._relatives import grown

T = TypeVar("T")

_DRAWN = 2
"""So many items of a list are drawn; the rest are relatives of the first."""


def job_ids() -> st.SearchStrategy[str]:
    """Draw job ids of the documented look: 32 lower-case hexadecimal digits."""
    return hexadecimal(32)


def id_lists(elements: st.SearchStrategy[T], *, sizes: Sequence[int] = (1, 2, 9, 10)) -> st.SearchStrategy[list[T]]:
    """Draw lists whose length is one of `sizes`.

    A few items are drawn, the others are numbered relatives of the first
    ('a.jpg', 'a-001.jpg'), so long lists stay cheap. Texts and the texts of
    objects are distinct.
    """
    check_choices("sizes", sizes)
    for size in sizes:
        check_range("sizes", size, 0)
    return st.sampled_from(list(sizes)).flatmap(lambda size: _exactly(elements, size))


def sized_lists(
    elements: st.SearchStrategy[T],
    limit: int,
    *,
    min_size: int = 1,
    beyond: bool = False,
) -> st.SearchStrategy[list[T]]:
    """Draw lists of `min_size` to `limit` items, the bounds explicitly.

    Sampling alone does not reach a limit of 100. With `beyond` all lists have
    one item more than `limit`. The items are as in `id_lists`.
    """
    check_range("min_size", min_size, 0)
    check_range("limit", limit, min_size)
    counts = st.just(limit + 1) if beyond else sizes(min_size, limit)
    return counts.flatmap(lambda size: _exactly(elements, size))


def _exactly(elements: st.SearchStrategy[T], size: int) -> st.SearchStrategy[list[T]]:
    drawn = min(size, _DRAWN)
    items = st.lists(elements, min_size=drawn, max_size=drawn)
    return items.map(lambda first: grown(None, first, size))


def percent_encoded(url: str) -> str:
    """Return a URL as a caller has to write it into `UploadURLs`."""
    return quote(url, safe="")


def comma_list(items: Iterable[str], encode: Callable[[str], str] = str) -> str:
    """Return the wire text of a comma list, before the query's own encoding.

    `encode` turns an item into text without a comma; URLs take
    `percent_encoded` (ICE-GUUI-URL-ENCODED).
    """
    return ",".join(encode(item) for item in items)
