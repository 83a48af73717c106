"""What the checks of both kinds of jobs share: answers that can be judged, times, JSON texts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from conformance.exchange import Exchange, Inconclusive
from conformance.judge.reaction import react, why_unusable

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)Z", re.ASCII)


def judgeable(exchange: Exchange) -> Exchange:
    """Return an exchange that says something about the request.

    Raises Inconclusive if it was throttled, not authorized or not answered.
    """
    if exchange.answer is None or react(exchange).unrelated:
        raise Inconclusive(why_unusable(exchange))
    return exchange


def has_form(value: Any) -> bool:
    """Return whether a value has the documented form yyyy-MM-ddTHH:mm:ssZ."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None


def utc_time(value: Any) -> datetime | None:
    """Return the time that a text of the documented form names, None if there is none.

    A leap second counts as the second before it.
    """
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    seconds = "59" if match[2] == "60" else match[2]
    try:
        return datetime.fromisoformat(f"{match[1]}:{seconds}").replace(tzinfo=UTC)
    except ValueError:
        return None


def same_json(found: Any, given: str) -> bool:
    """Return whether a member holds the JSON value that was given as text."""
    try:
        return isinstance(found, str) and bool(json.loads(found) == json.loads(given))
    except (ValueError, RecursionError):
        return False
