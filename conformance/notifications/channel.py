"""What a notification channel is: something that messages can be collected from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from conformance.exchange import Exchange, Notice, Source

UNTAKEN = "conformance-untaken"
"""A message that holds this text is not acknowledged when it comes for the first time."""


class Channel(Protocol):
    """One way on which messages of the topic come in."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where messages come in."""
        ...

    def collect(self) -> Iterable[Notice | Exchange]:
        """Return what came in since the last time, without waiting.

        Exchanges are those with a queue. Raises ChannelError if the channel
        does not work.
        """
        ...

    def close(self) -> None:
        """Stop receiving."""
        ...


class ChannelError(Exception):
    """A channel does not work, and not because of the target; the text says why."""


@dataclass(slots=True)
class Taking:
    """Decides which messages are acknowledged: all but the marked ones, once each."""

    _seen: set[tuple[str, str]] = field(default_factory=set)

    def takes(self, notice: Notice) -> bool:
        """Return whether a message is acknowledged now."""
        key = (notice.source.name, notice.id or notice.text)
        first = key not in self._seen
        self._seen.add(key)
        return UNTAKEN not in notice.text or not first
