"""Sets of variations in which every two that go together are on together at least once."""

from collections.abc import Sequence
from itertools import combinations

from emulator.variations.model import Variation

Pair = frozenset[str]


def are_compatible(one: Variation, other: Variation) -> bool:
    """Tell whether two variations can be on together: they share no group."""
    return not set(one.groups) & set(other.groups)


def covering_sets(variations: Sequence[Variation]) -> tuple[frozenset[str], ...]:
    """Return few sets of compatible variations that hold every compatible pair, each variation in one at least.

    Greedy: a set starts with the first pair that is missing and takes, one by one, the variation that brings most
    of the missing pairs; then those that bring none but go with all others. Equal input gives equal sets.
    """
    missing = {frozenset((a.id, b.id)) for a, b in combinations(variations, 2) if are_compatible(a, b)}
    alone = {variation.id for variation in variations} - {id_ for pair in missing for id_ in pair}
    sets = [frozenset({id_}) for id_ in sorted(alone)]
    while missing:
        chosen = _grown(variations, missing)
        missing -= {frozenset(pair) for pair in combinations(chosen, 2)}
        sets.append(frozenset(chosen))
    return tuple(sets)


def _grown(variations: Sequence[Variation], missing: set[Pair]) -> list[str]:
    known = {variation.id: variation for variation in variations}
    chosen = sorted(min(missing, key=sorted))
    while True:
        open_ids = [id_ for id_, one in known.items() if id_ not in chosen and _fits(one, chosen, known)]
        if not open_ids:
            return chosen
        chosen.append(max(open_ids, key=lambda id_: sum(frozenset((id_, other)) in missing for other in chosen)))


def _fits(variation: Variation, chosen: list[str], known: dict[str, Variation]) -> bool:
    return all(are_compatible(variation, known[id_]) for id_ in chosen)
