"""What a message shows by itself, whatever it was asked for."""

from __future__ import annotations

from conformance.checks.registry import Hearing, Watch
from conformance.exchange import Exchange, Notice, Verdict
from conformance.judge.observer import Observation
from conformance.judge.validation import AnswerJudge
from conformance.notifications.linking import failed_as_a_whole
from openapi import Contract


class NoticeJudge:
    """Judges every message whose cause is known, and every exchange with a queue."""

    def __init__(self, contract: Contract, hearings: tuple[Hearing, ...], watches: tuple[Watch, ...]) -> None:
        self._ledger = contract.ledger
        self._judges = {
            name: AnswerJudge(operation.message, contract.ledger)
            for name, operation in contract.operations.items()
            if operation.message is not None
        }
        self._hearings = hearings
        self._watches = watches

    def judge(self, item: Notice | Exchange) -> Observation:
        """Return what a message, or an exchange with a queue, shows."""
        found = Observation()
        if isinstance(item, Exchange):
            self._watch(item, found)
        elif item.cause is not None:
            self._validate(item, item.cause, found)
            self._hear(item, found)
        return found

    def _validate(self, notice: Notice, cause: Exchange, found: Observation) -> None:
        name = cause.call.operation
        judge = self._judges.get(name)
        if judge is None:
            return
        if notice.value is None:
            root = f"{name}/message/type"
            found.occasions[root] += 1
            found.verdicts.append(Verdict(root, "violates", "a JSON object", notice.problem, cause))
            return
        sight = judge.judge(notice.value, "the message")
        open_ = {f"{name}/message/Files/required"} if failed_as_a_whole(notice) else set()
        found.occasions.update({id_: n for id_, n in sight.occasions.items() if id_ not in open_})
        breaches = [b for b in sight.breaches if b.requirement not in open_]
        found.verdicts.extend(Verdict(b.requirement, "violates", b.expected, b.observed, cause) for b in breaches)

    def _hear(self, notice: Notice, found: Observation) -> None:
        for hearing in self._hearings:
            for verdict in hearing.look(notice):
                self._add(verdict, found)

    def _watch(self, exchange: Exchange, found: Observation) -> None:
        for watch in self._watches:
            if watch.operation == exchange.call.operation:
                for verdict in watch.look(exchange):
                    self._add(verdict, found)

    def _add(self, verdict: Verdict, found: Observation) -> None:
        if verdict.requirement not in self._ledger:
            return
        if verdict.outcome == "conforms":
            found.occasions[verdict.requirement] += 1
        else:
            found.verdicts.append(verdict)
