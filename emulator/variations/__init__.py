"""Lawful choices of a server where the sources leave one, to prove that a check alarms at none of them.

`VARIATIONS` has all of them by id. Of each of `groups` one at most can be on; all others go together, and `pairs`
returns sets in which every two that go together are on at least once.
"""

from functools import lru_cache
from types import MappingProxyType
from typing import Final

from emulator.variations import files, ice, imm, places, refusals, times, wire
from emulator.variations.chosen import Chosen
from emulator.variations.model import Variation
from emulator.variations.pairing import covering_sets

_ALL: Final = (
    *refusals.VARIATIONS,
    *files.VARIATIONS,
    *imm.VARIATIONS,
    *places.VARIATIONS,
    *ice.VARIATIONS,
    *times.VARIATIONS,
    *wire.VARIATIONS,
)

VARIATIONS: Final = MappingProxyType({variation.id: variation for variation in _ALL})
"""Every variation by its id, in the order in which they are applied."""


def groups() -> dict[str, tuple[str, ...]]:
    """Return the ids of the variations of each group, of which one at most can be on."""
    names = sorted({group for variation in _ALL for group in variation.groups})
    return {name: tuple(one.id for one in _ALL if name in one.groups) for name in names}


@lru_cache(maxsize=1)
def pairs() -> tuple[frozenset[str], ...]:
    """Return sets of ids in which every two compatible variations are on together at least once."""
    return covering_sets(_ALL)


__all__ = ["VARIATIONS", "Chosen", "Variation", "groups", "pairs"]
