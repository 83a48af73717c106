"""How long commands take before they do anything."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.overhead import COMMAND, children_cpu

_STARTS: dict[str, Sequence[str]] = {
    "conformance --help": ("--help",),
    "conformance run --help": ("run", "--help"),
    "collection of the suite": ("run", "--", "--collect-only"),
}


def measure_start(runs: int = 5) -> list[dict[str, Any]]:
    """Return the seconds that each takes in a process of its own, by the clock and of the processor."""
    return [_measured(name, arguments, runs) for name, arguments in _STARTS.items()]


def _measured(name: str, arguments: Sequence[str], runs: int) -> dict[str, Any]:
    times = [_timed(arguments) for _ in range(runs)]
    seconds, cpu = median(t for t, _ in times), median(c for _, c in times)
    return {"what": name, "seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3)}


def _timed(arguments: Sequence[str]) -> tuple[float, float]:
    started, before = time.monotonic(), children_cpu()
    subprocess.run([*COMMAND, *arguments], check=False, capture_output=True)
    return time.monotonic() - started, children_cpu() - before
