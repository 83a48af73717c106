"""The time that the server goes by: that of the system, or one that can be moved."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """Return the present time, aware and in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present time of the machine in UTC."""
        return datetime.now(UTC)


class OffsetClock:
    """The clock of the machine moved by an offset, so that waiting can be replaced by ``advance``."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self._offset = timedelta(seconds=offset_seconds)

    def now(self) -> datetime:
        """Return the present time of the machine plus the offset, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by this many seconds; a negative number moves it back."""
        self._offset += timedelta(seconds=seconds)
