"""The page: everything of a report on one self-contained page of HTML.

It needs no network and no script to be read; the script filters, searches
and copies. Whatever a target sent is shown as text: escaped by the template,
stripped of what cannot be seen (`reports.text`), and kept from running by a
policy that knows the page's own script alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.page.evidence import Evidence, evidence_of
from reports.page.matrix import SIDES, matrix_of, side_of
from reports.page.pictures import latency_rows, latency_scale, limit_rows
from reports.summary import (
    OUTCOMES,
    Entry,
    broken,
    caveats,
    counts_of,
    kind_of,
    must_counts,
    reasons_of_silence,
)
from reports.text import shown

EVIDENCE_BYTES = 700_000
_HERE = Path(__file__).parent
_TICKS = re.compile(r"`([^`\n]+)`")
_MARKS = {
    "conforms": "✓",
    "violates": "✗",
    "warns": "!",
    "inconclusive": "?",
    "blocked": "⊘",
    "not-exercised": "○",
    "waived": "~",
}


@dataclass(frozen=True, slots=True)
class Article:
    """A broken requirement and its findings; none if the page has no room for them."""

    number: int
    entry: Entry
    evidence: tuple[Evidence, ...]


def render_page(report: Entry) -> str:
    """Return the page of a report."""
    style, script = (_HERE / "page.css").read_text("utf-8"), (_HERE / "page.js").read_text("utf-8")
    template = _environment().get_template("page.html.jinja")
    page: str = template.render(
        report=report,
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # as above
        style_hash=_hash(style),
        script_hash=_hash(script),
        **_overview(report),
        articles={kind: _articles(report, kind) for kind in ("violates", "warns")},
        article=_article,
        groups=_groups(report),
    )
    return page


def _overview(report: Entry) -> dict[str, Any]:
    return {
        "matrix": matrix_of(report),
        "sides": SIDES,
        "outcomes": OUTCOMES,
        "counts": counts_of(report["requirements"]),
        "must": must_counts(report),
        "should": counts_of(r for r in report["requirements"] if r["level"] == "SHOULD"),
        "limits": limit_rows(report),
        "latency": latency_rows(report),
        "scale": latency_scale(report),
        "silence": reasons_of_silence(report),
        "caveats": caveats(report),
    }


def _articles(report: Entry, kind: str) -> Iterator[Markup]:
    """Yield the broken requirements as HTML: with their evidence as long as there is room."""
    numbers = {id(entry): number for number, entry in enumerate(report["requirements"])}
    room = EVIDENCE_BYTES if kind == "violates" else EVIDENCE_BYTES // 3
    for entry in broken(report, kind):
        if room > 0:
            full = _article(Article(numbers[id(entry)], entry, tuple(evidence_of(f) for f in entry["findings"])))
            room -= len(full.encode())
            yield full
        else:
            yield _article(Article(numbers[id(entry)], entry, ()))


def _article(article: Article) -> Markup:
    template = _environment().get_template("finding.html.jinja")
    return Markup(template.render(a=article, entry=article.entry))  # noqa: S704  # escaped by the template


def _groups(report: Entry) -> dict[str, list[tuple[int, Entry]]]:
    groups: dict[str, list[tuple[int, Entry]]] = {}
    for number, entry in enumerate(report["requirements"]):
        groups.setdefault(entry["operation"], []).append((number, entry))
    return groups


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.globals.update(
        kind_of=kind_of, side_of=side_of, marks=_MARKS, shown=shown, prose=_prose, counts_of=counts_of
    )
    return environment


def _finalized(value: Any) -> Any:
    """Make every text fit to be shown; what is markup already is ours."""
    return shown(value) if type(value) is str else value


def _prose(text: str, longest: int) -> Markup:
    """Return a text in which what stands between back-ticks is code."""
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(shown(text, longest)))))  # noqa: S704  # escaped before


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
