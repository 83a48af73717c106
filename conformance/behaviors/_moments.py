"""Points in time of metadata: RFC 3339 with up to nine digits in the fraction (IMM-COM-TIME)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """Nanoseconds since 1970, and how many digits the fraction of the second had."""

    nanoseconds: int
    digits: int

    def is_before(self, other: Moment) -> bool:
        """Return whether this is earlier, as far as the coarser of the two can tell."""
        unit = 10 ** (9 - min(self.digits, other.digits))
        return self.nanoseconds // unit < other.nanoseconds // unit

    @property
    def tick(self) -> float:
        """The seconds after which a later moment certainly has another text."""
        return 1.05 if self.digits < 2 else 0.02


def moment(value: Any) -> Moment | None:
    """Return the moment that a text names, None if it names none."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    try:
        seconds = datetime.fromisoformat(f"{day}T{time}{zone.upper()}").timestamp()
    except (ValueError, OverflowError):
        return None
    fraction = fraction or ""
    return Moment(int(seconds) * 10**9 + int(fraction.ljust(9, "0")), len(fraction))
