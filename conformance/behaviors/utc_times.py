"""Times of the media services as the judge of jobs reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)Z", re.ASCII)


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
