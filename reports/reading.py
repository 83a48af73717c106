"""Reading of reports that a run wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = "conformance-report/1"
NAME = "report.json"
_MEMBERS = ("kit", "target", "run", "verdict", "requirements", "complete")


class ReportError(Exception):
    """A file is no report; the text says why."""


def read_report(path: Path) -> dict[str, Any]:
    """Read a report, given as its file or its folder. Raises ReportError if it is none."""
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
    missing = [name for name in _MEMBERS if name not in report]
    if missing or not isinstance(report["requirements"], list):
        msg = f"report '{file}' lacks '{missing[0] if missing else 'requirements'}'"
        raise ReportError(msg)
    found: dict[str, Any] = report
    return found
