"""Careful sending: once more where that is safe, after a while where the target asks for it, and not into the void.

What comes back is an outcome, also if it is a failure. A failure counts only
while the target is alive: after each the target is asked something that it
has answered before, and when that is not answered either the run is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conformance.exchange import Call, Exchange, Form
from conformance.journal import CREATING, INDEXING
from conformance.judge.reaction import Reaction, in_short, is_busy, is_too_long, react, summarize
from conformance.turnstile import RunOverError, Turnstile
from reports.tally import Tally

RETRY_PAUSE = 0.2
PROBE_PAUSES = (0.0, 0.5, 1.5)
"""A target that is restarted by something gets two seconds."""

THROTTLE_PAUSES = (0.5, 1.0, 2.0)
"""Waits where a throttling target does not say how long."""

BUSY_PAUSES = (0.5, 1.0, 2.0, 3.0, 3.5)
"""Waits where a file is in work, as long in all as indexing may take by default."""

MOST_BUSY = 2
"""So many files a target is waited for in vain; after that each refusal says nothing, and at once."""

MOST_SILENCE = 3
"""As many requests in a row an operation may leave without an answer; then it is asked no more. Those that never
answered may leave as many together, and each of them one: where one removal hangs, others do."""

_READ = Call("GetTask", {})

MOST_THROTTLED = 5
"""As many cases in a row a target may throttle before the run is over."""


class TargetLostError(RunOverError):
    """The target answers no more, or nothing but that it is asked too much."""


@dataclass(slots=True)
class Sender:
    """Sends the calls of one process through the turnstile of the run.

    `post` sends one request, `sleep` lets time pass on the target's clock;
    `reserve` says how many requests must be left behind a call to clean up,
    `before` is told of a call before it goes out for the first time, and
    `aside` of each exchange that is not returned. `patience` are the seconds
    that a throttling target may be waited for at once. `post_together` sends
    several requests at the same time. `admit` is asked before the turnstile.
    """

    post: Callable[[Call], Exchange]
    post_together: Callable[[Sequence[Call]], Sequence[Exchange]]
    sleep: Callable[[float], None]
    turnstile: Turnstile
    tally: Tally
    reserve: Callable[[Call], int] = lambda _: 0
    before: Callable[[Call], None] = lambda _: None
    aside: Callable[[Exchange], None] = lambda _: None
    admit: Callable[[], None] = lambda: None
    patience: float = 10.0
    cleaning: bool = False
    _known: dict[str, Call] = field(default_factory=dict)
    _silent: Counter[str] = field(default_factory=Counter)
    _silences: dict[str, Exchange] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    _throttled: int = 0
    _busy_in_vain: int = 0
    _reads_bodies: bool = False

    def send(self, call: Call) -> Exchange:
        """Send a call and return what came of it.

        A call of an operation that has left too many without an answer is
        not sent. Raises RunOverError when nothing may be sent any more.
        """
        silent = self._silences.get(call.operation)
        if silent is not None and not self._may_ask(call.operation):
            left = self._silent[call.operation]
            requests = f"{left} requests in a row" if left > 1 else "a request"
            msg = f"{call.operation} is asked no more, as it left {requests} without an answer"
            return replace(silent, call=call, failure=msg, failed="unasked")
        exchange = self._until_unthrottled(call)
        if call.form == Form() and is_too_long(exchange):
            exchange = self._in_a_body(call, exchange)
        if exchange.answer is not None:
            self._answered.add(call.operation)
            self._silent[call.operation] = 0
            if call.operation not in CREATING:
                self._known.setdefault(call.operation, call)
            return exchange
        return self._failed(call, exchange)

    def send_together(self, calls: Sequence[Call]) -> Sequence[Exchange]:
        """Send calls that only read at the same time; return what came of each, as it came.

        Nothing is repeated, and no failure is held against the target: it may
        refuse what it is asked beyond its means. Raises RunOverError when not
        all of them may be sent.
        """
        self.admit()
        self.turnstile.pass_through(max(map(self.reserve, calls)), together=len(calls))
        exchanges = self.post_together(calls)
        for exchange in exchanges:
            self._count(exchange)
        return exchanges

    def require_budget(self) -> None:
        """Raise RunOverError if nothing may be sent any more, not even what only reads."""
        self.admit()
        self.turnstile.require(self.reserve(_READ))

    def _once(self, call: Call, *, first: bool = False) -> Exchange:
        self.admit()
        self.turnstile.pass_through(self.reserve(call), cleaning=self.cleaning)
        if first:
            self.before(call)
        exchange = self.post(call)
        self._count(exchange)
        return exchange

    def _count(self, exchange: Exchange) -> None:
        self.tally.requests += 1
        self.tally.answers[in_short(exchange)] += 1

    def _again(self, call: Call, before: Exchange, pause: float) -> Exchange:
        self.aside(before)
        self.sleep(pause)
        return self._once(call)

    def _until_unthrottled(self, call: Call) -> Exchange:
        exchange = self._once(call, first=True)
        for usual in self._pauses(exchange):
            pause = asked_pause(exchange) or usual
            if pause > self.patience or (call.form.nonce is not None and call.form.time is None):
                break  # a target that counts only what it has verified would refuse the nonce
            exchange = self._again(call, exchange, pause)
            if react(exchange) is not Reaction.THROTTLED:
                break
        if is_busy(exchange):
            self._busy_in_vain += 1
        elif react(exchange) is Reaction.THROTTLED:
            self._note_throttled(exchange)
        else:
            self._throttled = 0
        return exchange

    def _pauses(self, exchange: Exchange) -> Sequence[float]:
        """Return what is let pass before a call is sent again each time: nothing where its answer is about itself."""
        if is_busy(exchange):
            return BUSY_PAUSES if self._busy_in_vain < MOST_BUSY else ()
        return THROTTLE_PAUSES if react(exchange) is Reaction.THROTTLED else ()

    def _note_throttled(self, exchange: Exchange) -> None:
        self._throttled += 1
        if self._throttled >= MOST_THROTTLED and not self.cleaning:
            pause = asked_pause(exchange)
            wish = f" and asks to wait {pause:g} s" if pause else ""
            msg = (
                f"the target throttles every request ({summarize(exchange)}){wish}; run again later, or with a lower "
                "--rate"
            )
            raise TargetLostError(msg)

    def _in_a_body(self, call: Call, refused: Exchange) -> Exchange:
        """Send parameters that are too long for a query in a form body; return what was `refused` if none is read.

        Servers bound the head of a request, some at 4 KB; clients send either (rpc-protocol.md section 1).
        What is refused alike there was not refused for its head.
        """
        exchange = self._once(replace(call, form=Form(placement="form")))
        self._reads_bodies = self._reads_bodies or exchange.accepted
        alike = (
            exchange.answer is not None and refused.answer is not None and exchange.answer.code == refused.answer.code
        )
        kept, other = (exchange, refused) if self._reads_bodies or alike else (refused, exchange)
        self.aside(other)
        return kept

    def _failed(self, call: Call, exchange: Exchange) -> Exchange:
        """Return what a failed request comes to, if the target is alive.

        No connection means that nothing was sent; an operation that creates
        something is not repeated otherwise.
        """
        if exchange.failed in ("untrusted", "oversized"):
            return exchange
        if exchange.failed == "silent":
            self._note_silence(exchange)
            self._require_life(exchange)
        repeatable = _changes_nothing_twice(call, exchange) and call.form.nonce is None
        safe = repeatable or exchange.failed == "unreached"
        if safe and self._silent[call.operation] < 2 and self._may_ask(call.operation) and self._known:
            exchange = self._again(call, exchange, RETRY_PAUSE)
        if exchange.answer is None:
            if exchange.failed == "silent":
                self._note_silence(exchange)
            self._require_life(exchange)
        return exchange

    def _may_ask(self, operation: str) -> bool:
        """Return whether an operation has not left too many requests without an answer."""
        silent = self._silent[operation]
        if operation in self._answered:
            return silent < MOST_SILENCE
        others = sum(left for name, left in self._silent.items() if name != operation and name not in self._answered)
        return silent < max(1, MOST_SILENCE - others)

    def _note_silence(self, exchange: Exchange) -> None:
        self._silent[exchange.call.operation] += 1
        self._silences[exchange.call.operation] = exchange

    def _sign_of_life(self, operation: str) -> Call | None:
        """Return a call that the target has answered before, of another operation if there is one."""
        others = [c for name, c in self._known.items() if name != operation and not self._silent[name]]
        return others[0] if others else self._known.get(operation)

    def _require_life(self, exchange: Exchange) -> None:
        """Ask the target what it has answered before. Raises TargetLostError if it does not."""
        known = self._sign_of_life(exchange.call.operation)
        if known is None:
            return
        for pause in PROBE_PAUSES:
            self.sleep(pause)
            probe = self._once(known)
            self.aside(probe)
            if probe.answer is not None:
                return
            if probe.failed == "silent":
                break
        msg = (
            f"the target stopped answering after {self.tally.requests} requests: {exchange.call.operation} got "
            f"«{exchange.failure}», and so did {probe.call.operation}, which it had answered before"
        )
        raise TargetLostError(msg)


def _changes_nothing_twice(call: Call, failed: Exchange) -> bool:
    """Return whether a call may have been executed and be sent again: a file is indexed anew, and may tell so twice."""
    anew = call.operation in INDEXING and "Notification" not in call.params and failed.failed == "broken"
    return call.operation not in CREATING or anew


def asked_pause(exchange: Exchange) -> float:
    """Return how many seconds a throttling answer asks to wait, 0 if it does not say.

    `x-acs-retry-after` is in milliseconds (rpc-protocol.md section 7.2), the
    standard `retry-after` in seconds.
    """
    headers = exchange.answer.headers if exchange.answer else {}
    for name, unit in (("x-acs-retry-after", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 16:
            return int(text) / unit
    return 0.0
