"""How long a run waits at a target at which no wait has ever borne fruit.

A check waits for asynchronous work by repeating a call until the answer is
the one it waits for, for `limits.settle_seconds` at most. At a target that
answers everything alike, or never what can be understood, each of these waits
is in vain, and a run would be spent on waiting. So after a few, the rest is given up early, and what cannot
be judged without it is inconclusive: never conforming, and never broken.

What was waited for in full is not waited for in full again when the case is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import Call, Exchange

MOST_IN_VAIN = 2
"""As many waits to their end a target is given before the run stops believing in them."""

SHORT = 0.5
"""Seconds that each wait gets then."""

_LONG = 1.9
"""Seconds after which nothing changes any more, as a rule."""

_FRUITFUL = 3
"""A repetition waits as many times as long as any wait that bore fruit."""

_FEWEST = 4
"""Looks that a repetition takes at least."""

_NEARLY = 0.99
"""The share of the longest wait that counts as all of it; pauses do not add up exactly."""


@dataclass(slots=True)
class Patience:
    """Notes what waits of at most `longest` seconds come to; 0 means patience without end.

    A wait bore fruit if it ended before its time, with another answer to the
    repeated call than at its beginning; if the answer is the same after
    seconds, it was in vain however long it was meant to be. An operation of which a wait bore fruit is
    waited for in full; after one in vain two have to, before it is again.
    """

    longest: float = 0.0
    vain: int = 0
    trust: dict[str, int] = field(default_factory=dict)
    _fruitful: float = 0.0
    _looks: int = 0
    _spared: bool = False
    _call: Call | None = None
    _first: Any = None
    _last: Any = None
    _waited: float = 0.0
    _given_up: bool = False

    def expect(self, longest: float) -> None:
        """Count with waits of at most so many seconds from now on, unless there is patience without end."""
        self.longest = longest if self.longest else 0.0

    def saw(self, exchange: Exchange) -> None:
        """Note what came of a call, which may be the one that is repeated."""
        if exchange.call is not self._call:
            self._conclude()
            self._call, self._first, self._waited, self._looks = exchange.call, _told(exchange), 0.0, 0
            self._given_up = self._spared = False
        self._last = _told(exchange)

    def waits(self, seconds: float) -> None:
        """Note a wait before the last call is made again."""
        self._waited += seconds
        self._looks += 1

    def spares(self) -> bool:
        """Return whether a repetition waits no longer for what was waited for in full before; that is in vain then."""
        enough = max(SHORT, _FRUITFUL * self._fruitful)
        self._spared = bool(self.longest) and self._looks >= _FEWEST and self._waited >= min(enough, self.longest)
        return self._spared

    def give_up(self) -> None:
        """Note that the present wait was broken off: it says nothing about waiting."""
        self._given_up = True

    def why_not(self, seconds: float) -> str:
        """Return why no more `seconds` are waited, empty if they are."""
        if self.vain < MOST_IN_VAIN or self._waited + seconds <= min(SHORT, self.longest):
            return ""
        if self._call is None or self.trust.get(self._call.operation, 0) > 0:
            return ""
        return (
            f"{self._waited:.1f} s were waited for this and no more, as {self.vain} waits of up to {self.longest:g} s "
            "before were in vain"
        )

    def _conclude(self) -> None:
        if not self.longest or not self._waited or self._call is None or self._given_up:
            return
        unchanged = self._first == self._last
        in_full = self._waited >= _NEARLY * self.longest
        if in_full or (unchanged and (self._spared or self._waited >= _LONG)):
            self.vain += 1
            self.trust[self._call.operation] = -1
        elif not unchanged:
            self._fruitful = max(self._fruitful, self._waited)
            self.trust[self._call.operation] = min(self.trust.get(self._call.operation, 0) + 1, 1)


def _told(exchange: Exchange) -> Any:
    """Return what an answer says."""
    return None if exchange.answer is None else (exchange.answer.status, exchange.told)
