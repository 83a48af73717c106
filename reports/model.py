"""`report.json`: the one source of everything that is rendered (design section 7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from openapi import Contract, Requirement
from reports.latency import latency_entries
from reports.sensitivity import sensitivity
from reports.tally import Finding, Tally
from reports.verdict import UNFINISHED, UNPAID, UNTOUCHED, outcome_of, verdict_of
from reports.waivers import Applied, Waiver, apply_waivers

SCHEMA = "conformance-report/1"
ALIKE = 0.97
"""The share of equal answers from which on a target that does not conform is said to answer everything alike."""
FEWEST = 20
"""As many answers it takes to say so if they accept; a case that is repeated alone asks but a few alike things."""
_NO_OCCASION = "no answer of this run showed it; a fixture that has it could"
NOT_REMOVABLE = "the API cannot delete it"
"""The end of the sentence on what remains of a run although nothing went wrong."""
_UNSENT = "none was sent"
_NO_CHECK = "the kit has no check of it yet"


def removable(remaining: Iterable[str]) -> list[str]:
    """Return the sentences on what remains of a run although the API could have removed it."""
    return [text for text in remaining if not text.endswith(NOT_REMOVABLE)]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known of a run beside its tally; times are ISO 8601 in UTC.

    `left_out` gives the reason for requirements that were not planned,
    `cut` the cases that were not sent to their end, `undrawn` others that
    draw as many requests as the budget allows, and `ended` why the run
    broke off (empty: the request budget was spent),
    `checkable` the ids that some check can settle, `remaining` a sentence for
    each thing that the run created and could not remove, `waivers` the known
    gaps of the target, `not_tested` why the kit tests nothing of a documented fact.
    """

    kit_version: str
    target_name: str
    target_version: str
    started: str
    finished: str
    profile: str
    seed: int
    workers: int
    wall_seconds: float
    complete: bool
    operations: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()
    undrawn: tuple[str, ...] = ()
    ended: str = ""
    checkable: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    not_tested: Mapping[str, str] = field(default_factory=dict)


def build_report(contract: Contract, tally: Tally, info: RunInfo) -> dict[str, Any]:
    """Return the report as plain JSON values."""
    controls = {o: tally.controls.get(o) or _no_control(o, contract, tally) for o in sorted(info.operations)}
    unsent = {o: why for o, why in controls.items() if o not in tally.controls and why not in (_UNSENT, "accepted")}
    found = [_entry(r, tally, info, unsent) for r in contract.ledger.values()]
    applied = apply_waivers(info.waivers, found, info.started[:10])
    requirements = [_waived(entry, applied) for entry in found]
    complete = info.complete and not info.cut
    verdict, reasons = verdict_of(requirements, controls, complete=complete)
    reasons = [*_ending(info), *_monotony(tally, info), *reasons] if verdict != "conforms" else reasons
    return {
        "schema": SCHEMA,
        "kit": {
            "name": "alimedia-conformance",
            "version": info.kit_version,
            "contract": contract.digest,
            "sensitivity": sensitivity().whole(contract.digest),
        },
        "target": {"name": info.target_name, "version": info.target_version},
        "run": {
            "started": info.started,
            "finished": info.finished,
            "profile": info.profile,
            "seed": info.seed,
            "workers": info.workers,
            "wall_seconds": round(info.wall_seconds, 3),
        },
        "verdict": verdict,
        "reasons": reasons,
        "notes": [*info.notes, *_undrawn(info)],
        "remaining": list(info.remaining),
        "controls": controls,
        "requests": tally.requests,
        "waivers": [a.to_json() for a in applied],
        "requirements": requirements,
        "limits": [{"requirement": k, **v} for k, v in sorted(tally.limits.items())],
        "latency": latency_entries(tally.latency),
        "not_tested": [{"fact": fact, "reason": reason} for fact, reason in info.not_tested.items()],
        "complete": info.complete,
    }


def report_bytes(report: Mapping[str, Any]) -> bytes:
    """Return the bytes of `report.json`; a report has exactly these."""
    return (json.dumps(report, indent=1, ensure_ascii=True) + "\n").encode()


