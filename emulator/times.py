"""Points in time as whole nanoseconds since 1970, and their texts.

Whole numbers keep the state plain data and make "strictly later" exact.
"""

import re
from datetime import UTC, datetime, timedelta

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EAST_8_SECONDS = 8 * 60 * 60
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UTC_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def nanoseconds(moment: datetime) -> int:
    """Return a moment as nanoseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def span(seconds: float) -> int:
    """Return a length of time in nanoseconds."""
    return round(seconds * SECOND)


def east_8_text(moment: int) -> str:
    """Return RFC3339Nano text at ``+08:00``, the form of all IMM metadata (IMM-COM-TIME)."""
    return _text(moment + _EAST_8_SECONDS * SECOND) + _fraction(moment) + "+08:00"


def utc_text(moment: int) -> str:
    """Return RFC3339Nano text in UTC, the form of task times (IMM-GT-TIME)."""
    return _text(moment) + _fraction(moment) + "Z"


def utc_seconds_text(moment: int) -> str:
    """Return ``yyyy-MM-ddTHH:mm:ssZ``, the form of all ICE times (ICE-GUUI-CREATION-TIME)."""
    return _text(moment) + "Z"


def _text(moment: int) -> str:
    return (_EPOCH + timedelta(seconds=moment // SECOND)).strftime("%Y-%m-%dT%H:%M:%S")


def _fraction(moment: int) -> str:
    digits = f"{moment % SECOND:09d}".rstrip("0")
    return f".{digits}" if digits else ""


def is_rfc3339(text: str) -> bool:
    """Tell whether a text is a real RFC 3339 time with at most nine fraction digits."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return False
    try:
        datetime.fromisoformat(match[1] + match[2])
    except ValueError:
        return False
    return True


def read_utc_seconds(text: str) -> datetime | None:
    """Return the time of a ``yyyy-MM-ddTHH:mm:ssZ`` text, or None if it is not one (RPC-TIME-FORMAT)."""
    if _UTC_SECONDS.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
