"""Reading of reports that a run wrote; nothing that contradicts itself is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reports.contradictions import contradiction
from reports.fitting import misfit

SCHEMA = "conformance-report/1"
NAME = "report.json"


class ReportError(Exception):
    """A file is no report; the text says why."""


def read_report(path: Path) -> dict[str, Any]:
    """Read a report, given as its file or its folder. Raises ReportError if it does not keep the published schema."""
    file = path / NAME if path.is_dir() else path
    try:
        report = json.loads(file.read_bytes())
    except OSError as error:
        msg = f"report '{file}' cannot be read: {error.strerror}"
        raise ReportError(msg) from None
    except (ValueError, RecursionError):
        msg = f"report '{file}' is not JSON"
        raise ReportError(msg) from None
    schema = report.get("schema") if isinstance(report, dict) else None
    if schema != SCHEMA:
        msg = f"'{file}' has the schema {schema!r}, expected '{SCHEMA}'"
        raise ReportError(msg)
    if problem := misfit(report, "report"):
        msg = f"report '{file}' is not one that a run wrote: {problem}"
        raise ReportError(msg)
    found: dict[str, Any] = report
    return found


def read_whole_report(path: Path) -> dict[str, Any]:
    """Read a report to render it: nothing in it contradicts anything else, and its verdict is borne out.

    Raises ReportError if it is not so.
    """
    report = read_report(path)
    if problem := contradiction(report):
        msg = f"report '{path}' is not one that a run wrote: {problem}"
        raise ReportError(msg)
    return report