def _ending(info: RunInfo) -> list[str]:
    """Return why the run did not send all that was planned."""
    if info.ended:
        return [info.ended]
    spent = f"the request budget was spent before {len(info.cut)} cases; --max-requests gives more"
    return [spent] if info.cut else []


def _undrawn(info: RunInfo) -> list[str]:
    """Return a note on drawn requests that could not be paid: a profile draws as many as the budget allows."""
    if not info.undrawn or info.cut or info.ended:
        return []
    cases = "one case" if len(info.undrawn) == 1 else f"{len(info.undrawn)} cases"
    return [f"the request budget was spent before {cases} of drawn requests; --max-requests gives more"]


def _monotony(tally: Tally, info: RunInfo) -> list[str]:
    """Return what is really going on if the target answers everything alike; the first few answers all say so."""
    total = sum(tally.answers.values())
    if not total or (info.ended and total < FEWEST):
        return []
    said, count = tally.answers.most_common(1)[0]
    if count < ALIKE * total or (_tells_something(said) and total < FEWEST):
        return []
    every = "every request" if count == total else "nearly every request"
    return [f"the target answers {every} alike: {said}"]


def _tells_something(said: str) -> bool:
    """Return whether answers are of the kind that a correct server gives to a case that is repeated alone."""
    return said.startswith("HTTP 2") and not said.endswith(" object")


def _no_control(operation: str, contract: Contract, tally: Tally) -> str:
    """Return how an operation fared of which no case sent a control, or what blocked most of its requirements.

    Few cases need none: those that judge accepted answers only, which then stand for it.
    """
    reasons = Counter(tally.blocked[r.id] for r in contract.of(operation) if r.id in tally.blocked)
    if not reasons and operation in tally.accepted:
        return "accepted"
    return reasons.most_common(1)[0][0] if reasons else _UNSENT


def _entry(requirement: Requirement, tally: Tally, info: RunInfo, unsent: Mapping[str, str]) -> dict[str, Any]:
    """Return the entry of a requirement; `unsent` says why an operation could not be asked for anything."""
    outcome, reason = outcome_of(requirement, tally)
    if outcome == "not-exercised":
        reason = _why_not(requirement, tally, info)
        if reason == _NO_OCCASION and requirement.operation in unsent:
            outcome, reason = "blocked", unsent[requirement.operation]
    return {
        "id": requirement.id,
        "operation": requirement.operation,
        "level": requirement.level,
        "outcome": outcome,
        "reason": reason,
        "exercised": tally.exercised[requirement.id],
        "violations": tally.violations[requirement.id],
        "facts": list(requirement.facts),
        "statement": requirement.statement,
        "source": requirement.source,
        "grade": requirement.grade,
        "sensitivity": sensitivity().of(requirement.id),
        "location": {"document": requirement.location.document, "line": requirement.location.line},
        "findings": [_finding(f) for f in tally.findings.get(requirement.id, ())],
    }


def _waived(entry: dict[str, Any], applied: Iterable[Applied]) -> dict[str, Any]:
    """Return an entry of the report, waived if a waiver says so."""
    waiver = next((a.waiver for a in applied if entry["id"] in a.waived), None)
    if waiver is None:
        return entry
    return {**entry, "outcome": "waived", "reason": f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"}


def _finding(finding: Finding) -> dict[str, Any]:
    changes = [dict(change) for change in finding.changes]
    return {**asdict(finding), "changes": changes, "repeats": finding.repeats or "1/1"}


def _why_not(requirement: Requirement, tally: Tally, info: RunInfo) -> str:
    """Return why nothing exercised a requirement."""
    if requirement.id in info.left_out:
        return info.left_out[requirement.id]
    if requirement.id in tally.planned and requirement.aspect == "code" and not info.cut:
        return "nothing was refused"
    if requirement.id in tally.planned:
        short = bool(info.cut or info.undrawn)
        unfinished = (info.ended or UNPAID) if short else UNFINISHED
        return unfinished if short or not info.complete else UNTOUCHED
    if requirement.side in ("response", "error", "message"):
        return _NO_OCCASION
    if requirement.id not in info.checkable:
        return _NO_CHECK
    return _NO_OCCASION
