"""What a report says against itself; its schema sees to what a single requirement may say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reports.text import line
from reports.verdict import UNFINISHED, verdict_of

_LONGEST = 300


def contradiction(report: Mapping[str, Any]) -> str:
    """Return the first thing in a report that cannot be true; empty if there is none."""
    return next(_contradictions(report), "")


def _contradictions(report: Mapping[str, Any]) -> Iterator[str]:
    requirements = report["requirements"]
    names = Counter(r["id"] for r in requirements)
    yield from (f"the requirement {_told(name)} is there {count} times" for name, count in names.items() if count > 1)
    covered = {name for waiver in report.get("waivers", ()) for name in waiver["waived"]}
    waived = {r["id"] for r in requirements if r["outcome"] == "waived"}
    yield from (
        f"the outcome of {_told(name)} is 'waived', but no waiver waives it" for name in sorted(waived - covered)
    )
    yield from (f"a waiver waives {_told(name)}, but its outcome is another" for name in sorted(covered - waived))
    exercised = [r["id"] for r in requirements if r["exercised"]]
    if exercised and not report["requests"]:
        yield f"no request was sent, but {_told(exercised[0])} was exercised"
    yield from _of_verdict(report)


def _of_verdict(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the verdict is not that of the requirements and the controls.

    A run whose budget was spent reaches its end, but does not judge all: its reasons say so.
    """
    whole = report["complete"] and UNFINISHED not in report["reasons"]
    verdict, reasons = verdict_of(report["requirements"], report["controls"], complete=whole)
    if verdict != report["verdict"]:
        why = f" ({line(reasons[0], _LONGEST)})" if reasons else ""
        yield f"the verdict is '{report['verdict']}', but what it is made of gives '{verdict}'{why}"


def _told(name: str) -> str:
    return f"'{line(name, _LONGEST)}'"
