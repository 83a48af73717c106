"""The variants of a keyword that make rows: on their side of it, and of it alone."""

from __future__ import annotations

from typing import Any

from strategies._keywords import MAKERS, Variant
from strategies._sites import Site
from strategies._validity import broken, rule
from strategies._values import ABSENT

_LIMITS = {"type": (1, 2), "pattern": (4, 6)}
"""How many accepted and refused variants places aside get."""


def variants(site: Site, keyword: str, value: Any) -> list[Variant]:
    """Return the variants of one keyword around the valid `value` of a place.

    Each refused one breaks that keyword and no other, unless none can.
    """
    made = [v for v in MAKERS[keyword](site, value) if _is_possible(site, v)]
    named = rule(site.node, keyword)
    accepted: list[Variant] = []
    exact: list[Variant] = []
    loose: list[Variant] = []
    for variant in made:
        breaks = broken(site.node, variant.value)
        if variant.expect == "accepts":
            accepted += [] if breaks else [variant]
        elif named in breaks:
            (exact if breaks == {named} else loose).append(variant)
    refused = _not_like_absent(site, exact) or loose[:1]
    chosen = _unique([*accepted, *refused])
    return _first_of(chosen, *_LIMITS[keyword]) if keyword in _LIMITS and _is_aside(site) else chosen


def _first_of(made: list[Variant], accepted: int, refused: int) -> list[Variant]:
    inside = [variant for variant in made if variant.expect == "accepts"]
    outside = [variant for variant in made if variant.expect == "refuses"]
    return [*inside[:accepted], *outside[:refused]]


def _is_aside(site: Site) -> bool:
    """Return whether a place is an optional one deep inside a parameter.

    There are many of them, so they get fewer variants.
    """
    is_item = site.parent is not None and site.parent.is_parameter
    return not (site.is_parameter or site.required is not None or (is_item and site.steps[-1] == 0))


def _not_like_absent(site: Site, refused: list[Variant]) -> list[Variant]:
    """Drop what reads like an absent parameter, if anything else is left."""
    if not site.is_parameter or site.parameter.encoding in ("json", "boolean"):
        return refused
    return [v for v in refused if v.value not in ("", [])] or refused


def _is_possible(site: Site, variant: Variant) -> bool:
    return variant.value is not ABSENT and arrives(site, variant.value)


def arrives(site: Site, value: Any) -> bool:
    """Return whether an item of a comma list would arrive as the one it is."""
    if site.is_parameter or site.parameter.encoding != "comma":
        return True
    return value != "" and "," not in str(value)


def _unique(made: list[Variant]) -> list[Variant]:
    kept: list[Variant] = []
    seen: set[tuple[str, str]] = set()
    for variant in made:
        same = {("label", variant.label), (variant.expect, repr(variant.value))}
        if not same & seen:
            kept.append(variant)
            seen |= same
    return kept
