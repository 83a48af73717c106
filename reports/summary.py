"""What several renderings say alike: counts, and the sentences of findings and reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.verdict import UNFINISHED

Entry = Mapping[str, Any]

OUTCOMES = ("conforms", "violates", "warns", "inconclusive", "blocked", "not-exercised", "waived")
"""The outcomes of requirements, and `warns` for a SHOULD that is broken."""

UNJUDGED = ("inconclusive", "blocked", "not-exercised")


def kind_of(entry: Entry) -> str:
    """Return the outcome of a requirement, `warns` if it is a broken SHOULD."""
    outcome: str = entry["outcome"]
    return "warns" if outcome == "violates" and entry["level"] == "SHOULD" else outcome


def broken(report: Entry, kind: str) -> list[Entry]:
    """Return the requirements that are broken: `violates` (MUST) or `warns` (SHOULD)."""
    return [r for r in report["requirements"] if kind_of(r) == kind]


def counts_by_operation(report: Entry) -> dict[str, Counter[str]]:
    """Return for each operation how many requirements have which outcome."""
    counts: dict[str, Counter[str]] = {}
    for entry in report["requirements"]:
        counts.setdefault(entry["operation"], Counter())[kind_of(entry)] += 1
    return counts


def counts_of(entries: Iterable[Entry]) -> Counter[str]:
    """Return how many requirements have which outcome."""
    return Counter(kind_of(e) for e in entries)


def must_counts(report: Entry) -> Counter[str]:
    """Return how many MUST requirements have which outcome."""
    return counts_of(r for r in report["requirements"] if r["level"] == "MUST")


def sentence_of(finding: Entry) -> str:
    """Return what was expected and what was observed as one clause, and that it did not show each time."""
    return f"expected {finding['expected']}; observed {finding['observed']}{unsteady(finding)}"


def unsteady(finding: Entry) -> str:
    """Return a clause for a violation that did not show each time, or an empty text."""
    times, of = finding.get("repeats", "1/1").split("/")
    return "" if times == of else f" (in {times} of {of} runs of the case)"


def reasons_of_silence(report: Entry) -> list[tuple[str, str, list[Entry]]]:
    """Return outcome, reason and requirements of what was not judged, the most frequent first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in report["requirements"]:
        if entry["outcome"] in UNJUDGED:
            groups.setdefault((entry["outcome"], entry["reason"]), []).append(entry)
    found = [(outcome, reason, entries) for (outcome, reason), entries in groups.items()]
    return sorted(found, key=lambda group: (UNJUDGED.index(group[0]), -len(group[2])))


def limit_sentence(limit: Entry) -> str:
    """Return where a target draws a line, and where it is documented."""
    accepted = "accepts nothing that was tried" if limit["accepted"] is None else f"accepts {limit['accepted']:,}"
    if limit["refused"] is None:
        refused = "no refusal was found"
    else:
        code = f" with Code '{limit['code']}'" if limit["code"] else ""
        refused = f"refuses {limit['refused']:,}{code}"
    return f"documented {limit['documented']:,}, {accepted}, {refused}"


def limit_state(limit: Entry) -> str:
    """Return whether a line is drawn `as documented`, or `higher`, `lower`, or is `unknown`."""
    documented, accepted, refused = limit["documented"], limit["accepted"], limit["refused"]
    if refused is not None and refused <= documented:
        return "lower"
    if accepted is not None and accepted > documented:
        return "higher"
    return "as documented" if (accepted, refused) == (documented, documented + 1) else "unknown"


def caveats(report: Entry) -> Sequence[str]:
    """Return what must be said beside a verdict: its reasons, that a run was cut short, and stale waivers."""
    reasons: list[str] = list(report["reasons"])
    stale = [f"stale waiver: {w['problem']}" for w in report.get("waivers", ()) if w["problem"]]
    return [*([] if report["complete"] or UNFINISHED in reasons else [UNFINISHED]), *reasons, *stale]
