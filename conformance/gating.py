"""What decides the exit code beside the verdict: a baseline; and drafting waivers for what is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.outputs import why_unwritable
from reports.diff import gate
from reports.reading import ReportError, read_report
from reports.verdict import exit_code
from reports.waivers import draft


class GateError(Exception):
    """A baseline or a file for waivers cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The baseline report of a run if it has one, and where waivers are drafted."""

    baseline: Mapping[str, Any] | None = None
    drafted: Path | None = None

    @classmethod
    def of(cls, baseline: str | None, drafted: str | None) -> Gate:
        """Read what the options name, before anything is sent. Raises GateError if it cannot be used."""
        try:
            report = read_report(Path(baseline)) if baseline else None
        except ReportError as error:
            msg = f"--baseline: {error}"
            raise GateError(msg) from None
        path = Path(drafted) if drafted else None
        if path is not None and path.exists():
            msg = f"--write-waivers '{path}' exists already; expected a file to be made"
            raise GateError(msg)
        if path is not None and (why := why_unwritable(path)):
            msg = f"--write-waivers '{path}' cannot be written: {why}"
            raise GateError(msg)
        return cls(report, path)

    def exit_code(self, report: Mapping[str, Any], *, strict: bool) -> int:
        """Return the exit code of a run."""
        usual = exit_code(report, strict=strict)
        if self.baseline is None or any(w["problem"] for w in report["waivers"]):
            return usual
        return gate(report, self.baseline, strict=strict)

    def write_draft(self, report: Mapping[str, Any], *, strict: bool) -> None:
        """Write the drafted waivers, if they were asked for. Raises GateError if that fails."""
        if self.drafted is None:
            return
        try:
            self.drafted.write_text(draft(report, strict=strict), encoding="utf-8")
        except OSError as error:
            msg = f"--write-waivers '{self.drafted}' cannot be written: {error.strerror}"
            raise GateError(msg) from None
