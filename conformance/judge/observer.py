"""What every exchange shows by itself, whatever it was made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.checks.registry import Watch
from conformance.exchange import Exchange, Form, Verdict
from conformance.judge.reaction import Reaction, is_too_long, react, summarize
from conformance.judge.requests import RequestJudge
from conformance.judge.validation import AnswerJudge, Sight
from conformance.wire.encoding import encode_value
from openapi import Contract

STRICT_JSON = "Gateway/behavior/strict-json"
MEMBER_SPELLING = "Gateway/behavior/member-spelling"
ABOUT_THROTTLING = ("Gateway/behavior/throttling", "Gateway/behavior/throttling-hint")
"""What a throttled answer is judged by; it may come from something before the server."""


@dataclass(slots=True)
class Observation:
    """The passive result of one exchange: occasions counted, verdicts given."""

    occasions: Counter[str] = field(default_factory=Counter)
    verdicts: list[Verdict] = field(default_factory=list)


class Observes(Protocol):
    """Whoever says what an exchange shows by itself."""

    def observe(self, exchange: Exchange) -> Observation:
        """Return what `exchange` shows of every requirement it touches."""
        ...


def settled_by_observer(contract: Contract) -> frozenset[str]:
    """Return the ids of the requirements of behaviour that an observer settles without a watch."""
    owners = (*contract.operations, "Gateway")
    about_members = (f"{owner}/behavior/{rule}" for owner in owners for rule in ("no-null", "known-members"))
    return frozenset({STRICT_JSON, MEMBER_SPELLING, *about_members} & contract.ledger.keys())


class Observer:
    """Judges every exchange against the answers' schemas and the watches.

    `claimed` are the operations that are judged, by default all: what a target
    answers to others, which the kit may have to try, breaks nothing of theirs.
    """

    def __init__(self, contract: Contract, watches: tuple[Watch, ...], claimed: Collection[str] | None = None) -> None:
        self._contract = contract
        judged = contract.operations.keys() if claimed is None else claimed
        strange = contract.operations.keys() - judged
        self._judges = {name: AnswerJudge(contract.operations[name].response, contract.ledger) for name in judged}
        self._requests: dict[str, RequestJudge] = {}
        self._error = AnswerJudge(contract.error, contract.ledger)
        ledger = contract.ledger
        known = (w for w in watches if w.requirement in ledger)
        self._watches = tuple(w for w in known if ledger[w.requirement].operation not in strange)
        self._watching_of: dict[tuple[str, bool], tuple[Watch, ...]] = {}

    def observe(self, exchange: Exchange) -> Observation:
        """Return what `exchange` shows of every requirement it touches."""
        found = Observation()
        answer = exchange.answer
        if answer is None or not _usual(exchange.call.form) or _is_refused_method(exchange) or is_too_long(exchange):
            return found
        if react(exchange) is Reaction.THROTTLED:
            self._watch(exchange, found, only=ABOUT_THROTTLING)
            return found
        if 200 <= answer.status < 300:
            judge = self._judges.get(exchange.call.operation)
            root = f"{exchange.call.operation}/response/type"
        else:
            judge = self._error if answer.status >= 400 else None
            root = "Gateway/error/type"
        if judge is not None:
            self._validate(judge, root, exchange, found)
        self._read_strictly(exchange, found)
        self._watch(exchange, found)
        return found

    def _validate(self, judge: AnswerJudge, root: str, exchange: Exchange, found: Observation) -> None:
        assert exchange.answer is not None
        value = exchange.answer.value
        if value is None:
            found.occasions[root] += 1
            found.verdicts.append(
                Verdict(
                    root,
                    "violates",
                    "a JSON object",
                    summarize(exchange),
                    exchange,
                )
            )
            return
        sight = judge.judge(value)
        found.occasions.update(sight.occasions)
        found.verdicts.extend(
            Verdict(b.requirement, "violates", b.expected, b.observed, exchange)
            for b in sight.breaches
            if not self._is_given(b.found, exchange)
        )
        self._members(sight, exchange, found)

    def _is_given(self, value: Any, exchange: Exchange) -> bool:
        """Return whether a value is that of a parameter which breaks a rule: that it was taken is told elsewhere."""
        call = exchange.call
        names = [name for name, given in call.params.items() if value and value in (given, encode_value(given))]
        if not names or call.operation not in self._judges:
            return False
        if call.operation not in self._requests:
            self._requests[call.operation] = RequestJudge(self._contract.operations[call.operation])
        broken = self._requests[call.operation].broken(call.params)
        return any(base.startswith(f"{call.operation}/request/{name}/") for base in broken for name in names)

    def _members(self, sight: Sight, exchange: Exchange, found: Observation) -> None:
        """Report members that are null, that no document names, or that are spelled otherwise."""
        name = exchange.call.operation
        owner = name if exchange.accepted and name in self._judges else "Gateway"
        for requirement, places, expected, clause in (
            (f"{owner}/behavior/no-null", sight.nulls, "a member without a value is left out", "is null"),
            (f"{owner}/behavior/known-members", _foreign(sight), "documented members only", "is not documented"),
            (MEMBER_SPELLING, sight.misspelt, "members spelled as documented", "which is absent"),
        ):
            if requirement not in self._contract.ledger or not sight.known_members:
                continue
            found.occasions[requirement] += 1
            if places:
                observed = f"{places[0]} {clause}"
                found.verdicts.append(Verdict(requirement, "violates", expected, observed, exchange))

    def _read_strictly(self, exchange: Exchange, found: Observation) -> None:
        assert exchange.answer is not None
        if STRICT_JSON not in self._contract.ledger:
            return
        found.occasions[STRICT_JSON] += 1
        found.verdicts.extend(
            Verdict(STRICT_JSON, "violates", "strict JSON in UTF-8", flaw, exchange) for flaw in exchange.answer.flaws
        )

    def _watch(self, exchange: Exchange, found: Observation, only: tuple[str, ...] = ()) -> None:
        for watch in self._watching(exchange.call.operation, accepted=exchange.accepted):
            if only and watch.requirement not in only:
                continue
            for verdict in watch.look(exchange):
                if verdict.outcome == "violates":
                    found.verdicts.append(verdict)
                elif verdict.outcome == "conforms":
                    found.occasions[verdict.requirement] += 1

    def _watching(self, operation: str, *, accepted: bool) -> tuple[Watch, ...]:
        """Return the watches that look at the exchanges of an operation, accepted ones or others."""
        key = (operation, accepted)
        if key not in self._watching_of:
            chosen = (w for w in self._watches if w.operation in ("*", operation))
            self._watching_of[key] = tuple(w for w in chosen if accepted or w.scope != "accepted")
        return self._watching_of[key]


def _foreign(sight: Sight) -> list[str]:
    """Return the unknown members but for those that stand for known ones, which are told as misspelt."""
    return [place for place in sight.unknown if not any(text.startswith(f"{place} ") for text in sight.misspelt)]


def _usual(form: Form) -> bool:
    """Return whether the answer should be that of an operation, in JSON."""
    return form.method in ("GET", "POST") and ("Format", "XML") not in form.extra


def _is_refused_method(exchange: Exchange) -> bool:
    """Return whether an HTTP server refused GET before anything could see the operation."""
    status = exchange.answer.status if exchange.answer else 0
    return exchange.call.form.method == "GET" and status in (405, 501)
