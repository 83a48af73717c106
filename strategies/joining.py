"""Many rows in one request, where each of them changes something else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from strategies._values import ABSENT
from strategies.rows import Row


class ClashError(Exception):
    """Two rows change the same place, each in its own way."""


def join(base: Mapping[str, Any], rows: Iterable[Row]) -> Mapping[str, Any]:
    """Return `base` with the changes of all the rows, which were made from it.

    Raises ClashError if two of them change the same place.
    """
    whole: Mapping[str, Any] = base
    for row in rows:
        whole = _merged(base, whole, row.params)
    return whole


def joinable(
    base: Mapping[str, Any], rows: Iterable[Row], fits: Callable[[Mapping[str, Any]], bool]
) -> list[Sequence[Row]]:
    """Return the rows in as few groups as come of taking them in order, each of which can be joined.

    What a group comes to must fit; a row that does not fit by itself is in no group.
    """
    groups: list[tuple[list[Row], Mapping[str, Any]]] = []
    for row in rows:
        for place, (taken, whole) in enumerate(groups):
            more = _both(base, whole, row)
            if more is not None and fits(more):
                taken.append(row)
                groups[place] = (taken, more)
                break
        else:
            groups += [([row], row.params)] if fits(row.params) else []
    return [taken for taken, _ in groups]


def _both(base: Mapping[str, Any], whole: Mapping[str, Any], row: Row) -> Mapping[str, Any] | None:
    try:
        return _merged(base, whole, row.params)  # type: ignore[no-any-return]  # of two mappings a mapping comes
    except ClashError:
        return None


def _merged(base: Any, one: Any, other: Any) -> Any:
    """Return `base` with what `one` and `other` change in it."""
    if one in (base, other):
        return other
    if base == other:
        return one
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        known = base if isinstance(base, Mapping) else {}
        names = dict.fromkeys((*one, *other))
        merged = {n: _merged(known.get(n, ABSENT), one.get(n, ABSENT), other.get(n, ABSENT)) for n in names}
        return {name: value for name, value in merged.items() if value is not ABSENT}
    if isinstance(one, list) and isinstance(other, list):
        places = zip_longest(base if isinstance(base, list) else [], one, other, fillvalue=ABSENT)
        items = [_merged(*place) for place in places]
        return [item for item in items if item is not ABSENT]
    raise ClashError
