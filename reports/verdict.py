"""From a tally to outcomes and the verdict (design section 5).

Pure functions; the words are those of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from openapi import Requirement
from reports.blocking import Cause, causes_of
from reports.tally import Tally

Outcome = Literal["conforms", "violates", "inconclusive", "not-exercised", "blocked", "waived"]
RunVerdict = Literal["conforms", "violates", "inconclusive"]
ALREADY_THERE = "what it makes was there already"
"""What is said in the place of `accepted` of an operation whose requests were refused because of that alone."""
UNFINISHED = "not all that was planned was sent"
"""The reason of a run that broke off, or that spent its budget before its plan was done."""
UNTOUCHED = "its case ended without an occasion to judge it"
"""The reason of a requirement that was planned and not exercised; a MUST is in doubt for it."""

UNPAID = "the request budget was spent before it"
"""The reason of a requirement that only requests could settle for which the budget did not do."""


def outcome_of(requirement: Requirement, tally: Tally) -> tuple[Outcome, str]:
    """Return the outcome of one requirement and, if it needs one, the reason."""
    name = requirement.id
    if tally.violations[name]:
        return "violates", ""
    if name in tally.inconclusive:
        return "inconclusive", tally.inconclusive[name]
    if tally.exercised[name]:
        return "conforms", ""
    if name in tally.blocked:
        return "blocked", tally.blocked[name]
    return "not-exercised", ""


def verdict_of(
    requirements: Iterable[Mapping[str, Any]],
    controls: Mapping[str, str],
    *,
    complete: bool,
) -> tuple[RunVerdict, list[str]]:
    """Return the verdict of a run and the reasons why it is not `conforms`.

    A waived requirement counts as if it conformed.

    `requirements` are those of the report; `controls` maps each planned
    operation to `accepted`, to ALREADY_THERE or to what came instead.
    """
    must = [r for r in requirements if r["level"] == "MUST"]
    broken = [r for r in must if r["outcome"] == "violates"]
    reasons = [f"{len(broken)} MUST requirements are broken"] if broken else []
    unanswered = {o: why for o, why in controls.items() if why not in ("accepted", ALREADY_THERE)}
    reasons += _unanswered(unanswered, causes_of(requirements))
    reasons += _unsure(r for r in must if r["outcome"] == "inconclusive")
    without_reason = ("", UNTOUCHED, UNPAID) if complete else ("", UNTOUCHED)
    unexplained = [r for r in must if r["outcome"] == "not-exercised" and r["reason"] in without_reason]
    reasons += [f"{r['id']} was planned and not exercised" for r in unexplained]
    if not complete:
        reasons.append(UNFINISHED)
    if not any(r["outcome"] == "conforms" for r in must):
        reasons.append("nothing was seen to conform")
    if broken:
        return "violates", reasons
    return ("inconclusive", reasons) if reasons else ("conforms", [])


def _unsure(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield why requirements are inconclusive: each reason once, with the first of its requirements."""
    alike: dict[str, list[str]] = {}
    for entry in entries:
        alike.setdefault(entry["reason"], []).append(entry["id"])
    for reason, ids in alike.items():
        more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        yield f"{ids[0]}{more}: {reason}"


def _unanswered(whys: Mapping[str, str], causes: Iterable[Cause]) -> Iterator[str]:
    """Yield why operations accepted no request: each cause once, with all that depends on it."""
    left = dict(whys)
    for cause in causes:
        behind = [o for o in sorted(left) if cause.explains(o, left[o])]
        if behind:
            yield (
                f"{cause.text}: {cause.count} requirements are blocked, and no request of {', '.join(behind)} was "
                f"accepted{''.join(f'; {remedy}' for remedy in cause.remedies)}"
            )
        left = {o: why for o, why in left.items() if o not in behind}
    for operation, why in sorted(left.items()):
        yield f"{operation}: no request was accepted ({why})"


def exit_code(report: Mapping[str, Any], *, strict: bool) -> int:
    """Return 0 (conforms), 1 (violates, or a waiver is stale) or 2 (could not judge)."""
    broken = [r for r in report["requirements"] if r["outcome"] == "violates"]
    stale = any(w["problem"] for w in report["waivers"])
    if report["verdict"] == "violates" or stale or (strict and broken):
        return 1
    return 0 if report["verdict"] == "conforms" else 2
