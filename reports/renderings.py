"""The formats that a report can be rendered in."""

from __future__ import annotations

import importlib
from typing import cast

from reports.summary import Entry

_RENDERERS = {
    "html": ("reports.page", "render_page"),
    "junit": ("reports.junit", "render_junit"),
    "ctrf": ("reports.ctrf", "render_ctrf"),
    "sarif": ("reports.sarif", "render_sarif"),
    "markdown": ("reports.markdown", "render_markdown"),
    "shields": ("reports.badge", "render_shields"),
    "badge": ("reports.badge", "render_badge"),
}

FORMATS = tuple(_RENDERERS)


def render(name: str, report: Entry) -> str:
    """Return a report in one of FORMATS; what a format needs is imported when it is used."""
    module, function = _RENDERERS[name]
    return cast("str", getattr(importlib.import_module(module), function)(report))
