"""What a budget of requests lets the kit judge: the faults that a run has an occasion to see.

A server without faults is judged; a fault counts if the requirement that it
breaks was, which says nothing about whether it would be found. Beside it
stands the most that these cases could judge in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean
from typing import Any

from benchmarks.bound import bound
from benchmarks.comparison import REQUESTS
from benchmarks.sampling import CLASSES, FaultClass, classified
from conformance.information import Yield, measured
from conformance.selftest.judging import judge_emulator
from conformance.selftest.trial import known_faults
from conformance.settings import Settings


def measure_budgets() -> list[dict[str, Any]]:
    """Return for each budget the share of each class of faults that a run could see, and the mean of the shares."""
    return list(_rows())


def _rows() -> Iterator[dict[str, Any]]:
    every = Counter(classified().values())
    cases = list(measured())
    whole = judge_emulator([])
    around = whole["requests"] - sum(one.requests for one in cases)
    yields = [*cases, Yield("what is made and removed", 0, _around(cases, whole))]
    for budget in REQUESTS:
        report = judge_emulator([], settings=Settings(max_requests=budget))
        judged = _judged(report)
        seen = Counter(kind for name, kind in classified().items() if known_faults()[name].requirement in judged)
        shares = {kind: seen[kind] / every[kind] for kind in CLASSES}
        yield {
            "requests": report["requests"],
            **{kind: round(share, 2) for kind, share in shares.items()},
            "mean": round(mean(shares.values()), 2),
            "mean at most": round(bound(yields, _worth(every, equal=True), budget - around), 2),
            "all faults": round(seen.total() / every.total(), 2),
            "all faults at most": round(bound(yields, _worth(every, equal=False), budget - around), 2),
        }


def _around(cases: Sequence[Yield], whole: Mapping[str, Any]) -> frozenset[str]:
    """Return what is judged before the first case and after the last one, whatever the budget."""
    least = judge_emulator([], settings=Settings(cases=(cases[0].case,)))
    return _judged(least) | _judged(whole).difference(*(one.requirements for one in cases))


def _judged(report: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(r["id"] for r in report["requirements"] if r["outcome"] == "conforms")


def _worth(every: Mapping[FaultClass, int], *, equal: bool) -> Mapping[str, float]:
    """Return what judging each requirement adds to the share of all faults, or to the mean of the classes' shares."""
    worth: defaultdict[str, float] = defaultdict(float)
    for name, kind in classified().items():
        share = 1 / every[kind] / len(CLASSES) if equal else 1 / sum(every.values())
        worth[known_faults()[name].requirement] += share
    return worth
