"""What the checks of both kinds of jobs share: answers that can be judged, times, JSON texts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from conformance.exchange import Exchange, Inconclusive
from conformance.judge.reaction import react, why_unusable
from reports.difference import changes_between

_WHOLE = "value"
_EXCERPT = 40
_EXACT = 2.0**53
"""Below this each integer is a double."""
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
    """Return whether a member holds the JSON value that was given as text, to a reader of numbers as doubles."""
    try:
        return isinstance(found, str) and not changes_between(_read(given), _read(found))
    except (ValueError, RecursionError):
        return False


def difference(found: Any, given: str) -> str:
    """Return where a member differs first from the JSON text that was given."""
    try:
        changes = changes_between(_read(given), _read(found)) if isinstance(found, str) else ()
    except (ValueError, RecursionError):
        changes = ()
    if not isinstance(found, str) or (changes and changes[0]["place"] == _WHOLE):
        return "it is absent" if found is None else f"it is {found!r}"
    if changes:
        place, was, is_now = (changes[0][name] for name in ("place", "control", "probe"))
        return f"in it {place.removeprefix(_WHOLE).removeprefix('.')} is {is_now} in the place of {was}"
    shorter = min(len(found), len(given))
    at = next((n for n in range(shorter) if found[n] != given[n]), shorter)
    if at == len(found):
        return f"it ends after {at} characters" if at else "it is empty"
    told, sent = (text[at : at + _EXCERPT] for text in (found, given))
    return f"from its character {at + 1} on it reads {told!r} in the place of {sent!r}"


def _read(text: str) -> dict[str, Any]:
    """Return what a text of JSON holds, as the only member of an object."""
    return {_WHOLE: _as_doubles(json.loads(text))}


def _as_doubles(value: Any) -> Any:
    """Return a JSON value with its numbers as most readers of JSON have them (RFC 8259, section 6)."""
    if isinstance(value, dict):
        return {name: _as_doubles(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_doubles(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        double = float(value)
    except OverflowError:
        return value
    return int(double) if double.is_integer() and abs(double) < _EXACT else double
