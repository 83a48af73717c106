"""The most that any choice of cases could judge within a budget, whatever the order.

What a case adds is the less the more cases came before it. So the best choice
is worth no more than the cases of any other choice together with a budget
filled with what each case adds to that choice, the best for a request first
and the last one in part (Leskovec and others, "Cost-effective outbreak
detection in networks", 2007, section 3.2). The least of these bounds over the
beginnings of the greedy order is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.information import Yield, ordered


def bound(yields: Sequence[Yield], worth: Mapping[str, float], requests: int) -> float:
    """Return what at most can be judged with so many requests, in the unit of `worth`, which is by requirement."""
    return min(_bounds(yields, worth, requests))


def _bounds(yields: Sequence[Yield], worth: Mapping[str, float], requests: int) -> Iterator[float]:
    known: set[str] = set()
    for one, _ in ordered(yields, worth):
        yield _worth(known, worth) + _filled(yields, known, worth, requests)
        known |= one.requirements


def _filled(yields: Sequence[Yield], known: set[str], worth: Mapping[str, float], requests: int) -> float:
    """Return what a budget holds if each case added to what is known as if it were the only one."""
    added = [(_worth(one.requirements - known, worth), one.requests) for one in yields]
    total, left = 0.0, requests
    for gain, cost in sorted(added, key=lambda pair: -pair[0] / max(pair[1], 0.001)):
        if cost >= left:
            return total + gain * left / cost
        total, left = total + gain, left - cost
    return total


def _worth(requirements: Iterable[str], worth: Mapping[str, float]) -> float:
    return sum(worth.get(name, 0.0) for name in requirements)
