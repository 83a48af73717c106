"""The formats that a report can be rendered in."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import cast

from reports.model import report_bytes
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


def write_folder(report: Entry, folder: Path) -> None:
    """Write `report.json`, `report.html` and `junit.xml` into a folder that exists.

    Raises OSError if that is not possible.
    """
    _write_whole(folder / "report.json", report_bytes(report))
    _write_whole(folder / "junit.xml", render("junit", report).encode())
    _write_whole(folder / "report.html", render("html", report).encode())


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that no reader sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
