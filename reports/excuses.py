"""Why a requirement may stay unexercised in a run that still judges the target (design section 5)."""

from __future__ import annotations

import re
from typing import Literal

Excuse = Literal["unclaimed", "tier", "signatures", "channel", "fixture", "selection", "profile"]

LAWFUL: frozenset[Excuse] = frozenset({"unclaimed", "tier", "signatures", "channel", "fixture"})
"""Excuses that are about the target; the others are choices of who ran the kit."""

_PATTERNS: tuple[tuple[str, Excuse], ...] = (
    (r"the target does not claim ", "unclaimed"),
    (r"the tier '[^']*' (does not send|creates|submits)", "tier"),
    (r"the target verifies no signatures", "signatures"),
    (r"no notification channel|the notification channel is no ", "channel"),
    (r"no answer of this run showed it|nothing was refused$", "fixture"),
    (r"not selected$|another case was asked for$|deselected in pytest$", "selection"),
    (r"the profile '[^']*' ", "profile"),
)


def excuse_of(outcome: str, reason: str) -> Excuse | None:
    """Return the kind of a reason, None if it excuses nothing.

    What is blocked lacks a resource, with the fixture to add in its reason,
    or the tier or the target's claims withhold it.
    """
    if outcome not in ("not-exercised", "blocked") or not reason:
        return None
    for pattern, excuse in _PATTERNS:
        if re.match(pattern, reason):
            return excuse
    return "fixture" if outcome == "blocked" else None
