"""The log of a whole run: its header, the parts of its processes, its footer."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from conformance import __version__
from conformance.evidence.encoding import settings_to_json, target_to_json
from conformance.evidence.recording import Recorder
from conformance.gathering import Ending, Gathered
from conformance.kit import Kit
from reports.model import report_bytes
from reports.runlog import NAME, SCHEMA, LogError, LogWriter, digest, part_path, read_log, self_hash

_LOCK = ".conformance-lock"
_DRAWS = ("hypothesis", "schemathesis")
"""Packages whose versions decide what is drawn."""


def header_of(kit: Kit, started: str) -> dict[str, Any]:
    """Return what the first line of a log says of a run."""
    return {
        "schema": SCHEMA,
        "kit": {"name": "alimedia-conformance", "version": __version__, "contract": kit.contract.digest},
        "software": {"python": platform.python_version(), **{name: version(name) for name in _DRAWS}},
        "target": target_to_json(kit.target),
        "settings": settings_to_json(kit.settings),
        "profile": kit.settings.profile,
        "seed": kit.settings.seed,
        "plan": {"cases": [case.id for case in kit.plan.cases], "operations": sorted(kit.plan.operations)},
        "started": started,
    }


def footer_of(report: Mapping[str, Any], seen: Gathered, ending: Ending) -> dict[str, Any]:
    """Return what the last line says: how the run ended, and what came of each requirement."""
    outcomes = {r["id"]: r["outcome"] for r in report["requirements"]}
    ended = {k: v for k, v in asdict(ending).items() if k != "started"}
    footer = {
        **ended,
        "lost": list(ending.lost),
        "left": list(ending.left),
        "defects": list(seen.defects),
        "complete": report["complete"],
        "verdict": report["verdict"],
        "requests": report["requests"],
        "counts": dict(Counter(f"{r['level']} {r['outcome']}" for r in report["requirements"])),
        "outcomes": outcomes,
        "report": digest(report_bytes(report)),
    }
    return {**footer, "self": self_hash(footer)}


class RunRecord:
    """Writes the log of a run into a folder; without a folder it does nothing.

    `part` is the name of a process that pytest-xdist started, empty for the
    one that makes the report.
    """

    def __init__(self, folder: Path | None, part: str) -> None:
        self._folder = folder
        self._part = part
        path = None if folder is None else part_path(folder, part) if part else folder / NAME
        self._writer = LogWriter(path) if path else None
        self.recorder = Recorder(self._writer, part or "main")
        self._lock: FileLock | None = None

    def claim(self) -> None:
        """Keep other runs out of the folder, and remove what an earlier one left: it is not what comes of this one.

        Raises LogError if another run is writing there.
        """
        if self._writer is None or self._folder is None or self._part:
            return
        self._keep_out(self._folder)
        names = (NAME, "report.json", "report.html", "junit.xml", "certificate.intoto.jsonl")
        for old in (*self._folder.glob("run-*.jsonl"), *(self._folder / name for name in names)):
            old.unlink(missing_ok=True)

    def begin(self, kit: Kit, started: str) -> None:
        """Write the header."""
        if self._writer is not None:
            self._writer.append("header", header_of(kit, started))

    def release(self) -> None:
        """Let other runs into the folder."""
        if self._lock is not None:
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def _keep_out(self, folder: Path) -> None:
        """Keep other runs out of the folder for as long as this process lives."""
        self._lock = FileLock(folder / _LOCK, timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            msg = f"--report '{folder}' is being written by another run; expected a folder of its own"
            raise LogError(msg) from None

    def read_part(self, part: str) -> list[dict[str, Any]]:
        """Return the lines that another process wrote so far. Raises LogError if they are damaged."""
        if self._folder is None or not part_path(self._folder, part).exists():
            return []
        return read_log(part_path(self._folder, part)).parts.get(part, [])

    def join(self, part: str) -> None:
        """Append what another process wrote. Raises LogError if that is damaged."""
        if self._writer is None or self._folder is None:
            return
        path = part_path(self._folder, part)
        if path.exists():
            self._writer.extend(read_log(path).lines[1:])
            path.unlink()

    def end(self, report: Mapping[str, Any], seen: Gathered, ending: Ending) -> None:
        """Write the footer and close the log."""
        if self._writer is not None:
            self._writer.append("footer", footer_of(report, seen, ending))
            self._writer.close()
        self.release()
