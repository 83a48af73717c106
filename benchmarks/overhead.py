"""What a run costs beside the bare exchange of its requests (a).

The server keeps what it is asked; a loop over httpx then sends the same
requests to a new server. Start-up is apart: time runs from the first request
of a run to the end of its process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import httpx

from benchmarks.server import Asked, serving

RUNS = 5
SELECTIONS: dict[str, Sequence[str]] = {
    "standard": (),
    "named rows": ("-k", "/request/ and not measured"),
    "smoke": ("--profile", "smoke"),
}
COMMAND = (sys.executable, "-c", "from conformance.entry import main; main()")
_NOT_REPEATED = ("host", "content-length", "connection", "transfer-encoding")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: requests, seconds from the first of them to the end, seconds before.

    `cpu` are the seconds of the processor that the client took, without start-up.
    """

    requests: int
    seconds: float
    cpu: float
    start_up: float
    asked: tuple[Asked, ...]


def measure_overhead(runs: int = RUNS) -> list[dict[str, Any]]:
    """Return for each selection the medians of the run, of its replay, and of their ratio."""
    return [_measured(name, arguments, runs) for name, arguments in SELECTIONS.items()]


def _measured(name: str, arguments: Sequence[str], runs: int) -> dict[str, Any]:
    pairs, cpu = [], []
    for _ in range(runs):
        run = run_kit(arguments)
        before = time.process_time()
        seconds, equal = replay(run.asked)
        pairs.append((run, seconds, equal))
        cpu.append(run.cpu / (time.process_time() - before))
    return {
        "what": name,
        "requests": round(median(run.requests for run, _, _ in pairs)),
        "run_seconds": round(median(run.seconds for run, _, _ in pairs), 3),
        "replay_seconds": round(median(seconds for _, seconds, _ in pairs), 3),
        "ratio": round(median(run.seconds / seconds for run, seconds, _ in pairs), 2),
        "cpu_ratio": round(median(cpu), 2),
        "requests_per_second": round(median(run.requests / run.seconds for run, _, _ in pairs)),
        "overhead_ms_per_request": round(
            median(1000 * (run.seconds - seconds) / run.requests for run, seconds, _ in pairs), 3
        ),
        "start_up_seconds": round(median(run.start_up for run, _, _ in pairs), 3),
        "same_status": round(median(equal for _, _, equal in pairs), 3),
    }


def run_kit(arguments: Sequence[str]) -> Run:
    """Run the kit against a new server on a socket.

    Raises RuntimeError unless the verdict is `conforms`.
    """
    with serving() as server:
        started, before = time.monotonic(), children_cpu()
        command = [*COMMAND, "run", "--target", server.url, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        ended, cpu = time.monotonic(), children_cpu() - before
    if done.returncode:
        msg = f"the run ended with {done.returncode}: {done.stderr or done.stdout}"
        raise RuntimeError(msg)
    first = server.asked[0].at
    return Run(len(server.asked), ended - first, cpu - start_up_cpu(arguments), first - started, tuple(server.asked))


def start_up_cpu(arguments: Sequence[str]) -> float:
    """Return the seconds of the processor until the cases of a run are collected."""
    before = children_cpu()
    separated = () if "--" in arguments else ("--",)
    subprocess.run([*COMMAND, "run", *arguments, *separated, "--collect-only"], check=False, capture_output=True)
    return children_cpu() - before


def children_cpu() -> float:
    """Return the seconds of the processor that ended child processes took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def replay(asked: Sequence[Asked]) -> tuple[float, float]:
    """Send the requests again with a bare httpx loop.

    Returns the seconds, and which part of the answers had the same status.
    """
    same = 0
    with serving() as server, httpx.Client(trust_env=False) as client:
        requests = [(a.request.method, _url(server.url, a), _headers(a), a.request.body) for a in asked]
        started = time.monotonic()
        for kept, (method, url, headers, body) in zip(asked, requests, strict=True):
            response = client.request(method, url, headers=headers, content=body)
            same += response.status_code == kept.status
        seconds = time.monotonic() - started
    return seconds, same / len(asked)


def _url(base: str, asked: Asked) -> str:
    return f"{base}{asked.request.path}?{asked.request.query}"


def _headers(asked: Asked) -> list[tuple[str, str]]:
    return [(name, value) for name, value in asked.request.headers if name.lower() not in _NOT_REPEATED]
