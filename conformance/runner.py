"""Driving of flows: the one place where checks meet the outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from conformance.exchange import (
    Call,
    Exchange,
    Flow,
    Inconclusive,
    Listen,
    Measurement,
    Notice,
    Together,
    Trying,
    Verdict,
    Wait,
)
from conformance.findings import CaseResult, finding_of
from conformance.journal import Journal
from conformance.judge.load import strained
from conformance.judge.observer import Observation, Observes
from conformance.judge.reaction import Reaction, not_missed, react, summarize, why_unusable
from conformance.notifications import Mailbox, NoticeJudge
from conformance.waiting import Waiting
from conformance.world import BlockedError
from openapi import Contract
from reports.tally import Finding, Tally
from reports.verdict import ALREADY_THERE


class Hindsight(Protocol):
    """Whoever compares what an exchange shows with earlier ones of the run."""

    def look(self, exchange: Exchange) -> Iterable[Verdict]:
        """Return what the exchange shows beside those that were looked at before."""
        ...


@dataclass(slots=True)
class Runner:
    """Sends what flows yield, judges what comes back, and keeps the tally.

    `send` (which keeps the budget) and `waiting` are the outside; `rerun` makes the command line that
    repeats a case; `curl` says whether unsigned requests are worth showing.
    `repetitions` is how often at most a case is run again that found something.
    `mailbox` is where messages come in, None without a notification channel.
    `send_together` sends calls at the same time; without it they go out one after the other.
    `hindsight` compares each answer with earlier ones of the run.
    `objection` says why a call of a case may not be sent, if it may not.
    """

    contract: Contract
    observer: Observes
    send: Callable[[Call], Exchange]
    waiting: Waiting
    rerun: Callable[[str], str]
    tally: Tally
    curl: bool = False
    controls: dict[str, Exchange] = field(default_factory=dict)
    journal: Journal | None = None
    cleaning: bool = False
    mailbox: Mailbox | None = None
    notice_judge: NoticeJudge | None = None
    repetitions: int = 0
    send_together: Callable[[Sequence[Call]], Sequence[Exchange]] | None = None
    hindsight: Sequence[Hindsight] = ()
    objection: Callable[[Call], str] = lambda _: ""
    _asking: CaseResult = field(default_factory=lambda: CaseResult("handshake"))

    def run(
        self, case: str, requirements: tuple[str, ...], make: Callable[[], Flow], *, once: bool = False
    ) -> CaseResult:
        """Make a flow, drive it to its end and return what it found.

        Where that is a violation, the same is done again at once, twice if
        the violation does not show again, to tell a steady one from others;
        not so if it is to be done `once`.
        Raises RunOverError when a request may not be sent any more.
        """
        result = CaseResult(case)
        self._attempt(make, result, requirements)
        if result.fresh and self.repetitions and not once:
            self._repeat(make, result)
        return result

    def _repeat(self, make: Callable[[], Flow], first: CaseResult) -> None:
        """Run the case of `first` again; note of each violation in how many of its runs it showed."""
        shown = dict.fromkeys(first.fresh, 1)
        judged = dict.fromkeys(first.fresh, 1)
        for _ in range(self.repetitions):
            again = CaseResult(first.case, first=first)
            self._attempt(make, again, ())
            for name in first.fresh:
                shown[name] += name in again.violations
                judged[name] += name in again.judged
            if shown == judged:
                break
        for name, finding in first.fresh.items():
            if name in first.unanswered and shown[name] < judged[name]:
                self._take_back(name, finding, first)
            else:
                self.tally.note_repeats(name, finding, f"{shown[name]}/{judged[name]}")

    def _take_back(self, name: str, finding: Finding, first: CaseResult) -> None:
        """Make of a request without an answer, which got one when it was sent again, no violation but a doubt."""
        reason = f"one request got no answer ({finding.answer}), and an answer when it was sent again"
        self.tally.retract(name, finding, reason)
        del first.violations[name]
        first.unjudged = first.unjudged or f"inconclusive: {reason}"

    def _attempt(self, make: Callable[[], Flow], result: CaseResult, requirements: tuple[str, ...]) -> None:
        try:
            self._drive(make(), result)
        except BlockedError as blocked:
            result.unjudged = f"blocked: {blocked}"
            for requirement in requirements:
                self.tally.blocked.setdefault(requirement, str(blocked))
        except Inconclusive as reason:
            result.unjudged = f"inconclusive: {reason}"
            for requirement in requirements:
                self.tally.inconclusive.setdefault(requirement, str(reason))

    def _drive(self, flow: Flow, result: CaseResult) -> None:
        received: Exchange | tuple[Exchange, ...] | tuple[Notice, ...] | None = None
        last: Exchange | None = None
        hindrance: Inconclusive | BlockedError | None = None
        while True:
            hindrance = hindrance or _silence(last if received is last else None)
            try:
                step = flow.throw(hindrance) if hindrance else flow.send(received)
            except StopIteration:
                return
            received = hindrance = None
            if isinstance(step, Call):
                if why := self.objection(step):
                    hindrance = BlockedError(why)
                else:
                    received = last = self.exchange(step, result)
            elif isinstance(step, Together):
                received = self.exchange_together(step.calls, result)
            elif isinstance(step, Wait):
                hindrance = self.waiting.wait_for(step, last, result.case, again=result.first is not None)
            elif isinstance(step, Listen):
                received = self.listen(step, result)
            elif isinstance(step, Verdict):
                verdict = step if step.exchange else replace(step, exchange=last)
                self._record(verdict, result)
            else:
                self._note(step, result)

    def _note(self, step: Measurement | Trying, result: CaseResult) -> None:
        """Keep a measured limit, or which drawn example is under way."""
        if isinstance(step, Trying):
            result.trying = step.choices
            result.tried.setdefault(step.choices, "nothing")
            return
        self.tally.limits[step.requirement] = {
            "documented": step.documented,
            "accepted": step.accepted,
            "refused": step.refused,
            "code": step.code,
        }

    def exchange(self, call: Call, result: CaseResult) -> Exchange:
        """Send one call (or reuse an accepted control) and judge what it shows."""
        key = identity(call) if call.reuse else ""
        kept = self.controls.get(key) if call.reuse and result.first is None else None
        if kept is not None and not_missed(kept):  # what was not there may be there by now
            return kept
        self._asking = result
        exchange = self.send(call)
        self.waiting.saw(exchange)
        if self.journal is not None:
            self.journal.after(exchange)
        if exchange.answer is not None:
            self.tally.time(call.operation, exchange.answer.seconds)
        if call.reuse and not says_nothing(exchange):
            self.controls[key] = exchange
        self._note_control(exchange)
        if self.mailbox is not None:
            self.mailbox.note(exchange)
        self._take(self.observer.observe(exchange), result)
        for verdict in (verdict for one in self.hindsight for verdict in one.look(exchange)):
            self._record(verdict, result, passive=True)
        return exchange

    def exchange_together(self, calls: Sequence[Call], result: CaseResult) -> tuple[Exchange, ...]:
        """Send calls at the same time and judge what each answer shows, unless it is about the load itself."""
        send = self.send_together or (lambda calls: [self.send(call) for call in calls])
        exchanges = tuple(send(calls))
        for exchange in exchanges:
            if not strained(exchange):
                self._take(self.observer.observe(exchange), result)
        return exchanges

    def listen(self, step: Listen, result: CaseResult) -> tuple[Notice, ...]:
        """Receive messages, judge what each shows, and return those about the call."""
        assert self.mailbox is not None
        assert self.notice_judge is not None
        for item in self.mailbox.listen(step, partial(self.waiting.wait_for_messages, case=result.case)):
            self._take(self.notice_judge.judge(item), result)
        return self.mailbox.about(step.about)

    def _take(self, observation: Observation, result: CaseResult) -> None:
        self.tally.exercised.update(observation.occasions)
        if result.first is not None:
            result.judged.update(observation.occasions)
        for verdict in observation.verdicts:
            self._record(verdict, result, counted=verdict.requirement in observation.occasions, passive=True)

    def reserve(self, call: Call) -> int:
        """Return how many requests must be left behind `call` to clean up with."""
        return 0 if self.cleaning or self.journal is None else self.journal.cost(call)

    def overhear(self, exchange: Exchange) -> None:
        """Judge what an exchange shows that is not returned: the first of two attempts, a sign of life.

        It belongs to the case whose request it was sent for, which is what repeats it.
        """
        self._take(self.observer.observe(exchange), self._asking)

    def _note_control(self, exchange: Exchange) -> None:
        name = exchange.call.operation
        if name not in self.contract.operations:
            return
        accepted = react(exchange) is Reaction.ACCEPTED
        if accepted:
            self.tally.accepted.add(name)
        if exchange.call.reuse and accepted:
            self.tally.controls[name] = "accepted"
        elif exchange.call.reuse:
            taken = react(exchange) is Reaction.TAKEN
            self.tally.controls.setdefault(name, ALREADY_THERE if taken else summarize(exchange))

    def _record(self, verdict: Verdict, result: CaseResult, *, counted: bool = False, passive: bool = False) -> None:
        requirement = self.contract.ledger[verdict.requirement]
        if result.first is not None and self._is_repetition(verdict, result, passive=passive):
            return
        if verdict.outcome == "inconclusive":
            self.tally.inconclusive.setdefault(requirement.id, verdict.observed)
            result.unjudged = result.unjudged or f"inconclusive: {verdict.observed}"
            return
        if verdict.outcome == "blocked":
            self.tally.blocked.setdefault(requirement.id, verdict.observed)
            return
        if not counted:
            self.tally.exercised[requirement.id] += 1
        if verdict.outcome == "violates":
            finding = self._finding(verdict, result.case)
            result.blame(fresh=requirement.id not in self.tally.violations)
            if (
                self.tally.violate(requirement.id, finding)
                and result.fresh.setdefault(requirement.id, finding) is finding
            ):
                result.unanswered.update([requirement.id] if _unanswered(verdict) else [])
            result.violations.setdefault(requirement.id, finding)

    def _is_repetition(self, verdict: Verdict, result: CaseResult, *, passive: bool) -> bool:
        """Note what a run of a case shows that is not the first; return whether that is all that it tells.

        Only what an answer shows by itself is a violation of its own: what a
        case makes of the answers stands on its being run for the first time.
        """
        assert result.first is not None
        if verdict.outcome in ("violates", "conforms"):
            result.judged.add(verdict.requirement)
        if verdict.outcome != "violates":
            return True
        result.violations.setdefault(verdict.requirement, self._finding(verdict, result.case))
        return not passive or verdict.requirement in result.first.violations

    def _finding(self, verdict: Verdict, case: str) -> Finding:
        return finding_of(verdict, case, rerun=self.rerun(case), curl=self.curl)


def _silence(last: Exchange | None) -> Inconclusive | None:
    """Return what ends a flow whose last call got no answer that says anything; None if it got one."""
    return Inconclusive(why_unusable(last)) if last is not None and says_nothing(last) else None


def _unanswered(verdict: Verdict) -> bool:
    return verdict.exchange is not None and verdict.exchange.answer is None


def says_nothing(exchange: Exchange) -> bool:
    """Return whether an exchange cannot be judged by any check: it was throttled, or not sent at all."""
    return exchange.failed == "unasked" or react(exchange) is Reaction.THROTTLED


def identity(call: Call) -> str:
    """Return a text that is equal for equal calls."""
    params = json.dumps(call.params, sort_keys=True, default=repr, ensure_ascii=False)
    return f"{call.operation} {params} {call.form!r}"
