"""Which cases a run sends, and why the others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from conformance.checks.exploration import exploration_cases
from conformance.checks.histories import history_cases
from conformance.checks.measuring import measuring_cases
from conformance.checks.registry import DRAWN, Case, behaviors
from conformance.checks.rows import READ_ONLY, WRITING, row_cases
from conformance.checks.together import together_cases
from conformance.information import best_first, longest_first, paid_for, within
from conformance.settings import EXTENTS, Extent, Profile, Settings, extent_of
from conformance.sharding import shard_of
from conformance.target.config import TIERS, Target, TargetError, Tier
from openapi import Contract, Requirement
from reports.globs import matches, unmatched

NO_CHANNEL = "no notification channel; add [notifications]"


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases of a run, in order, and the reason for each requirement left out.

    `operations` are those that are judged, `provided` those whose resources
    the cases need, `usable` those that may be sent, whatever is selected.
    `settled` are the requirements that cases settle, those that are not sent included.
    """

    cases: tuple[Case, ...]
    operations: frozenset[str]
    provided: frozenset[str]
    usable: frozenset[str]
    left_out: dict[str, str]
    settled: frozenset[str]


@lru_cache(maxsize=4)
def all_cases(directory: str, profile: Profile = "standard", max_requests: int = 0) -> tuple[Case, ...]:
    """Return every case that the contract in `directory` gives rise to, within a budget."""
    from pathlib import Path  # used for the cache key only

    from openapi import load_contract  # as above

    contract = load_contract(Path(directory))
    return tuple(_all_cases(contract, extent_of(profile, max_requests)))


def _all_cases(contract: Contract, extent: Extent) -> Iterator[Case]:
    declared = {c.id: c for c in behaviors() if c.id in contract.ledger}
    for operation in contract.operations.values():
        yield from (c for c in declared.values() if c.operation == operation.name)
        yield from row_cases(contract, operation, extent)
        yield from together_cases(contract, operation)
        yield from measuring_cases(contract, operation)
        yield from exploration_cases(contract, operation, extent)
    yield from (c for c in history_cases(extent) if c.operation in contract.operations)
    others = [c for c in declared.values() if c.operation not in contract.operations]
    yield from others


def budget_of(target: Target, settings: Settings) -> int:
    """Return how many requests a run may send: as many as it is told, else as the target file says."""
    return settings.max_requests or target.limits.max_requests


def _cases_of(contract: Contract, target: Target, settings: Settings) -> tuple[Case, ...]:
    return all_cases(contract.directory, settings.profile, budget_of(target, settings))


def plan(contract: Contract, target: Target, settings: Settings) -> Plan:
    """Return what a run of `settings` against `target` sends.

    Signed-only cases are planned; the handshake decides about them later.
    """
    tier = settings.tier or target.effective_tier
    unclaimed = _unclaimed(contract, target)
    chosen: list[Case] = []
    reasons: dict[str, str] = {}
    cases = _cases_of(contract, target, settings)
    selected = _selected(cases, contract, settings.select)
    for case in cases:
        reason = _reason(case, unclaimed, tier, settings) or _unheard(case, target)
        if not reason and case.id not in selected:
            reason = "not selected"
        if reason:
            for requirement in case.requirements:
                reasons.setdefault(requirement, reason)
        else:
            chosen.append(case)
    chosen, left = _affordable(chosen, settings, budget_of(target, settings))
    reasons = {**left, **reasons}
    asked_of_all = {case.operation for case in chosen}
    chosen, elsewhere = _of_this_shard(chosen, settings)
    operations = usable = _operations(contract, unclaimed, tier)
    asked = {case.operation for case in chosen}
    if settings.select or settings.cases or elsewhere:
        operations = operations & asked
    for entry in contract.ledger.values():
        reason = _passive_reason(entry, contract, operations, unclaimed, tier)
        if entry.side == "message" and not target.channels:
            reason = reason or NO_CHANNEL
        if reason:
            reasons.setdefault(entry.id, reason)
    narrowed = usable & asked_of_all if settings.select or settings.cases else usable
    provided = narrowed if asked_of_all <= narrowed else usable
    settled = frozenset(name for case in cases for name in case.requirements)
    return Plan(tuple(chosen), operations, provided, usable, {**elsewhere, **reasons}, settled)


def _affordable(cases: list[Case], settings: Settings, budget: int) -> tuple[list[Case], dict[str, str]]:
    """Return the cases that the profile can pay for, and a reason for what others would settle.

    The best come first where the budget may not do for all, else those that wait long.
    """
    ranked, most = best_first(cases), EXTENTS[settings.profile].requests
    if not most or settings.cases:
        soonest = _soonest(ranked, budget)
        return (_drawn_last(soonest) if settings.profile == "thorough" else soonest), {}
    taken = list(within(ranked, most))
    kept = {case.id for case in taken}
    left = [name for case in ranked if case.id not in kept for name in case.requirements]
    return taken, dict.fromkeys(left, f"the profile '{settings.profile}' leaves it out")


