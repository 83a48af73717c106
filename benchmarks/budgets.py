"""What a budget of requests lets the kit judge: the faults that a run has an occasion to see.

A server without faults is judged; a fault counts if the requirement that it
breaks was, which says nothing about whether it would be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import mean
from typing import Any

from benchmarks.comparison import REQUESTS
from benchmarks.sampling import CLASSES, classified
from conformance.selftest.judging import judge_emulator
from conformance.selftest.trial import known_faults
from conformance.settings import Settings


def measure_budgets() -> list[dict[str, Any]]:
    """Return for each budget the share of each class of faults that a run could see, and the mean of the shares."""
    return list(_rows())


def _rows() -> Iterator[dict[str, Any]]:
    every = Counter(classified().values())
    for budget in REQUESTS:
        report = judge_emulator([], settings=Settings(max_requests=budget))
        judged = {r["id"] for r in report["requirements"] if r["outcome"] == "conforms"}
        seen = Counter(kind for name, kind in classified().items() if known_faults()[name].requirement in judged)
        shares = {kind: seen[kind] / every[kind] for kind in CLASSES}
        yield {
            "requests": report["requests"],
            **{kind: round(share, 2) for kind, share in shares.items()},
            "mean": round(mean(shares.values()), 2),
            "all faults": round(seen.total() / every.total(), 2),
        }
