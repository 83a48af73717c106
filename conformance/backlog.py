"""How long a target may still be busy indexing what the run gave it.

No document says how many files a service indexes at once. One that takes them
one after the other is behind by as much as the run is ahead, so that a file may
be late although its turn has not come yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import Exchange
from conformance.journal import INDEXING, asked_uris
from conformance.provisioning.files import visible

MOST_SECONDS = 60.0
"""A wait is made longer by no more than this: a target that indexes nothing is to be told in time."""

_USUAL_FILES = 1000
"""About as many files are indexed by a run of the profile `standard`."""

_Key = tuple[str, str, str]


@dataclass(slots=True)
class Backlog:
    """Counts the files that were asked for, and learns from those that appear how long one takes at most.

    `now` are seconds on the target's clock. `each` are the seconds that one file takes, as if they
    were taken one after the other; None as long as no file was seen to appear.
    """

    now: Callable[[], float] = time.monotonic
    each: float | None = None
    _until: float = 0.0
    _files: int = 0
    _batches: dict[_Key, tuple[float, int, int]] = field(default_factory=dict)
    _known: set[_Key] = field(default_factory=set)

    @property
    def left(self) -> float:
        """For how many seconds the target may be busy yet, at most."""
        return min(max(self._until - self.now(), 0.0), MOST_SECONDS)

    def is_short(self, seconds: float) -> bool:
        """Return whether all that a run indexes is certainly done in so many seconds."""
        return self.each is not None and self.each * _USUAL_FILES <= seconds

    def saw(self, exchange: Exchange) -> None:
        """Note files that were asked for, and those that are there."""
        if not exchange.accepted:
            return
        params = exchange.call.params
        if exchange.call.operation in INDEXING:
            self._add([_key(params, uri) for uri in asked_uris(exchange.call)])
        elif self._batches and exchange.call.operation == "BatchGetFileMeta":
            self._done({_key(params, uri) for uri in visible(exchange)} & self._batches.keys())

    def _add(self, keys: list[_Key]) -> None:
        now = self.now()
        self._files += len(keys)
        self._until = max(self._until, now) + len(keys) * (self.each or 0.0)
        new = set(keys) - self._known  # of one that was there before, nobody sees when it is done
        self._known |= new
        self._batches |= dict.fromkeys(new, (now, len(keys), self._files))

    def _done(self, keys: set[_Key]) -> None:
        """Learn from files that appeared: those of their batch took no longer, and none before it is left."""
        for asked, count, place in (self._batches.pop(key) for key in keys):
            took = (self.now() - asked) / count
            self.each = took if self.each is None else min(took, self.each)
            self._until = min(self._until, self.now() + (self._files - place) * self.each)


def _key(params: Mapping[str, Any], uri: str) -> _Key:
    return str(params.get("ProjectName")), str(params.get("DatasetName")), uri
