"""Comparing the times that answers hold (facts IMM-COM-TIME, IMM-GT-TIME).

Servers write the same moment with another offset and with fewer digits; two
texts of different precision are compared at the coarser one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in nanoseconds since 1970, and the number of digits it was given with."""

    nanoseconds: int
    digits: int

    def same(self, other: Instant) -> bool:
        """Whether both texts can stand for one moment."""
        return abs(self.nanoseconds - other.nanoseconds) <= self._tolerance(other)

    def precedes(self, other: Instant) -> bool:
        """Whether this moment is surely before the other."""
        return self.nanoseconds < other.nanoseconds and not self.same(other)

    def _tolerance(self, other: Instant) -> int:
        if self.digits == other.digits:
            return 0
        return int(10 ** (9 - min(self.digits, other.digits)))


def read_instant(value: Any) -> Instant | None:
    """Return the moment that an RFC 3339 text tells; None for anything else."""
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        # Seconds are added apart, because 60 is lawful in RFC 3339.
        moment = datetime.fromisoformat(f"{match[1]}00{match[4]}".upper())
    except ValueError:
        return None
    whole = (moment - _EPOCH) // timedelta(seconds=1) + int(match[2])
    fraction = match[3] or ""
    return Instant(whole * 1_000_000_000 + int(fraction.ljust(9, "0") or 0), len(fraction))
