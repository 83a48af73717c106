"""Letting time pass: for how long a run waits, what it does meanwhile, and when an absence tells something."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, repeat

from conformance.backlog import LOOK_PAUSES, MOST_SECONDS, Backlog
from conformance.exchange import Call, Exchange, Inconclusive, Wait
from conformance.patience import Patience

_NOTHING_CAME = "nothing came, and no file that the run indexed was ever found: indexing may take longer than is waited"


@dataclass(slots=True)
class Waiting:
    """Lets time pass for asynchronous work.

    `send` looks for files that are behind, `sleep` lets time pass. `patience`
    says how long a wait is believed in, `backlog` what the run gave the target
    to index. `let_pass` lets time pass while a case waits, which it is told;
    by default it sleeps. `is_broken` says whether the target cannot conform any more.
    """

    send: Callable[[Call], Exchange]
    sleep: Callable[[float], None] = time.sleep
    patience: Patience = field(default_factory=Patience)
    backlog: Backlog = field(default_factory=Backlog)
    let_pass: Callable[[float, str], None] | None = None
    is_broken: Callable[[], bool] = lambda: False

    def saw(self, exchange: Exchange) -> None:
        """Note what came of a call."""
        self.patience.saw(exchange)
        self.backlog.saw(exchange)

    def wait(self, seconds: float) -> None:
        """Let time pass outside of cases."""
        self.patience.waits(seconds)
        self.backlog.waited += seconds
        self.sleep(seconds)

    def wait_for(self, step: Wait, last: Exchange | None, case: str, *, again: bool) -> Inconclusive | None:
        """Let time pass in a case for what the `last` answer did not show, less of it if the case is run `again`.

        Returns why nothing may be told from its absence, if that is so.
        """
        if reason := self._impatience(step, last):
            return reason
        if again and self.patience.spares():
            return None
        self.patience.waits(step.seconds)
        self._pass_in(case, step.seconds)
        return self._catch_up() if step.last and _awaits_files(last) else None

    def wait_for_messages(self, step: Wait, case: str) -> None:
        """Let time pass in a case for messages. Raises Inconclusive where nothing may be told from their absence."""
        self._pass_in(case, step.seconds)
        if step.last and (reason := self._catch_up()):
            raise reason
        if step.last and self.backlog.in_vain:
            raise Inconclusive(_NOTHING_CAME)

    def _pass_in(self, case: str, seconds: float) -> None:
        """Let time pass in a case; what others send meanwhile says nothing about how long it is to wait."""
        self.backlog.waited += seconds
        patience, self.patience = self.patience, Patience()
        try:
            self.let_pass(seconds, case) if self.let_pass else self.sleep(seconds)
        finally:
            self.patience = patience

    def _catch_up(self) -> Inconclusive | None:
        """Look for the files that the run asked for, as long as more of them appear: something is given up for lost.

        What they show is not judged: a lax target may have taken what it should have refused. Returns why nothing may
        be given up, if there is no end to that.
        """
        spent = idle = 0.0
        times = chain(LOOK_PAUSES, repeat(LOOK_PAUSES[-1]))
        while spent < MOST_SECONDS and idle <= self.backlog.longest_idle:
            before, pause = self.backlog.missing, next(times)
            for look in self.backlog.looks():
                self.backlog.saw(self.send(look))
            if not self.backlog.missing:
                return None
            idle = 0.0 if self.backlog.missing < before else idle + pause
            spent += pause
            self.backlog.waited += pause
            self.sleep(pause)
        if idle > self.backlog.longest_idle or idle == spent:
            self.backlog.give_up()
            return None
        return Inconclusive(
            f"{self.backlog.missing} of the files that the run asked for are not indexed yet, and more come; "
            "raise [limits] settle_seconds"
        )

    def _impatience(self, step: Wait, last: Exchange | None) -> Inconclusive | None:
        """Return why a wait is given up: the target cannot conform any more, or no file was ever seen; else None."""
        why = self.patience.why_not(step.seconds)
        if not why or not (self.is_broken() or (self.backlog.in_vain and _awaits_files(last))):
            return None
        self.patience.give_up()
        return Inconclusive(why)


def _awaits_files(last: Exchange | None) -> bool:
    return last is not None and last.call.operation == "BatchGetFileMeta"
