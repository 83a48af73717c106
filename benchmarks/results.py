"""What is written about measurements: the machine, the versions, tables."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PARTS = ("alimedia-conformance", "httpx", "hypothesis", "jsonschema", "jsonschema-rs", "pytest", "schemathesis")

Rows = Sequence[Mapping[str, Any]]


def surroundings() -> dict[str, Any]:
    """Return where and with what it was measured; `load` is the number of processes that wanted to run."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "processors": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PARTS},
    }


def write(folder: Path, around: Mapping[str, Any], tables: Mapping[str, Rows]) -> None:
    """Write `benchmarks.json` and `benchmarks.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"surroundings": around, "results": tables}, indent=1)
    (folder / "benchmarks.json").write_text(text + "\n", encoding="utf-8")
    (folder / "benchmarks.md").write_text(markdown(around, tables), encoding="utf-8")


def markdown(around: Mapping[str, Any], tables: Mapping[str, Rows]) -> str:
    """Return the same for people."""
    versions = ", ".join(f"{name} {number}" for name, number in around["versions"].items())
    where = f"{around['system']} {around['machine']}, {around['processors']} processors, load {around['load']}"
    lines = [f"{around['when']}, {where}, Python {around['python']}; {versions}"]
    for title, rows in tables.items():
        names = list(rows[0])
        lines += ["", f"### {title}", "", f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
        lines += [f"| {' | '.join(str(row[name]) for name in names)} |" for row in rows]
    return "\n".join(lines) + "\n"