def _soonest(ranked: list[Case], budget: int) -> list[Case]:
    """Return cases in an order in which those that wait come early, as far as the budget pays for all of these."""
    paid = paid_for(budget, ranked)
    return [*longest_first(paid), *ranked[len(paid) :]]


def _drawn_last(cases: list[Case]) -> list[Case]:
    """Return cases with those of drawn requests behind all others: they take what the budget leaves."""
    return sorted(cases, key=lambda case: DRAWN in case.id)


def _of_this_shard(cases: list[Case], settings: Settings) -> tuple[list[Case], dict[str, str]]:
    """Return the cases of the run's part of all, and a reason for what the other parts settle."""
    taken = shard_of(cases, settings.shard)
    kept = {case.id for case in taken}
    left = [name for case in cases if case.id not in kept for name in case.requirements]
    return taken, dict.fromkeys(left, "another shard settles it")


def _unclaimed(contract: Contract, target: Target) -> dict[str, str]:
    """Return the operations that the target does not claim or has no endpoint for, each with the reason."""
    reasons: dict[str, str] = {}
    for operation in contract.operations.values():
        if target.endpoints and operation.service not in target.endpoints:
            reasons[operation.name] = (
                f"the target does not claim {operation.name}: [endpoints] has no {operation.service}"
            )
        elif target.operations and operation.name not in target.operations:
            reasons[operation.name] = f"the target does not claim {operation.name}"
    return reasons


def _operations(contract: Contract, unclaimed: Collection[str], tier: Tier) -> frozenset[str]:
    writes = tier in ("create-and-clean", "full")
    return frozenset(name for name in contract.operations if name not in unclaimed and (writes or name not in WRITING))


def _reason(case: Case, unclaimed: Mapping[str, str], tier: Tier, settings: Settings) -> str:
    """Return why a case is not sent, or an empty text."""
    if settings.cases and case.id not in settings.cases:
        return "another case was asked for"
    if case.operation in unclaimed:
        return unclaimed[case.operation]
    if TIERS.index(case.tier) > TIERS.index(tier):
        return f"the tier '{tier}' does not send it"
    return ""


def _unheard(case: Case, target: Target) -> str:
    """Return why no message of a case would be received, or an empty text."""
    if case.channel and not target.channels:
        return NO_CHANNEL
    if case.channel in ("push", "queue") and case.channel not in target.channels:
        return f"the notification channel is no {case.channel}"
    return ""


def _selected(cases: tuple[Case, ...], contract: Contract, globs: tuple[str, ...]) -> frozenset[str]:
    """Return the ids of the cases that settle what the globs name; all of them without globs."""
    if not globs:
        return frozenset(case.id for case in cases)
    return frozenset(case.id for glob in globs for case in _settling(cases, contract, glob))


def _settling(cases: tuple[Case, ...], contract: Contract, glob: str) -> list[Case]:
    """Return the cases of the requirements that match, or else those whose answers could show them."""
    names = {name for name in contract.ledger if matches(name, (glob,))}
    direct = [case for case in cases if names.intersection(case.requirements)]
    owners = {contract.ledger[name].operation for name in names}
    shared = not owners <= contract.operations.keys()
    return direct or [case for case in cases if case.operation in owners or (owners and shared)]


def _passive_reason(
    requirement: Requirement,
    contract: Contract,
    operations: frozenset[str],
    unclaimed: Mapping[str, str],
    tier: Tier,
) -> str:
    name = requirement.operation
    if name in unclaimed:
        return unclaimed[name]
    if name in contract.operations and name not in _operations(contract, unclaimed, tier):
        return f"the tier '{tier}' does not send {name}"
    if name in contract.operations and name not in operations:
        return "not selected"
    return ""


def refuse_unknown(contract: Contract, target: Target, settings: Settings) -> None:
    """Raise TargetError if `--case` or `--select` names what is not in the contract."""
    known = {case.id for case in _cases_of(contract, target, settings)}
    for case in settings.cases:
        if case not in known:
            msg = f"--case '{case}' is not a case; 'conformance list --cases' shows them"
            raise TargetError(msg)
    for glob in unmatched(settings.select, contract.ledger):
        msg = f"--select '{glob}' matches no requirement; 'conformance list' shows them"
        raise TargetError(msg)


def why_empty(contract: Contract, target: Target, settings: Settings) -> str:
    """Return why a plan has no case for what was asked for."""
    cases, unclaimed = _cases_of(contract, target, settings), _unclaimed(contract, target)
    selected = _selected(cases, contract, settings.select)
    asked = [case for case in cases if case.id in selected and case.id in (settings.cases or selected)]
    tier = settings.tier or target.effective_tier
    reasons = Counter(_reason(case, unclaimed, tier, settings) or _unheard(case, target) for case in asked)
    why = max(reasons, key=reasons.__getitem__, default="") or "none is in this part of the run"
    globs = [f"--select '{glob}'" for glob in settings.select]
    named = [*globs, *(f"--case '{case}'" for case in settings.cases)]
    return f"no case is left of {' and '.join(named) or 'the plan'}: {why if asked else 'none settles it'}"


__all__ = ["READ_ONLY", "Plan", "all_cases", "budget_of", "plan", "refuse_unknown", "why_empty"]
