"""How long a run waits at a target at which no wait has ever borne fruit.

A check waits for asynchronous work by repeating a call until the answer is
the one it waits for, for `limits.settle_seconds` at most. At a target that
answers everything alike each of these waits is in vain, and a run would be
spent on waiting. So after a few, the rest is given up early, and what cannot
be judged without it is inconclusive: never conforming, and never broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.exchange import Call, Exchange

MOST_IN_VAIN = 2
"""As many waits to their end a target is given before the run stops believing in them."""

SHORT = 1.0
"""Seconds that each wait gets then."""

_NEARLY = 0.99
"""The share of the longest wait that counts as all of it; pauses do not add up exactly."""


@dataclass(slots=True)
class Patience:
    """Notes what waits of at most `longest` seconds come to; 0 means patience without end.

    A wait bore fruit if the repeated call was answered otherwise after it
    than before it. One such wait, and the target is waited for ever after.
    """

    longest: float = 0.0
    vain: int = 0
    fruitful: bool = False
    _call: Call | None = None
    _first: Any = None
    _last: Any = None
    _waited: float = 0.0

    def saw(self, exchange: Exchange) -> None:
        """Note what came of a call, which may be the one that is repeated."""
        if exchange.call is not self._call:
            self._conclude()
            self._call, self._first, self._waited = exchange.call, _told(exchange), 0.0
        self._last = _told(exchange)

    def waits(self, seconds: float) -> None:
        """Note a wait before the last call is made again."""
        self._waited += seconds

    def why_not(self, seconds: float) -> str:
        """Return why no more `seconds` are waited, empty if they are."""
        if self.fruitful or self.vain < MOST_IN_VAIN or self._waited + seconds <= min(SHORT, self.longest):
            return ""
        return (
            f"{self._waited:.1f} s were waited for this and no more, as {self.vain} waits of {self.longest:g} s "
            "before changed nothing in the answers"
        )

    def _conclude(self) -> None:
        if not self.longest or not self._waited:
            return
        if self._first != self._last:
            self.fruitful = True
        elif self._waited >= _NEARLY * self.longest:
            self.vain += 1


def _told(exchange: Exchange) -> Any:
    """Return what an answer says, without the id that differs in each."""
    answer = exchange.answer
    if answer is None:
        return None
    said = {name: value for name, value in exchange.value.items() if name != "RequestId"}
    return answer.status, said
