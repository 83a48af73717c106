"""Reading of reports that a run wrote; nothing that contradicts itself is rendered."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from reports.schemas import load_schema
from reports.text import line

SCHEMA = "conformance-report/1"
NAME = "report.json"
_MEMBERS = ("kit", "target", "run", "verdict", "requirements", "complete")
_LONGEST = 300


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


def read_whole_report(path: Path) -> dict[str, Any]:
    """Read a report to render it: it keeps its schema and bears out its verdict.

    Raises ReportError if it does not.
    """
    report = read_report(path)
    if problem := _misfit(report) or _contradiction(report):
        msg = f"report '{path}' is not one that a run wrote: {problem}"
        raise ReportError(msg)
    return report


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(load_schema("report"), validate_formats=True)


def _misfit(report: dict[str, Any]) -> str:
    """Return what the schema has against a report; empty if nothing."""
    error = next(_validator().iter_errors(report), None)
    if error is None:
        return ""
    place = "/".join(map(str, error.instance_path)) or "the whole"
    return f"at {line(place, _LONGEST)}: {line(error.message, _LONGEST)}"


def _contradiction(report: dict[str, Any]) -> str:
    """Return why the verdict cannot be true; empty if it can."""
    if report["verdict"] != "conforms":
        return ""
    must = [r for r in report["requirements"] if r["level"] == "MUST"]
    for outcome in ("violates", "inconclusive"):
        broken = next((r["id"] for r in must if r["outcome"] == outcome), "")
        if broken:
            return f"the verdict is 'conforms', but the outcome of '{line(broken, _LONGEST)}' is '{outcome}'"
    return "" if any(r["outcome"] in ("conforms", "waived") for r in must) else "the verdict is 'conforms' of nothing"
