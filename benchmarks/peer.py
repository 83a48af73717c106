"""The command line of schemathesis on the same documents, fed with real values.

Each document gets its share of the requests or seconds. What is found is read
from the events that schemathesis reports, each with its place in the run, so
that one run tells about every smaller budget: it is the same as far as that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.checks.rows import base_request
from conformance.target.config import Fixtures
from conformance.world import BatchRef, IndexedFile, Place, TaskRef, UploadRef, World
from openapi import load_contract

SEED = 1
EXAMPLES = 300
"""Requests that each document is fuzzed with, beside its examples and the coverage phase; enough for every budget."""

_COVERED = ("BatchIndexFileMeta", "IndexFileMeta")
"""Documents whose coverage phase alone has twice as many requests as their share of any budget."""

_PROBABILITY = 0.8
_TIMEOUT = 600
_COMMAND = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of its own kind in one document: when it was seen first, by requests and by seconds of that document.

    Start-up is not counted.
    """

    document: str
    kind: str
    request: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What schemathesis found in one document, for how many requests in how many seconds."""

    document: str
    requests: int
    seconds: float
    failures: tuple[Failure, ...]


def run_peer(url: str, fixtures: Fixtures, operations: Sequence[str], folder: Path) -> list[PeerRun]:
    """Run schemathesis on the documents of some operations against the server at `url`.

    Raises RuntimeError if it ends otherwise than with or without failures.
    """
    _write_documents(folder, fixtures)
    return [_run(url, operation, folder) for operation in operations]


def _run(url: str, operation: str, folder: Path) -> PeerRun:
    events = folder / f"{operation}.ndjson"
    document = next(folder.glob(f"i??/{operation}.yaml"))
    examples = 1 if operation in _COVERED else EXAMPLES
    options = ["--seed", str(SEED), "-n", str(examples), "--continue-on-failure", "--no-shrink"]
    options += ["--generation-database", "none", "--report", "ndjson", "--report-ndjson-path", str(events)]
    command = [sys.executable, "-c", _COMMAND, "--no-color", "run", str(document), "-u", url, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, timeout=_TIMEOUT)
    if done.returncode not in (0, 1):
        msg = f"schemathesis ended with {done.returncode}: {done.stderr or done.stdout}"
        raise RuntimeError(msg)
    return read_events(operation, events.read_text(encoding="utf-8").splitlines())


def read_events(document: str, lines: Sequence[str]) -> PeerRun:
    """Return what the events of one run say; requests are counted as they were sent."""
    events = [json.loads(line) for line in lines]
    start = next(event["EngineStarted"]["timestamp"] for event in events if "EngineStarted" in event)
    found: dict[str, Failure] = {}
    number, last = 0, 0.0
    for at, failures in _exchanges(events):
        number, last = number + 1, at - start
        for kind in failures:
            found.setdefault(kind, Failure(document, kind, number, round(last, 3)))
    return PeerRun(document, number, round(last, 3), tuple(found.values()))


def _exchanges(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, list[str]]]:
    """Yield for each request when it was sent and the kinds of failures that it showed."""
    for event in events:
        recorder = event.get("ScenarioFinished", {}).get("recorder", {})
        for name, exchange in recorder.get("interactions", {}).items():
            checks = recorder["checks"].get(name, ())
            yield exchange["timestamp"], [_kind(c) for c in checks if c["status"] == "failure"]


def _kind(check: Mapping[str, Any]) -> str:
    """Return what tells a failure from others: its check, its code and what it says."""
    failure = check["failure_info"]["failure"]
    return f"{check['name']} {failure['code']} {failure['title']}: {' '.join(failure['message'].split())}"


def _write_documents(folder: Path, fixtures: Fixtures) -> None:
    """Write the documents as they ship, with real values for their examples, and the dictionaries to draw from."""
    contract = load_contract()
    home, world = Path(contract.directory), _world(fixtures)
    for file in home.rglob("*.yaml"):
        target = folder / file.relative_to(home)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    real = {name: base_request(operation, world) for name, operation in contract.operations.items()}
    for name, values in real.items():
        file = next(folder.glob(f"i??/{name}.yaml"))
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for parameter in document["paths"]["/"]["post"]["parameters"]:
            if parameter["name"] in values:
                _give_example(parameter, values[parameter["name"]])
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    (folder / "schemathesis.toml").write_text("\n".join(_dictionaries(real)), encoding="utf-8")


def _give_example(parameter: dict[str, Any], value: Any) -> None:
    """Make `value` the only example of a parameter."""
    holder = parameter["content"]["application/json"] if "content" in parameter else parameter
    schema = holder["schema"]
    for place in (parameter, schema, schema.get("items")):
        if isinstance(place, dict):
            place.pop("example", None)
    holder["example"] = value


def _dictionaries(real: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of schemathesis.toml that let texts be drawn from real values, most of the time.

    A bucket is bound once only, so a new one is made up each time.
    """
    texts = {
        (operation, name): value
        for operation, values in real.items()
        for name, value in values.items()
        if isinstance(value, str) and (operation, name) != ("CreateBinding", "URI")
    }
    for operation in real:
        names = [name for owner, name in texts if owner == operation]
        if names:
            yield from ("[[operations]]", f'include-operation-id = "{operation}"', "[operations.parameters]")
        for name in names:
            yield f'"query.{name}" = {{ dictionary = "{operation}-{name}", probability = {_PROBABILITY} }}'
    for (operation, name), value in texts.items():
        yield from (f'[dictionaries."{operation}-{name}"]', f"values = {json.dumps([value])}")


def _world(fixtures: Fixtures) -> World:
    """Return the resources of the server, as requests are made of."""
    place = Place(fixtures.project, fixtures.dataset)
    return World(
        token="peer",
        bucket=fixtures.bucket,
        reads=place,
        writes=place,
        files=tuple(IndexedFile(uri, via="fixture") for uri in fixtures.indexed_uris),
        bound_bucket=fixtures.bucket,
        tasks=tuple(TaskRef(kind, id_, fixtures.project) for kind, id_ in fixtures.tasks),
        uploads=tuple(UploadRef(id_, url) for id_, url in fixtures.url_upload_jobs),
        batches=tuple(BatchRef(id_) for id_ in fixtures.batch_jobs),
    )
