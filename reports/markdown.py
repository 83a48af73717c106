"""The summary in Markdown, for a pull request or the page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reports.summary import (
    Entry,
    broken,
    caveats,
    counts_by_operation,
    limit_sentence,
    limit_state,
    must_counts,
    reasons_of_silence,
    sentence_of,
)
from reports.text import line, shown

MOST = 50
_LONGEST = 600
_MARKS = {"conforms": "✅", "violates": "❌", "inconclusive": "⚠️"}
_COLUMNS = {
    "conforms": "conforms",
    "violates": "violates",
    "warns": "warns",
    "inconclusive": "unsure",
    "blocked": "blocked",
    "not-exercised": "not seen",
    "waived": "waived",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@$])")


def render_markdown(report: Entry) -> str:
    """Return verdict, counts, what is broken and what was not judged."""
    parts = (_verdict, _table, _violations, _warnings, _limits, _silence)
    return "\n".join(text for part in parts for text in part(report)) + "\n"


def _verdict(report: Entry) -> Iterator[str]:
    run, counts = report["run"], must_counts(report)
    yield f"## {_MARKS[report['verdict']]} {_plain(report['target']['name'])}: {report['verdict']}"
    yield ""
    yield (
        f"{counts['conforms']} of {counts.total()} MUST requirements were seen to conform, "
        f"{counts['violates']} are broken. {report['requests']} requests in {run['wall_seconds']:.1f} s, "
        f"profile {_plain(run['profile'])}, seed {run['seed']}, kit {_plain(report['kit']['version'])}."
    )
    said = caveats(report)
    if said:
        yield ""
    yield from (f"- {_plain(reason)}" for reason in said[:MOST])
    if len(said) > MOST:
        yield f"- and {len(said) - MOST} more reasons"


def _table(report: Entry) -> Iterator[str]:
    counts = counts_by_operation(report)
    columns = [key for key in _COLUMNS if key == "conforms" or any(c[key] for c in counts.values())]
    yield from ("", f"| operation | {' | '.join(_COLUMNS[c] for c in columns)} |")
    yield "|---" + "|---:" * len(columns) + "|"
    for operation, found in counts.items():
        yield f"| {_plain(operation)} | {' | '.join(str(found[c] or '') for c in columns)} |"


def _violations(report: Entry) -> Iterator[str]:
    yield from _findings("### Violations", broken(report, "violates"))


def _warnings(report: Entry) -> Iterator[str]:
    entries = broken(report, "warns")
    if entries:
        yield from ("", f"<details><summary>{len(entries)} warnings (SHOULD)</summary>")
        yield from _findings("", entries)
        yield from ("", "</details>")


def _findings(title: str, entries: list[Entry]) -> Iterator[str]:
    if not entries:
        return
    yield from ("", *([title, ""] if title else []))
    for entry in entries[:MOST]:
        finding = entry["findings"][0]
        yield f"- {_code(entry['id'])}: {_plain(sentence_of(finding))}. {_plain(entry['source'])}"
        if finding["rerun"]:
            yield f"  {_code(finding['rerun'])}"
    if len(entries) > MOST:
        yield f"- and {len(entries) - MOST} more; the report has all"


def _limits(report: Entry) -> Iterator[str]:
    moved = [limit for limit in report["limits"] if limit_state(limit) != "as documented"]
    if moved:
        yield from ("", "### Limits drawn elsewhere", "")
    yield from (f"- {_code(limit['requirement'])}: {_plain(limit_sentence(limit))}" for limit in moved[:MOST])


def _silence(report: Entry) -> Iterator[str]:
    groups = reasons_of_silence(report)
    if groups:
        yield from ("", "### Not judged", "")
    for outcome, reason, entries in groups[:MOST]:
        yield f"- {len(entries)} {outcome}: {_plain(reason)}" if reason else f"- {len(entries)} {outcome}"
    if len(groups) > MOST:
        yield f"- and {len(groups) - MOST} more reasons"


def _plain(text: str) -> str:
    """Return a text of which nothing is markup, in one line."""
    return _SPECIAL.sub(r"\\\1", line(text, _LONGEST))


def _code(text: str) -> str:
    """Return a text as a code span, whatever back-ticks it holds."""
    inner = shown(text, _LONGEST).replace("\n", " ")
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {inner} {fence}" if longest else f"{fence}{inner}{fence}"
