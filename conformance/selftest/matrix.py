"""The sensitivity matrix: every fault planted once, and what the kit said."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from conformance.planning import all_cases
from conformance.selftest.derived import derived_faults
from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.settings import Settings
from emulator import Answer, Call, Emulator
from openapi import Contract, Requirement, load_contract

ERROR_CASES = ("GetTask/request/TaskId/required", "GetUrlUploadInfos/request/JobIds/maxItems")
"""Rows that are refused: what is needed to see an error envelope."""


@dataclass(frozen=True, slots=True)
class FaultResult:
    """What became of one fault.

    `touched` counts the exchanges that it altered (0: it had no occasion),
    `reported` are the MUST and SHOULD requirements that were found broken.
    """

    id: str
    requirement: str
    level: str
    touched: int
    caught: bool
    reported: tuple[str, ...]
    cases: tuple[str, ...]
    requests: int
    seconds: float

    @property
    def survived(self) -> bool:
        """Whether it altered answers and nothing was said."""
        return bool(self.touched) and not self.reported

    @property
    def collateral(self) -> bool:
        """Whether it was reported, but only under other requirements."""
        return bool(self.reported) and not self.caught


@lru_cache(maxsize=1)
def _all_faults() -> Mapping[str, PlantedFault]:
    contract = load_contract()
    return {f.id: f for f in (*derived_faults(contract), *planted_faults().values())}


def fault_ids(globs: Iterable[str] = ()) -> list[str]:
    """Return the ids of all faults, or of those whose requirement matches a glob."""
    from fnmatch import fnmatchcase  # only here

    patterns = tuple(globs)
    return [
        name
        for name, fault in _all_faults().items()
        if not patterns or any(fnmatchcase(fault.requirement, p) for p in patterns)
    ]


def try_fault(name: str) -> FaultResult:
    """Run the checks whose answers the fault can alter against it."""
    contract = load_contract()
    fault = planted_faults().get(name) or next(f for f in derived_faults(contract) if f.id == name)
    requirement = contract.ledger[fault.requirement]
    counter = _Counter(fault)
    started = time.monotonic()
    report = judge_emulator([counter.counting()], settings=Settings(cases=cases_for(contract, requirement)))
    broken = [r for r in report["requirements"] if r["outcome"] == "violates"]
    own = [r for r in broken if r["id"] == requirement.id]
    return FaultResult(
        id=name,
        requirement=requirement.id,
        level=requirement.level,
        touched=counter.touched,
        caught=bool(own),
        reported=tuple(r["id"] for r in broken),
        cases=tuple(f["case"] for r in own for f in r["findings"]),
        requests=report["requests"],
        seconds=time.monotonic() - started,
    )


def cases_for(contract: Contract, requirement: Requirement) -> tuple[str, ...]:
    """Return the cases that can see a fault against `requirement`."""
    cases = all_cases(contract.directory)
    if requirement.side == "error":
        return tuple(c.id for c in cases if c.id.startswith(ERROR_CASES))
    base = requirement.id.rsplit("/", 1)[0]
    own = [c.id for c in cases if requirement.id in c.requirements or c.id.startswith(f"{base}/")]
    if requirement.side == "request":
        return tuple(c for c in own if "/explore/" not in c)
    around = [
        c.id for c in cases if c.operation == requirement.operation and ("/behavior/" in c.id or "as given" in c.id)
    ]
    return tuple(dict.fromkeys([*own, *around]))


class _Counter:
    """Counts the exchanges that a fault alters."""

    def __init__(self, fault: PlantedFault) -> None:
        self.fault = fault
        self.touched = 0

    def counting(self) -> PlantedFault:
        """Return the fault, counted."""
        return replace(self.fault, before=self._before, after=self._after)

    def _before(self, call: Call, emulator: Emulator) -> Call | Answer | None:
        made = self.fault.before(call, emulator)
        self.touched += made is not None
        return made

    def _after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        kept = deepcopy(answer)
        made = self.fault.after(call, answer, emulator)
        self.touched += made != kept
        return made


def try_all(names: list[str], workers: int) -> Iterator[FaultResult]:
    """Yield the result of each fault, in no order, from `workers` processes."""
    if workers <= 1:
        yield from map(try_fault, names)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(try_fault, names, chunksize=8)


def summarize(results: Iterable[FaultResult]) -> dict[str, Any]:
    """Return the matrix as JSON values: totals, and a row for each requirement."""
    kept = list(results)
    rows: dict[str, dict[str, Any]] = {}
    for result in kept:
        row = rows.setdefault(
            result.requirement,
            {"requirement": result.requirement, "level": result.level, "planted": 0, "caught": 0, "cases": []},
        )
        row["planted"] += bool(result.touched)
        row["caught"] += result.caught
        row["cases"] = sorted({*row["cases"], *result.cases})[:5]
    planted = [r for r in kept if r.touched]
    return {
        "schema": "conformance-selftest/1",
        "faults": len(kept),
        "planted": len(planted),
        "caught": sum(r.caught for r in planted),
        "collateral": [r.id for r in planted if r.collateral],
        "survived": [r.id for r in planted if r.survived],
        "without_occasion": [r.id for r in kept if not r.touched],
        "requirements": sorted(rows.values(), key=lambda row: str(row["requirement"])),
        "results": [asdict(r) for r in kept],
    }
