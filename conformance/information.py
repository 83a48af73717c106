"""Which cases tell most for what they cost, so that any budget gets the best of them.

`data/information.json` holds the order: generated from a run against the
embedded target by `python -m conformance.information`, never by hand.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.checks.registry import Case

if TYPE_CHECKING:
    from conformance.target import Connection, Target
    from openapi import Contract

FILE = Path(__file__).with_name("data") / "information.json"
_MUST_COUNTS = 3
"""How many SHOULD requirements a MUST is worth."""
_GATEWAY_COUNTS = 3
"""How many requirements of one operation one of the gateway is worth, which every operation keeps or breaks."""
_CONTROL = "/request/accepts[as given]"


@dataclass(frozen=True, slots=True)
class Yield:
    """What a case brought: the requests it took, the requirements it had occasion to judge, the seconds it waited."""

    case: str
    requests: int
    requirements: frozenset[str]
    waited: float = 0.0


def ordered(yields: Iterable[Yield], musts: Collection[str]) -> list[tuple[Yield, int]]:
    """Return cases so that each is the best one after those before it, with what it adds.

    The best is the one whose requirements that were not judged yet weigh most
    for a request; cases that add nothing come last, the cheapest first.
    """
    known: set[str] = set()
    kept = list(yields)
    heap = [(-_worth(y, known, musts), number) for number, y in enumerate(kept)]
    heapq.heapify(heap)
    order: list[tuple[Yield, int]] = []
    while heap:
        _, number = heapq.heappop(heap)
        best = kept[number]
        worth = _worth(best, known, musts)
        if worth and heap and -heap[0][0] > worth:
            heapq.heappush(heap, (-worth, number))
            continue
        order.append((best, len(best.requirements - known)))
        known |= best.requirements
    return sorted(order, key=lambda pair: (not pair[1], pair[0].requests if not pair[1] else 0))


def _worth(one: Yield, known: set[str], musts: Collection[str]) -> float:
    new = one.requirements - known
    return sum(_weight(name, musts) for name in new) / max(one.requests, 0.5)


def _weight(requirement: str, musts: Collection[str]) -> int:
    level = _MUST_COUNTS if requirement in musts else 1
    return level * (_GATEWAY_COUNTS if requirement.startswith("Gateway/") else 1)


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


def paid_by(budget: int, cases: Iterable[Case]) -> bool:
    """Return whether so many requests do for all the cases, as far as their cost is known."""
    return sum(map(cost, cases)) <= budget


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
    """Make the order anew and write it."""
    from openapi import load_contract  # only where the order is made

    musts = {r.id for r in load_contract().ledger.values() if r.must}
    order = [[one.case, one.requests, one.waited] for one, _ in ordered(measured(), musts)]
    FILE.write_text(json.dumps({"order": order}, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
