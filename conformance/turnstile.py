"""The turnstile that every request of a run goes through: budget, rate, time and the order to stop.

Under `-n` the processes of a run share one turnstile: what is counted is in a
small file, changed under a lock, so that the budget and the rate hold for
all of them together and one order stops them all.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

_SLICE = 0.1
_POLL = 0.0005


class RunOverError(Exception):
    """The run sends nothing more; the text says why."""


class BudgetExhaustedError(RunOverError):
    """The run has sent as many requests as it may."""


@dataclass(slots=True)
class Count:
    """What the processes of a run share.

    `reserved` are the requests that each process keeps back to clean up
    with, `free` is when the next request may go out, `over` why none may.
    """

    sent: int = 0
    reserved: dict[str, int] = field(default_factory=dict)
    free: float = 0.0
    over: str = ""


@dataclass(slots=True)
class Turnstile:
    """Lets at most `max_requests` through, at most `rate` a second (0: any), until `seconds` have passed (0: never).

    `path` is the file that other processes share, None for a run in one.
    """

    max_requests: int
    rate: float = 0.0
    seconds: float = 0.0
    path: Path | None = None
    pause: Callable[[float], None] = time.sleep
    _own: Count = field(default_factory=Count)
    _began: float = field(default_factory=time.monotonic)

    @property
    def most_together(self) -> int:
        """How many requests may go out at once: no more than the rate allows within a second."""
        return max(1, int(self.rate)) if self.rate else sys.maxsize

    def pass_through(self, reserve: int, *, cleaning: bool = False, together: int = 1) -> None:
        """Take a request, or so many that go out `together`, out of the budget and wait for their turn.

        `reserve` is how many this process needs afterwards to clean up; when
        it is `cleaning`, neither an order to stop nor the time ends it. What
        goes out together has as much silence before and after it that no
        second sees more than the rate.
        Raises RunOverError, BudgetExhaustedError among them.
        """
        with self._open() as count:
            if not cleaning:
                self._refuse_if_over(count)
            self._refuse_if_spent(count, reserve, together)
            now = time.monotonic()
            pause = 1.0 / self.rate if self.rate else 0.0
            turn = max(now, count.free + (together - 1) * pause)
            count.sent += together
            count.reserved[_me()] = reserve
            count.free = turn + together * pause
        if turn > now:
            self.pause(turn - now)

    def require(self, reserve: int) -> None:
        """Raise RunOverError if no request may be sent any more that leaves `reserve` of them behind it."""
        with self._open() as count:
            self._refuse_if_over(count)
            self._refuse_if_spent(count, reserve, 1)

    def _refuse_if_spent(self, count: Count, reserve: int, together: int) -> None:
        others = sum(n for who, n in count.reserved.items() if who != _me())
        if count.sent + together + reserve + others > self.max_requests:
            msg = f"the budget of {self.max_requests} requests is spent"
            raise BudgetExhaustedError(msg)

    def _refuse_if_over(self, count: Count) -> None:
        if count.over:
            raise RunOverError(count.over)
        if self.seconds and time.monotonic() - self._began > self.seconds:
            msg = f"the run has taken longer than {self.seconds:g} seconds"
            raise RunOverError(msg)

    def stop(self, why: str) -> None:
        """Let nothing through any more, in no process; what is under way ends by itself."""
        with self._open() as count:
            count.over = count.over or why

    def sleep(self, seconds: float) -> None:
        """Sleep, and wake early when the run was told to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.pause(min(left, _SLICE))
            with self._open() as count:
                if count.over:
                    return

    @contextlib.contextmanager
    def _open(self) -> Iterator[Count]:
        if self.path is None:
            yield self._own
            return
        with FileLock(f"{self.path}.lock", poll_interval=_POLL):
            count = _read(self.path)
            before = asdict(count)
            try:
                yield count
            finally:
                if asdict(count) != before:
                    self.path.write_text(json.dumps(asdict(count)), encoding="utf-8")


def _me() -> str:
    return str(os.getpid())


def _read(path: Path) -> Count:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Count()
    known: dict[str, Any] = json.loads(text) if text else {}
    return Count(**known)
