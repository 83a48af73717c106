"""How time grows with processes (d) and operations, and memory with requests (e)."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.overhead import COMMAND, children_cpu
from openapi import load_contract

_COUNTED = re.compile(r"(\d+) requests in")
_MEASURED = """
import json, resource, runpy, sys, time
from conformance.kit import Kit
from conformance.settings import Settings
kit = Kit(Settings(profile="thorough", max_requests=int(sys.argv[1])))
seen = []
for case in kit.plan.cases:
    kit.run(case)
    seen.append((kit.tally.requests, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
kit.finish()
print(json.dumps([kit.tally.requests, seen[len(seen) // 2], seen[-1][1]]))
"""
_ROWS = """
import json, sys, time
from pathlib import Path
from conformance.kit import Kit
from conformance.settings import Settings
started = time.process_time()
kit = Kit(Settings(contract=sys.argv[1]))
cases = [case for case in kit.plan.cases if case.id.startswith("GetTask")]
for case in cases:
    kit.run(case)
kit.finish()
print(json.dumps([len(cases), kit.tally.requests, time.process_time() - started]))
"""


def measure_processes(runs: int = 3, max_requests: int = 20_000) -> list[dict[str, Any]]:
    """Return the time of a thorough run in process with one and two processes.

    `cpu_each` is the time of the processor for each process: what a run takes
    by the clock where every process has a processor of its own.
    """
    times = {workers: [_timed(workers, max_requests) for _ in range(runs)] for workers in (1, 2)}
    one, cpu_one = (median(run[place] for run in times[1]) for place in (1, 2))
    return [
        {
            "what": f"thorough, {workers} process{'es' if workers > 1 else ''}",
            "requests": round(median(n for n, _, _ in found)),
            "seconds": round(median(s for _, s, _ in found), 1),
            "ratio": round(median(s for _, s, _ in found) / one, 2),
            "cpu_each": round(median(c for _, _, c in found) / workers, 1),
            "cpu_ratio": round(median(c for _, _, c in found) / workers / cpu_one, 2),
        }
        for workers, found in times.items()
    ]


def _timed(workers: int, max_requests: int) -> tuple[int, float, float]:
    """Return requests, seconds by the clock and seconds of the processor of one run."""
    started, before = time.monotonic(), children_cpu()
    many = ("-n", str(workers)) if workers > 1 else ()
    command = [*COMMAND, "run", "--profile", "thorough", "--max-requests", str(max_requests), *many]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = _COUNTED.search(done.stdout)
    return int(found[1]) if found else 0, time.monotonic() - started, children_cpu() - before


def measure_memory(max_requests: int = 22_000) -> dict[str, Any]:
    """Return the greatest memory of a thorough run, half way and at its end."""
    requests, (half, then), last = _answer(_MEASURED, str(max_requests))
    return {"what": "thorough", "requests": requests, "half_way": half, "mb_half_way": then, "mb_at_the_end": last}


def measure_operations(copies: Sequence[int] = (8, 16, 32)) -> list[dict[str, Any]]:
    """Return the processor time of rows for so many copies of GetTask under other names."""
    found = []
    for count in copies:
        with tempfile.TemporaryDirectory() as folder:
            _copied(Path(folder), count)
            cases, requests, seconds = _answer(_ROWS, folder)
        found.append(
            {
                "what": f"{count} copies",
                "cases": cases,
                "requests": requests,
                "cpu_seconds": round(seconds, 2),
                "cpu_ms_per_case": round(1000 * seconds / cases, 2),
            }
        )
    return found


def _copied(folder: Path, count: int) -> None:
    """Write a contract with GetTask `count` times, under other names."""
    home = Path(load_contract().directory)
    for file in home.rglob("*.yaml"):
        target = folder / file.relative_to(home)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    text = (home / "imm" / "GetTask.yaml").read_text(encoding="utf-8")
    for number in range(1, count):
        (folder / "imm" / f"GetTask{number}.yaml").write_text(text.replace("GetTask", f"GetTask{number}"))


def _answer(program: str, *arguments: str) -> Any:
    """Return what a program in a process of its own prints as JSON."""
    import json  # only here

    command = [sys.executable, "-c", program, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
