"""The verdict in a few words: the answer of a shields.io endpoint, and a badge as SVG."""

from __future__ import annotations

import json
from html import escape

from reports.summary import Entry, must_counts

LABEL = "conformance"
_HEX = {"brightgreen": "#3a7d1a", "yellowgreen": "#6b7a12", "red": "#b3261e", "lightgrey": "#5f6368"}
_NARROW = " .,:;|!'ijlt/1"
_HEIGHT = 20


def message_of(report: Entry) -> tuple[str, str]:
    """Return the words for a verdict and their colour.

    Of a run that conforms they say how many MUST requirements were seen to.
    """
    counts = must_counts(report)
    if report["verdict"] == "violates":
        return f"{counts['violates']} MUST broken", "red"
    if report["verdict"] == "inconclusive" or not report["complete"]:
        return "inconclusive", "lightgrey"
    seen = f"conforms, {counts['conforms']} of {counts.total()} MUST seen"
    waived = f", {counts['waived']} waived" if counts["waived"] else ""
    return seen + waived, "brightgreen" if counts["conforms"] == counts.total() else "yellowgreen"


def render_shields(report: Entry) -> str:
    """Return the JSON that a shields.io endpoint badge reads."""
    message, color = message_of(report)
    badge = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": color,
        "isError": report["verdict"] != "conforms",
    }
    return json.dumps(badge, indent=1) + "\n"


def render_badge(report: Entry) -> str:
    """Return a badge as SVG that needs no service and no font of its own."""
    message, color = message_of(report)
    left, right = _width(LABEL), _width(message)
    title = escape(f"{LABEL}: {message}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="{_HEIGHT}" fill="#3b3f45"/>
<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{_HEX[color]}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left / 2:g}" y="14" textLength="{left - 12}">{LABEL}</text>
<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(message)}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    """Return how wide a text is at this size, with its margin."""
    return round(sum(4.2 if character in _NARROW else 7.2 for character in text)) + 12
