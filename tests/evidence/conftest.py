"""Small runs against the embedded emulator, recorded in folders."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.evidence.runrecord import RunRecord
from conformance.gathering import Ending, Gathered, seen_by
from conformance.kit import Connector, Kit
from conformance.session import write_report
from conformance.settings import Settings
from conformance.target import Connection, Target, connect
from conformance.wire import Client
from openapi import Contract
from reports.runlog import START, canonical, digest, self_hash
from reports.waivers import Waiver

STARTED = "2026-11-21T12:00:00+00:00"
FINISHED = "2026-11-21T12:00:05+00:00"
ONE = "GetTask/behavior/status-final"
BUSY = (b'"Status":"Running"', b'"Status":"Busy"')
Record = Callable[..., dict[str, Any]]


def record_run(
    folder: Path,
    *,
    select: tuple[str, ...] = (ONE,),
    swap: tuple[bytes, bytes] = (b"", b""),
    waivers: tuple[Waiver, ...] = (),
    cases: int | None = None,
    max_requests: int | None = None,
) -> dict[str, Any]:
    """Run, write log and report, and return the report; with `cases` the run is killed after so many."""
    log = RunRecord(folder, "")
    kit = Kit(
        Settings(select=select, waivers=waivers, max_requests=max_requests), _swapping(*swap), recorder=log.recorder
    )
    log.begin(kit, STARTED)
    chosen = kit.plan.cases[:cases]
    for case in chosen:
        kit.run(case)
    if cases is not None:
        log.recorder.close()
        return {}
    kit.finish()
    seen = Gathered(left_out=dict(kit.plan.left_out))
    seen.take(seen_by(kit, [case.id for case in chosen]))
    ending = Ending(STARTED, FINISHED, 5.0)
    report = seen.report(kit, ending)
    write_report(report, folder)
    log.end(report, seen, ending)
    return report


@dataclass
class Swapping(httpx.BaseTransport):
    """A transport whose answers say one thing for another."""

    transport: httpx.BaseTransport
    old: bytes
    new: bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of the other transport, changed."""
        response = self.transport.handle_request(request)
        body = response.read()
        if self.old and self.old in body:
            kept = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-length"]
            return httpx.Response(response.status_code, headers=kept, content=body.replace(self.old, self.new))
        return response

    def close(self) -> None:
        """Close the other transport."""
        self.transport.close()


def _swapping(old: bytes, new: bytes) -> Connector:
    """Return a connector to an embedded emulator that says one thing for another."""

    def connector(target: Target, contract: Contract) -> Connection:
        connection = connect(target, contract)
        assert isinstance(connection.client, Client)
        connection.client._transport = Swapping(connection.client._transport, old, new)
        return connection

    return connector


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a log."""
    return [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]


def rewrite(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Write lines as a log whose chain holds."""
    prev, texts = START, []
    for seq, line in enumerate(lines):
        whole = {**line, "seq": seq, "prev": prev}
        if line["kind"] == "footer":
            whole["self"] = self_hash(whole)
        texts.append(canonical(whole))
        prev = digest(texts[-1])
    (folder / "run.jsonl").write_text("\n".join(texts) + "\n")


@pytest.fixture(scope="session")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    record_run(folder)
    return folder


@pytest.fixture
def recorded(_recorded: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder of a run of one case that conforms."""
    return Path(shutil.copytree(_recorded, tmp_path / "recorded"))


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Return the function that records another run in the test's folder."""

    def run(**given: Any) -> dict[str, Any]:
        return record_run(tmp_path, **given)

    return run
