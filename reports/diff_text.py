"""A difference of two reports in words: for a terminal, and in Markdown for a pull request."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from reports.diff import CAUSES, Change, Difference

_TITLES = {
    "broke": "Broke",
    "mended": "Mended",
    "newly_exercised": "Newly exercised",
    "no_longer_exercised": "No longer exercised",
    "added": "New requirements",
    "removed": "Removed requirements",
}
_MOST = 50
_SPECIAL = re.compile(r"([\\`*_{}\[\]|!~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def to_text(found: Difference) -> str:
    """Return the difference as plain lines."""
    lines = [f"note: {clean(note)}" for note in found.notes]
    for name, title in _TITLES.items():
        changes: list[Change] = getattr(found, name)
        if changes:
            lines += [f"{title} ({len(changes)}):", *(f"  {line}" for c in changes for line in _told(c))]
    return "\n".join(lines or ["nothing changed"]) + "\n"


def _told(change: Change) -> Iterator[str]:
    yield f"{change.level} {clean(change.id)}: {change.before} -> {change.after}{_why(change)}"
    if change.finding is not None:
        yield f"  {clean(_sentence(change.finding))}"
        if change.finding.get("rerun"):
            yield f"  {clean(change.finding['rerun'])}"


def _why(change: Change) -> str:
    return f" ({CAUSES[change.cause]})" if change.after == "violates" else ""


def to_markdown(found: Difference) -> str:
    """Return the difference as a comment for a pull request."""
    broke, mended = len(found.broke), len(found.mended)
    head = f"### Conformance: {broke} broke, {mended} mended" if broke or mended else "### Conformance: nothing broke"
    blocks = [head, *(f"- {escaped(note)}" for note in found.notes)]
    for name, title in _TITLES.items():
        changes: list[Change] = getattr(found, name)
        if changes:
            blocks.append(_table(title, changes, is_open=name == "broke"))
    return "\n".join(blocks) + "\n"


def to_json(found: Difference) -> str:
    """Return the difference as JSON."""
    return json.dumps(asdict(found), indent=1) + "\n"


def _table(title: str, changes: list[Change], *, is_open: bool) -> str:
    rows = [_row(change) for change in changes[:_MOST]]
    if len(changes) > _MOST:
        rows.append(f"| and {len(changes) - _MOST} more | | | |")
    table = "\n".join(["| requirement | level | before, after | what |", "|---|---|---|---|", *rows])
    state = " open" if is_open else ""
    return f"\n<details{state}><summary>{title} ({len(changes)})</summary>\n\n{table}\n\n</details>"


def _row(change: Change) -> str:
    what = escaped(_sentence(change.finding)) if change.finding is not None else ""
    states = f"{change.before} → {change.after}"
    return f"| {escaped(change.id)} | {change.level} | {states} | {escaped(_why(change).strip())} {what} |"


def _sentence(finding: Mapping[str, str]) -> str:
    return f"expected {finding['expected']}; observed {finding['observed']}"


def clean(text: str) -> str:
    """Return a text of a target without what could move the cursor or turn the reading direction."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(text: str) -> str:
    """Return a text in which Markdown and HTML see nothing but text; at most 400 characters."""
    short = clean(text)
    shown = html.escape(short if len(short) <= 400 else f"{short[:399]}…", quote=False)
    return _SPECIAL.sub(r"\\\1", shown).replace("@", "@\u200b")
