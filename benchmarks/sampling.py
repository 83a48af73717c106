"""Which planted faults the kit and a peer are compared with, by class.

Left out are faults of what the documents do not describe (messages and
provisioning), those of signatures, which the server of the comparison does
not verify, since the peer does not sign, those that show only while several
requests are under way, which are answered one after the other by that server,
and those that nobody can see.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, get_args

from conformance.checks.registry import Case
from conformance.planning import all_cases
from conformance.selftest.explained import SURVIVORS
from conformance.selftest.trial import known_faults
from openapi import Contract, Requirement, load_contract

FaultClass = Literal["request limit", "required", "answer structure", "behaviour", "state", "gateway"]
CLASSES: Sequence[FaultClass] = get_args(FaultClass)
_SEED = 7
_UNDER_LOAD = frozenset({"shared-buffer", "shared-request-id", "lost-under-load"})


def sample(of_each: int) -> dict[str, FaultClass]:
    """Return so many faults of each class by id; the same ones in every run, and more of them for a greater number."""
    chosen: dict[str, FaultClass] = {}
    for kind in CLASSES:
        names = sorted(name for name, found in classified().items() if found == kind)
        random.Random(f"{_SEED} {kind}").shuffle(names)
        chosen.update(dict.fromkeys(names[:of_each], kind))
    return chosen


@lru_cache(maxsize=1)
def classified() -> Mapping[str, FaultClass]:
    """Return the class of every fault that both could find."""
    contract = load_contract()
    cases = _cases_by_requirement(contract)
    found: dict[str, FaultClass] = {}
    for fault in known_faults().values():
        kind = _class_of(contract, contract.ledger[fault.requirement], cases.get(fault.requirement, []))
        if kind is not None and fault.id not in SURVIVORS and fault.id not in _UNDER_LOAD:
            found[fault.id] = kind
    return found


def owner(fault: str) -> str:
    """Return the operation whose answers alone a fault can change, or an empty text if others may show it too."""
    contract = load_contract()
    requirement = contract.ledger[known_faults()[fault].requirement]
    return requirement.operation if requirement.side in ("request", "response") else ""


def _cases_by_requirement(contract: Contract) -> Mapping[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in all_cases(contract.directory):
        for requirement in case.requirements:
            found.setdefault(requirement, []).append(case)
    return found


def _class_of(contract: Contract, requirement: Requirement, cases: list[Case]) -> FaultClass | None:
    """Return the class of the faults against a requirement; None if they are left out."""
    if requirement.side == "request":
        return "required" if requirement.keyword == "required" else "request limit"
    if requirement.side in ("response", "error"):
        return "answer structure"
    if requirement.side == "message" or any(case.signed_only or case.channel for case in cases):
        return None
    if requirement.operation == "Gateway":
        return "gateway"
    if requirement.operation not in contract.operations:
        return None
    return "state" if any(case.tier != "reads" for case in cases) else "behaviour"
