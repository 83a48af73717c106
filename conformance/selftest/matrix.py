"""The sensitivity matrix: every fault and every lawful variation tried once, and what the kit said."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from typing import Any

from conformance import __version__
from conformance.planning import all_cases
from conformance.selftest.explained import SURVIVORS
from conformance.selftest.lawful import Trial, VariationResult, lawful_trials, try_lawful, unjudged
from conformance.selftest.replaying import recording
from conformance.selftest.trial import FaultResult, fault_ids, known_faults, try_fault
from openapi import Contract, load_contract

Result = FaultResult | VariationResult
Work = str | Trial

SCHEMA = "conformance-selftest/1"
MOST_COLLATERAL = 0.02
"""The share of faults that may be reported only under another requirement."""


def work(globs: Sequence[str] = (), *, thorough: bool = False) -> list[Work]:
    """Return what there is to try, what takes longest first; with globs only faults against some requirements."""
    names = fault_ids(globs)
    slow = [n for n in names if not known_faults()[n].answers_only]
    quick = sorted(set(names) - set(slow))
    return [*([] if globs else lawful_trials(thorough=thorough)), *slow, *quick]


def try_all(items: Sequence[Work], workers: int) -> Iterator[Result]:
    """Yield the result of each trial, in no order, from `workers` processes."""
    recording()
    gc.freeze()  # it stays until the end
    if workers <= 1:
        yield from map(_try, items)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        futures: dict[Future[Result], Work] = {pool.submit(_try, item): item for item in items}
        for future in as_completed(futures):
            yield _outcome(future, futures[future])


def _try(item: Work) -> Result:
    return try_fault(item) if isinstance(item, str) else try_lawful(item)


def _outcome(future: Future[Result], item: Work) -> Result:
    try:
        return future.result()
    except BrokenProcessPool:
        error = "the process that tried it ended"
    if isinstance(item, str):
        return FaultResult(item, known_faults()[item].requirement, error=error)
    return unjudged(item, error)


def summarize(results: Iterable[Result]) -> dict[str, Any]:
    """Return the matrix as JSON values: totals, a row for each requirement, and what is not as it should be."""
    contract = load_contract()
    kept = list(results)
    faults = sorted((r for r in kept if isinstance(r, FaultResult)), key=lambda r: r.id)
    lawful = [r for r in kept if isinstance(r, VariationResult)]
    fates = Counter(r.fate for r in faults)
    unexplained = [r.id for r in faults if r.fate in ("survived", "without occasion") and r.id not in SURVIVORS]
    matrix: dict[str, Any] = {
        "schema": SCHEMA,
        "kit": {"version": __version__, "contract": contract.digest},
        "faults": len(faults),
        "planted": len(faults) - fates["without occasion"],
        "caught": fates["caught"],
        "collateral": [{"fault": r.id, "reported": list(r.reported[:10])} for r in faults if r.fate == "collateral"],
        "survived": [_survivor(r) for r in faults if r.fate in ("survived", "without occasion")],
        "unexplained": unexplained,
        "errors": [{"fault": r.id, "error": r.error} for r in faults if r.error],
        "idle_checks": _idle(contract, faults),
        "never_alone": _never_alone(faults),
        "variations": [asdict(r) for r in lawful],
        "alarms": [asdict(r) for r in lawful if not r.silent],
        "requirements": _rows(contract, faults),
        "results": [{**asdict(r), "fate": r.fate} for r in faults],
    }
    return {**matrix, "good": not complaints(matrix)}


def complaints(matrix: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each thing that keeps the matrix from being good."""
    found = []
    if matrix["unexplained"]:
        found.append(f"{len(matrix['unexplained'])} faults survived without an explanation")
    allowed = int(MOST_COLLATERAL * matrix["faults"])
    if len(matrix["collateral"]) > allowed:
        found.append(
            f"{len(matrix['collateral'])} faults were reported only under another requirement, {allowed} may be"
        )
    if matrix["errors"]:
        found.append(f"{len(matrix['errors'])} trials of faults broke off")
    if matrix["alarms"]:
        found.append(f"{len(matrix['alarms'])} lawful servers were not found to conform")
    shared = matrix["never_alone"]
    if shared:
        found.append(f"{len(shared)} behaviours are broken by no fault alone, such as {shared[0]}")
    return found


def _never_alone(faults: Iterable[FaultResult]) -> list[str]:
    """Return the behaviours that no fault breaks alone."""
    tried = [r for r in faults if "/behavior/" in r.requirement]
    alone = {r.requirement for r in tried if r.reported == (r.requirement,)}
    return sorted({r.requirement for r in tried} - alone)


def _survivor(result: FaultResult) -> dict[str, str]:
    return {"fault": result.id, "fate": result.fate, "reason": SURVIVORS.get(result.id, "")}


def _rows(contract: Contract, faults: Iterable[FaultResult]) -> list[dict[str, Any]]:
    """Return a row for each requirement: faults planted and caught, by which check, after how many requests."""
    rows: dict[str, dict[str, Any]] = {}
    for result in faults:
        row = rows.setdefault(
            result.requirement,
            {
                "requirement": result.requirement,
                "level": contract.ledger[result.requirement].level,
                "planted": 0,
                "caught": 0,
                "checks": [],
                "after": None,
            },
        )
        row["planted"] += result.fate != "without occasion"
        row["caught"] += result.fate == "caught"
        row["checks"] = sorted({*row["checks"], *result.cases})[:5]
        if result.after:
            row["after"] = min(row["after"] or result.after, result.after)
    return [rows[name] for name in contract.ledger if name in rows]


def _idle(contract: Contract, faults: Sequence[FaultResult]) -> list[str]:
    """Return the cases that reported no fault against any requirement of theirs, though some were planted."""
    caught = {r.requirement for r in faults if r.fate == "caught"}
    planted = {r.requirement for r in faults}
    reported = {case for r in faults for case in r.cases}
    return [
        case.id
        for case in all_cases(contract.directory)
        if case.id not in reported and planted.intersection(case.requirements) and not caught & set(case.requirements)
    ]
