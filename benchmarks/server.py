"""The embedded emulator on a socket, in a process of its own, keeping what it is asked.

The process serves until SIGTERM and then hands over the requests with their times.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conformance.evidence.encoding import fixtures_from_json, plain
from conformance.selftest.planting import limits_with
from conformance.target.config import Fixtures
from conformance.target.embedded import seed
from emulator import Emulator, Request, Response, serve


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in, when (CLOCK_MONOTONIC), and the status of its answer."""

    at: float
    request: Request
    status: int


@dataclass(slots=True)
class Server:
    """A running server: where it is, what it has if it is filled, and after its end what it was asked."""

    url: str
    fixtures: Fixtures
    asked: list[Asked] = field(default_factory=list)


class _Recording(Emulator):
    """Answers as the embedded emulator, and keeps what it was asked."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.asked: list[Asked] = []

    def handle(self, request: Request) -> Response:
        """Answer a request and keep it."""
        at = time.monotonic()
        response = super().handle(request)
        self.asked.append(Asked(at, request, response.status))
        return response


@contextlib.contextmanager
def serving(faults: Sequence[str] = (), *, filled: bool = False) -> Iterator[Server]:
    """Serve a new emulator with planted faults, by their ids; stop it at the end.

    One that is `filled` has what the default target of a run has.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "asked"
        program = "import benchmarks.server as s; s.main()"
        command = [sys.executable, "-c", program, str(file), "filled" if filled else "", *faults]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        url, fixtures = json.loads(process.stdout.readline())
        server = Server(url, fixtures_from_json(fixtures))
        try:
            yield server
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
        server.asked.extend(pickle.loads(file.read_bytes()))


def main() -> None:
    """Serve, and write down what was asked when told to stop."""
    file, filled, *names = sys.argv[1:]
    faults = [_fault(name) for name in names]
    emulator = _Recording(faults=faults, limits=limits_with(faults))
    fixtures = plain(asdict(seed(emulator) if filled else Fixtures()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ready: Callable[[str], None] = lambda url: print(json.dumps([url, fixtures]), flush=True)  # noqa: E731  # one line
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        serve(emulator, "127.0.0.1", 0, ready)
    Path(file).write_bytes(pickle.dumps(emulator.asked))


def _fault(name: str) -> Any:
    from conformance.selftest.trial import find_fault  # only where faults are asked for

    return find_fault(name)
