"""Splitting a run over machines: which cases a part gets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.checks.registry import Case
from conformance.information import cost

_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


def read_shard(text: str) -> tuple[int, int]:
    """Return which part of how many a text such as `2/3` means.

    Raises ValueError with a sentence for anything else.
    """
    found = _SHARD.fullmatch(text)
    number, parts = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= parts:
        msg = f"shard '{text}' is not a part such as 2/3: a number from 1 to the number of parts"
        raise ValueError(msg)
    return number, parts


def shard_of(cases: Iterable[Case], shard: tuple[int, int]) -> list[Case]:
    """Return the cases of one part: the same for the same cases, and parts cost about the same.

    The dearest case first, each goes where the least was to do so far. Cases
    that listen stay together, because an address and a queue have one reader.
    """
    number, parts = shard
    spent = [0] * parts
    listeners = -1
    kept = list(cases)
    taken = set()
    for case in sorted(kept, key=cost, reverse=True):
        place = listeners if case.channel and listeners >= 0 else spent.index(min(spent))
        listeners = place if case.channel else listeners
        spent[place] += 1 + cost(case)
        if place == number - 1:
            taken.add(case.id)
    return [case for case in kept if case.id in taken]
