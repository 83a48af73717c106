"""What a case brought, and its violations as a report tells of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from conformance.exchange import Exchange, Verdict
from conformance.replay import abridged, curl_line, described
from reports.difference import Change, changes_between
from reports.tally import Finding


@dataclass(slots=True)
class CaseResult:
    """What one case brought: violations by requirement, why it could not judge, how it ended.

    `fresh` are the violations that the tally keeps as findings, `judged` the
    requirements that were; `first` is the result that this one repeats.
    `unanswered` are those of `fresh` that are about a request without an answer.
    `tried` are the drawn examples by their choices, each with what it broke:
    "nothing", "known" or "fresh" requirements; `trying` is the one under way.
    """

    case: str
    violations: dict[str, Finding] = field(default_factory=dict)
    unjudged: str = ""
    end: Literal["done", "cut", "over", "left-out"] = "done"
    fresh: dict[str, Finding] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    first: CaseResult | None = None
    unanswered: set[str] = field(default_factory=set)
    tried: dict[str, Literal["nothing", "known", "fresh"]] = field(default_factory=dict)
    trying: str = ""

    def blame(self, *, fresh: bool) -> None:
        """Note that the drawn example under way, if there is one, broke something."""
        if self.trying and self.tried[self.trying] != "fresh":
            self.tried[self.trying] = "fresh" if fresh else "known"


def finding_of(verdict: Verdict, case: str, *, rerun: str, curl: bool) -> Finding:
    """Return the finding of a violation; `rerun` shows it again, and with `curl` an unsigned request does."""
    exchange = verdict.exchange
    return Finding(
        case=case,
        expected=verdict.expected,
        observed=verdict.observed,
        curl=curl_line(exchange.sent) if exchange and curl else "",
        rerun=rerun,
        request=_shown_request(exchange),
        answer=_shown_answer(exchange),
        control=_shown_request(verdict.control),
        control_answer=_shown_answer(verdict.control),
        changes=_changes(verdict.control, exchange),
    )


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
