"""Which cases tell most for what they cost, so that any budget gets the best of them.

`data/information.json` holds the order: generated from the published matrix
and a run against the embedded target by `python -m conformance.information`,
never by hand.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.checks.registry import Case

if TYPE_CHECKING:
    from conformance.target import Connection, Target
    from openapi import Contract, Requirement

FILE = Path(__file__).with_name("data") / "information.json"
_CONTROL = "/request/accepts[as given]"
_HELPS = "Provisioning"
"""The requirements of operations that help runs, and are not those that the contract is about."""


@dataclass(frozen=True, slots=True)
class Yield:
    """What a case brought: the requests it took, the requirements it had occasion to judge, the seconds it waited."""

    case: str
    requests: int
    requirements: frozenset[str]
    waited: float = 0.0


def ordered(yields: Iterable[Yield], worth: Mapping[str, float]) -> list[tuple[Yield, int]]:
    """Return cases so that each is the best one after those before it, with what it adds.

    The best is the one whose requirements that were not judged yet are worth
    most for a request; after them come those that add only what is worth
    nothing, and last those that add nothing, the cheapest first.
    """
    known: set[str] = set()
    kept = list(yields)
    heap = [(-_gain(y, known, worth), number) for number, y in enumerate(kept)]
    heapq.heapify(heap)
    order: list[tuple[Yield, int]] = []
    while heap:
        before, number = heapq.heappop(heap)
        best = kept[number]
        gain = _gain(best, known, worth)
        if gain < -before:
            heapq.heappush(heap, (-gain, number))
            continue
        order.append((best, len(best.requirements - known)))
        known |= best.requirements
    return sorted(order, key=lambda pair: (not pair[1], pair[0].requests if not pair[1] else 0))


def _gain(one: Yield, known: set[str], worth: Mapping[str, float]) -> float:
    return sum(worth.get(name, 0.0) for name in one.requirements - known) / max(one.requests, 0.5)


def worth_of(caught: Mapping[str, int], kinds: Mapping[str, str]) -> dict[str, float]:
    """Return what judging each requirement is worth: the faults against it that the matrix found caught.

    `kinds` has the kind of each requirement. There are many more faults of some
    kinds than of others, and servers do not have that many more of them: a kind
    counts by the root of its faults.
    """
    of_kind: Counter[str] = Counter()
    for name, count in caught.items():
        of_kind[kinds[name]] += count
    return {name: count / sqrt(of_kind[kinds[name]]) for name, count in caught.items() if count}


def kind_of(requirement: Requirement, cases: Iterable[Case]) -> str:
    """Return the kind of a requirement that `cases` settle: whose it is, and whether something is made for it."""
    if requirement.operation == "Gateway":
        return "gateway"
    if requirement.side == "behavior":
        tiers = {case.tier for case in cases}
        return "state" if tiers and tiers.isdisjoint(("reads", "refused-only")) else "behavior"
    return f"{requirement.side} required" if requirement.keyword == "required" else requirement.side


@lru_cache(maxsize=1)
def _costs() -> Mapping[str, tuple[int, float]]:
    """Return requests and seconds of waiting of each case that was known when the order was made, the best first."""
    order = json.loads(FILE.read_text(encoding="utf-8"))["order"]
    return {case: (requests, waited) for case, requests, waited in order}


def best_first(cases: Iterable[Case]) -> list[Case]:
    """Return cases in the order of what they tell; those that nobody measured come last.

    The whole valid request of each operation comes first: without it nothing of the operation is judged.
    """
    places = {name: place for place, name in enumerate(_costs())}
    return sorted(cases, key=lambda case: (not case.id.endswith(_CONTROL), places.get(case.id, len(places))))


def longest_first(cases: Iterable[Case]) -> list[Case]:
    """Return cases of which all will be sent, those that wait long first: others can be judged in that time."""
    return sorted(cases, key=lambda case: (not case.id.endswith(_CONTROL), -_known(case)[1]))


def cost(case: Case) -> int:
    """Return how many requests a case takes, 1 if nobody measured it."""
    return _known(case)[0]


def waits(case: Case) -> bool:
    """Return whether a case waits for something, or may do so as nobody measured it."""
    return bool(_costs().get(case.id, (1, 1.0))[1])


_BESIDE = 100
"""Requests that a run takes at most to find, make and remove what its cases need."""


def paid_by(budget: int, cases: Iterable[Case]) -> bool:
    """Return whether so many requests do for all the cases, as far as their cost is known."""
    return sum(map(cost, cases)) <= budget


def paid_for(budget: int, cases: Sequence[Case]) -> list[Case]:
    """Return all of the cases if a budget pays them, else the first ones that it certainly pays, whatever comes."""
    if paid_by(budget, cases):
        return list(cases)
    return list(within(cases, max(budget // 2, (budget - _BESIDE) * 7 // 8)))


def _known(case: Case) -> tuple[int, float]:
    return _costs().get(case.id, (1, 0.0))


def within(cases: Iterable[Case], requests: int) -> Iterator[Case]:
    """Yield cases as long as they took no more than so many requests together."""
    spent = 0
    for case in cases:
        spent += cost(case)
        if spent <= requests:
            yield case


def measured() -> Iterator[Yield]:
    """Run every case of the standard profile against the embedded target and yield what each brought."""
    from conformance.kit import Kit  # only where the order is made
    from conformance.settings import Settings  # as above
    from conformance.target import connect  # as above

    pauses: list[float] = []

    def noted(target: Target, contract: Contract) -> Connection:
        connection = connect(target, contract)
        return replace(connection, sleep=partial(_noting, pauses, connection.sleep))

    kit = Kit(Settings(), noted)
    kit.start()
    for case in kit.plan.cases:
        before, requests = kit.tally.exercised.copy(), kit.tally.requests
        pauses.clear()
        kit.run(case)
        seen = kit.tally.exercised - before
        yield Yield(case.id, kit.tally.requests - requests, frozenset(seen), round(sum(pauses), 2))
    kit.finish()


def _noting(pauses: list[float], sleep: Callable[[float], None], seconds: float) -> None:
    pauses.append(seconds)
    sleep(seconds)


def main() -> None:
    """Make the order anew and write it; what most targets leave out comes last, and what helps runs only."""
    from conformance.planning import all_cases  # only where the order is made
    from openapi import load_contract  # as above
    from reports.sensitivity import sensitivity  # as above

    contract = load_contract()
    rare = {
        case.id
        for case in all_cases(contract.directory)
        if case.signed_only or case.channel or {contract.ledger[r].operation for r in case.requirements} == {_HELPS}
    }
    settling: dict[str, list[Case]] = {}
    for case in all_cases(contract.directory):
        for name in case.requirements if case.id not in rare else ():
            settling.setdefault(name, []).append(case)
    yields = list(measured())
    usual = [one for one in yields if one.case not in rare]
    judged = frozenset[str]().union(*(one.requirements for one in usual))
    caught = {name: row[1] for name, row in sensitivity().requirements.items() if name in judged}
    kinds = {name: kind_of(contract.ledger[name], settling.get(name, ())) for name in caught}
    ranked = [*ordered(usual, worth_of(caught, kinds)), *((one, 0) for one in yields if one.case in rare)]
    order = [[one.case, one.requests, one.waited] for one, _ in ranked]
    FILE.write_text(json.dumps({"order": order}, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
