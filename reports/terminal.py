"""The summary for a terminal: the verdict first, then what is wrong and how to see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import markup
from rich.console import Console
from rich.table import Table

from reports.blocking import causes_of
from reports.model import removable
from reports.sensitivity import in_words
from reports.summary import unsteady
from reports.text import line

_COLOURS = {"conforms": "green", "violates": "red", "inconclusive": "yellow"}
MOST = 25
# Below this, numbers would be cut; a narrow terminal wraps the lines instead.
_WIDTH = 120
_LONGEST = 4000


def escape(text: str) -> str:
    """Return `text` as words for a terminal: nothing in it is markup or moves a cursor."""
    return markup.escape(line(text, _LONGEST))


def print_summary(report: Mapping[str, Any], console: Console) -> None:
    """Print verdict, a table by operation, violations, warnings and what was left out."""
    _print_verdict(report, console)
    _print_table(report, console)
    _print_musts(report, console)
    _print_findings(report, console, "MUST", "Violations")
    _print_findings(report, console, "SHOULD", "Warnings (SHOULD)")
    _print_hint(report, console)
    _print_left_out(report, console)
    for waiver in report["waivers"]:
        if waiver["problem"]:
            console.print(f"[bold red]Stale waiver[/], {escape(waiver['problem'])}", highlight=False, soft_wrap=True)
    _print_limits(report, console)
    _print_remaining(report["remaining"], console)
    for note in report["notes"]:
        console.print(f"Note: {escape(note)}", highlight=False, soft_wrap=True)
    console.print(f"\nSensitivity: {in_words(report['kit']['sensitivity'])}", highlight=False, soft_wrap=True)


def _print_remaining(remaining: Sequence[str], console: Console) -> None:
    """Print how much of what the run created remains, and the first thing that could be removed."""
    if remaining:
        console.print(f"{len(remaining)} things that the run created remain; report.json names them", highlight=False)
    left = removable(remaining)
    if left:
        more = f" (and {len(left) - 1} more)" if left[1:] else ""
        hint = f"  {left[0]}{more}; 'conformance clean' with the journal tries again"
        console.print(escape(hint), highlight=False, soft_wrap=True)


def _print_verdict(report: Mapping[str, Any], console: Console) -> None:
    """Print the verdict with what is really going on, then how the run was made and the other reasons."""
    colour = _COLOURS[report["verdict"]]
    run, reasons = report["run"], report["reasons"]
    how = f"{report['requests']} requests in {run['wall_seconds']:.1f} s, profile {run['profile']}, seed {run['seed']}"
    head = f"[bold {colour}]{report['verdict']}[/]  {escape(report['target']['name'])}: "
    console.print(f"{head}{escape(reasons[0]) if reasons else how}", highlight=False, soft_wrap=True)
    if reasons:
        console.print(f"  {how}", highlight=False, soft_wrap=True)
    for reason in reasons[1:MOST]:
        console.print(f"  because {escape(reason)}", highlight=False, soft_wrap=True)


_COLUMNS = {
    "conforms": "conforms",
    "violates": "violates",
    "warnings": "warns",
    "waived": "waived",
    "inconclusive": "unsure",
    "blocked": "blocked",
    "not-exercised": "not seen",
}


def _table(report: Mapping[str, Any]) -> Table:
    rows = _by_operation(report)
    rare = {"waived"} - {key for counts in rows.values() for key in counts}
    columns = {key: title for key, title in _COLUMNS.items() if key not in rare}
    table = Table(box=None, pad_edge=False)
    table.add_column("operation", no_wrap=True)
    for title in columns.values():
        table.add_column(title, justify="right", no_wrap=True)
    for operation, counts in rows.items():
        table.add_row(operation, *(str(counts[key] or "") for key in columns))
    return table


def _print_musts(report: Mapping[str, Any], console: Console) -> None:
    """Print what became of the MUST requirements, a zero too."""
    counts = Counter(entry["outcome"] for entry in report["requirements"] if entry["level"] == "MUST")
    words = {**_COLUMNS, "not-exercised": "not exercised"}
    told = ", ".join(f"{counts[key]} {words[key]}" for key in _COLUMNS if key != "warnings")
    console.print(f"MUST: {told}", highlight=False, soft_wrap=True)


def _print_table(report: Mapping[str, Any], console: Console) -> None:
    width = console.width
    console.width = max(width, _WIDTH)
    console.print(_table(report))
    console.width = width


def _by_operation(report: Mapping[str, Any]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for entry in report["requirements"]:
        outcome = entry["outcome"]
        if outcome == "violates" and entry["level"] == "SHOULD":
            outcome = "warnings"
        counts.setdefault(entry["operation"], Counter())[outcome] += 1
    return counts


def _print_findings(report: Mapping[str, Any], console: Console, level: str, title: str) -> None:
    broken = [r for r in report["requirements"] if r["outcome"] == "violates" and r["level"] == level]
    if not broken:
        return
    console.print(f"\n[bold]{title}[/]")
    for entry in broken[:MOST]:
        finding = entry["findings"][0]
        console.print(
            f"[bold]{escape(entry['id'])}[/]: expected {escape(finding['expected'])}; "
            f"observed {escape(finding['observed'].rstrip('.'))}{unsteady(finding)}. \\[{escape(entry['source'])}]",
            highlight=False,
            soft_wrap=True,
        )
        for name in ("curl", "rerun"):
            if finding[name]:
                console.print(f"    {escape(finding[name])}", highlight=False, soft_wrap=True)
    if len(broken) > MOST:
        console.print(f"  and {len(broken) - MOST} more; the report has all")


def _print_hint(report: Mapping[str, Any], console: Console) -> None:
    """Say why a curl line may find nothing any more."""
    findings = [r["findings"][0] for r in report["requirements"] if r["outcome"] == "violates" and r["findings"]]
    if any(finding["curl"] for finding in findings):
        console.print("\nWhat a run makes it removes again: where curl finds nothing, the line below it makes it anew")


def _print_limits(report: Mapping[str, Any], console: Console) -> None:
    """Print where the target draws its lines."""
    if report["limits"]:
        console.print("\n[bold]Measured limits[/]")
    for entry in report["limits"]:
        console.print(f"  {escape(limit_in_words(entry))}", highlight=False, soft_wrap=True)


def limit_in_words(entry: Mapping[str, Any]) -> str:
    """Return a measured limit in one line: "documented 100; accepts 128, refuses 129 with LimitExceededError"."""
    accepts = "accepts none" if entry["accepted"] is None else f"accepts {entry['accepted']}"
    code = f" with {entry['code']}" if entry["code"] else ""
    refuses = "nothing larger was refused" if entry["refused"] is None else f"refuses {entry['refused']}{code}"
    return f"{entry['requirement']}: documented {entry['documented']}; {accepts}, {refuses}"


def _print_left_out(report: Mapping[str, Any], console: Console) -> None:
    causes = causes_of(report["requirements"])
    why = Counter({f"blocked: {cause.sentence}": cause.count for cause in causes})
    for entry in report["requirements"]:
        if entry["outcome"] == "not-exercised":
            why[f"not-exercised: {entry['reason']}"] += 1
    if why:
        console.print("\n[bold]Not judged[/]")
    for reason, count in why.most_common(10):
        console.print(f"  {count:4} {escape(reason)}", highlight=False, soft_wrap=True)
