"""Driving of flows: the one place where checks meet the outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance.exchange import Call, Exchange, Flow, Inconclusive, Listen, Measurement, Notice, Verdict, Wait
from conformance.journal import Journal
from conformance.judge.observer import Observation, Observes
from conformance.judge.reaction import Reaction, in_short, react, summarize
from conformance.notifications import Mailbox, NoticeJudge
from conformance.replay import abridged, curl_line, described
from conformance.world import BlockedError
from openapi import Contract
from reports.difference import Change, changes_between
from reports.tally import Finding, Tally


class BudgetExhaustedError(Exception):
    """The run has sent as many requests as it may."""


@dataclass(slots=True)
class CaseResult:
    """What one case brought: violations by requirement, why it could not judge, how it ended."""

    case: str
    violations: dict[str, Finding] = field(default_factory=dict)
    unjudged: str = ""
    end: Literal["done", "cut", "left-out"] = "done"


@dataclass(slots=True)
class Runner:
    """Sends what flows yield, judges what comes back, and keeps the tally.

    `send` and `sleep` are the outside; `rerun` makes the command line that
    repeats a case; `curl` says whether unsigned requests are worth showing.
    `mailbox` is where messages come in, None without a notification channel.
    """

    contract: Contract
    observer: Observes
    send: Callable[[Call], Exchange]
    sleep: Callable[[float], None]
    rerun: Callable[[str], str]
    tally: Tally
    max_requests: int
    curl: bool = False
    controls: dict[str, Exchange] = field(default_factory=dict)
    journal: Journal | None = None
    cleaning: bool = False
    mailbox: Mailbox | None = None
    notice_judge: NoticeJudge | None = None

    def run(self, case: str, requirements: tuple[str, ...], make: Callable[[], Flow]) -> CaseResult:
        """Make a flow, drive it to its end and return what it found.

        Raises BudgetExhaustedError when a request may not be sent any more.
        """
        result = CaseResult(case)
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
        return result

    def _drive(self, flow: Flow, result: CaseResult) -> None:
        received: Exchange | tuple[Notice, ...] | None = None
        last: Exchange | None = None
        while True:
            try:
                step = flow.send(received)
            except StopIteration:
                return
            received = None
            if isinstance(step, Call):
                received = last = self.exchange(step, result)
            elif isinstance(step, Wait):
                self.sleep(step.seconds)
            elif isinstance(step, Listen):
                received = self.listen(step, result)
            elif isinstance(step, Measurement):
                self._note_limit(step)
            else:
                verdict = step if step.exchange else replace(step, exchange=last)
                self._record(verdict, result)

    def _note_limit(self, found: Measurement) -> None:
        self.tally.limits[found.requirement] = {
            "documented": found.documented,
            "accepted": found.accepted,
            "refused": found.refused,
            "code": found.code,
        }

    def exchange(self, call: Call, result: CaseResult) -> Exchange:
        """Send one call (or reuse an accepted control) and judge what it shows."""
        key = identity(call) if call.reuse else ""
        if call.reuse and key in self.controls:
            return self.controls[key]
        if self.tally.requests + self._reserve() >= self.max_requests:
            raise BudgetExhaustedError
        self.tally.requests += 1
        exchange = self._send_journalled(call)
        self.tally.answers[in_short(exchange)] += 1
        if exchange.answer is not None:
            self.tally.time(call.operation, exchange.answer.seconds)
        if call.reuse:
            self.controls[key] = exchange
        self._note_control(exchange)
        if self.mailbox is not None:
            self.mailbox.note(exchange)
        self._take(self.observer.observe(exchange), result)
        return exchange

    def listen(self, step: Listen, result: CaseResult) -> tuple[Notice, ...]:
        """Receive messages, judge what each shows, and return those about the call."""
        assert self.mailbox is not None
        assert self.notice_judge is not None
        for item in self.mailbox.listen(step, self.sleep):
            self._take(self.notice_judge.judge(item), result)
        return self.mailbox.about(step.about)

    def _take(self, observation: Observation, result: CaseResult) -> None:
        self.tally.exercised.update(observation.occasions)
        for verdict in observation.verdicts:
            self._record(verdict, result, counted=verdict.requirement in observation.occasions)

    def _reserve(self) -> int:
        """Return how many requests are kept back to clean up with."""
        return 0 if self.cleaning or self.journal is None else self.journal.cost()

    def _send_journalled(self, call: Call) -> Exchange:
        if self.journal is None:
            return self.send(call)
        self.journal.before(call)
        exchange = self.send(call)
        self.journal.after(exchange)
        return exchange

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
            self.tally.controls.setdefault(name, summarize(exchange))

    def _record(self, verdict: Verdict, result: CaseResult, *, counted: bool = False) -> None:
        requirement = self.contract.ledger[verdict.requirement]
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
            self.tally.violate(requirement.id, finding)
            result.violations.setdefault(requirement.id, finding)

    def _finding(self, verdict: Verdict, case: str) -> Finding:
        exchange = verdict.exchange
        return Finding(
            case=case,
            expected=verdict.expected,
            observed=verdict.observed,
            curl=curl_line(exchange.sent) if exchange and self.curl else "",
            rerun=self.rerun(case),
            request=_shown_request(exchange),
            answer=_shown_answer(exchange),
            control=_shown_request(verdict.control),
            control_answer=_shown_answer(verdict.control),
            changes=_changes(verdict.control, exchange),
        )


def identity(call: Call) -> str:
    """Return a text that is equal for equal calls."""
    params = json.dumps(call.params, sort_keys=True, default=repr, ensure_ascii=False)
    return f"{call.operation} {params} {call.form!r}"


def _changes(control: Exchange | None, probe: Exchange | None) -> tuple[Change, ...]:
    if control is None or probe is None:
        return ()
    return changes_between(described(control.call), described(probe.call))


def _shown_request(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    params = json.dumps(abridged(exchange.call.params), ensure_ascii=False, default=repr)
    return _short(f"{exchange.call.operation} {params}", 3000)


def _shown_answer(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    if exchange.answer is None:
        return exchange.failure
    body = exchange.answer.body.decode("utf-8", "replace")
    return _short(f"HTTP {exchange.answer.status} {body}", 2000)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def findings_of(result: CaseResult, contract: Contract) -> Iterator[tuple[str, Finding]]:
    """Yield the MUST violations of a case."""
    for requirement, finding in result.violations.items():
        if contract.ledger[requirement].must:
            yield requirement, finding
