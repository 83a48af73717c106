"""The kit against the command line of schemathesis: same documents, server, faults and budgets (b).

A fault is found if something is reported that is not reported of the server
without it; what is reported of that one is a false alarm. The kit is run anew
for each budget of requests, until one finds the fault: a greater one begins
with the same requests. Schemathesis is run once, and its requests beyond a
budget do not count: each of the documents has an equal share of it. Faults of
single requests and answers are tried with the document of their operation
alone, since the others are answered as by the server without the fault.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.overhead import COMMAND
from benchmarks.peer import Failure, PeerRun, run_peer
from benchmarks.sampling import CLASSES, owner, sample
from benchmarks.server import serving
from conformance.target.described import target_file
from openapi import load_contract

REQUESTS = (100, 300, 1_000, 3_000)
_TRIED = sorted((*REQUESTS, 500))
"""Whoever has two seconds gives the kit 500 requests."""

SECONDS = (2.0, 5.0, 10.0, 30.0)
_LIMITS = "\n[limits]\nsettle_seconds = 2\n"
"""What the server does later it does within a tenth of a second."""


@dataclass(frozen=True, slots=True)
class KitRun:
    """What the kit said within a budget: the requirements that it found broken, for how many requests and seconds."""

    budget: int
    requests: int
    seconds: float
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What both said of one server; `fault` is empty for the one without any."""

    fault: str
    kit: tuple[KitRun, ...]
    peer: tuple[PeerRun, ...]

    def kit_found(self, *, requests: int = 0, seconds: float = 0.0) -> tuple[str, ...]:
        """Return what the kit found within a budget, by requests or by time: the best of its runs that kept it."""
        kept = [r for r in self.kit if (r.budget <= requests if requests else r.seconds <= seconds)]
        return kept[-1].broken if kept else ()

    def peer_found(self, documents: int, *, requests: int = 0, seconds: float = 0.0) -> frozenset[str]:
        """Return the kinds of failures that the peer saw within a budget that is shared by so many documents."""
        within: Callable[[Failure], bool]
        if requests:
            within = lambda failure: failure.request <= requests / documents  # noqa: E731  # one line
        else:
            within = lambda failure: failure.seconds <= seconds / documents  # noqa: E731  # as above
        return frozenset(f"{f.document}: {f.kind}" for run in self.peer for f in run.failures if within(f))


def measure_comparison(of_each: int, folder: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the tables of a comparison with so many faults of each class.

    What was tried is kept in `folder`, so that more faults can be added, or a
    comparison that was broken off be gone on with; who has changed the kit
    removes its part.
    """
    faults = sample(of_each)
    clean = _tried("", folder)
    trials = {name: _tried(name, folder) for name in faults}
    return {
        "found, by requests": list(_by_budget(faults, clean, trials, "requests", REQUESTS)),
        "found, by time": list(_by_budget(faults, clean, trials, "seconds", SECONDS)),
        "found by schemathesis and missed by the kit": list(_missed(faults, clean, trials)),
        "false alarms": list(_alarms(clean)),
        "cost": list(_costs(clean)),
    }


def _tried(fault: str, folder: Path) -> Trial:
    """Try a fault, or return what was kept of an earlier try."""
    name = "".join(c if c.isalnum() else "-" for c in fault or "clean")
    kit = _kept(folder / "kit" / f"{name}.json", lambda: _run_budgets(fault))
    peer = _kept(folder / "schemathesis" / f"{name}.json", lambda: _run_peer(fault))
    runs = (PeerRun(**{**run, "failures": tuple(Failure(**f) for f in run["failures"])}) for run in peer)
    return Trial(fault, tuple(KitRun(**{**run, "broken": tuple(run["broken"])}) for run in kit), tuple(runs))


def _kept(file: Path, make: Callable[[], Iterable[Any]]) -> Any:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(run) for run in make()], indent=1), encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


def _run_budgets(fault: str) -> Iterator[KitRun]:
    """Yield a run of the kit for each budget; the largest has time for what a budget of requests breaks off."""
    for budget in _TRIED:
        yield _run_kit(fault, budget)


def _run_kit(fault: str, budget: int) -> KitRun:
    """Run the kit against a new server. Raises RuntimeError if it could not judge at all."""
    with tempfile.TemporaryDirectory() as folder:
        with serving([fault] if fault else [], filled=True) as server:
            target = Path(folder) / "target.toml"
            # What a run can make it makes itself, since this server takes any object; the rest it is told.
            known = replace(server.fixtures, bucket="", dataset="", indexed_uris=())
            target.write_text(target_file(server.url, "testid", "testsecret", known) + _LIMITS, encoding="utf-8")
            options = ["--target", str(target), "--max-requests", str(budget), "--report", folder]
            done = subprocess.run([*COMMAND, "run", *options], check=False, capture_output=True, text=True)
        report = Path(folder) / "report.json"
        if not report.exists():
            msg = f"the kit ended with {done.returncode} at '{fault}': {done.stderr or done.stdout}"
            raise RuntimeError(msg)
        requirements = json.loads(report.read_text(encoding="utf-8"))["requirements"]
    broken = tuple(r["id"] for r in requirements if r["outcome"] == "violates")
    return KitRun(budget, len(server.asked), round(server.asked[-1].at - server.asked[0].at, 3), broken)


def _run_peer(fault: str) -> list[PeerRun]:
    """Run schemathesis against a new server, on the documents that could show a fault."""
    operations = [owner(fault)] if fault and owner(fault) else list(load_contract().operations)
    with tempfile.TemporaryDirectory() as folder, serving([fault] if fault else [], filled=True) as server:
        return run_peer(server.url, server.fixtures, operations, Path(folder))


def _found_by_both(clean: Trial, trial: Trial, unit: str, budget: float) -> tuple[bool, bool]:
    """Return whether the kit and the peer found a fault within a budget."""
    count = len(load_contract().operations)
    limit: dict[str, Any] = {unit: budget}
    kit = set(trial.kit_found(**limit)) - set(clean.kit[-1].broken)
    known = {f"{f.document}: {f.kind}" for run in clean.peer for f in run.failures}
    return bool(kit), bool(trial.peer_found(count, **limit) - known)


def _by_budget(
    faults: Mapping[str, str], clean: Trial, trials: Mapping[str, Trial], unit: str, budgets: Sequence[float]
) -> Iterator[dict[str, Any]]:
    for budget in budgets:
        found = {name: _found_by_both(clean, trial, unit, budget) for name, trial in trials.items()}
        for kind in (*CLASSES, "all"):
            pairs = [pair for name, pair in found.items() if kind in (faults[name], "all")]
            missed = [kit for kit, peer in pairs if not peer]
            yield {
                unit: f"{budget:g}",
                "class": kind,
                "faults": len(pairs),
                "kit": sum(kit for kit, _ in pairs),
                "schemathesis": sum(peer for _, peer in pairs),
                "kit, of those that schemathesis misses": f"{sum(missed)} of {len(missed)}",
                "schemathesis only": sum(peer and not kit for kit, peer in pairs),
            }


def _missed(faults: Mapping[str, str], clean: Trial, trials: Mapping[str, Trial]) -> Iterator[dict[str, Any]]:
    """Yield each fault that the peer found and the kit did not, once for each budget."""
    none = True
    for unit, budgets in (("requests", REQUESTS), ("seconds", SECONDS)):
        for name, trial in trials.items():
            at = [f"{b:g}" for b in budgets if _found_by_both(clean, trial, unit, b) == (False, True)]
            if at:
                none = False
                yield {"fault": name, "class": faults[name], "budgets": f"{', '.join(at)} {unit}"}
    if none:
        yield {"fault": "none", "class": "", "budgets": ""}


def _alarms(clean: Trial) -> Iterator[dict[str, Any]]:
    """Yield what is said of the server without faults, most of it first."""
    kinds: dict[str, set[str]] = {}
    for run in clean.peer:
        for failure in run.failures:
            kinds.setdefault(failure.kind[:120], set()).add(run.document)
    yield {"who": "kit", "alarm": ", ".join(clean.kit[-1].broken) or "none", "documents": ""}
    for kind, documents in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
        yield {"who": "schemathesis", "alarm": kind, "documents": len(documents)}


def _costs(clean: Trial) -> Iterator[dict[str, Any]]:
    """Yield what the runs against the server without faults took."""
    for run in clean.kit:
        yield {"who": f"kit, at most {run.budget} requests", "requests": run.requests, "seconds": run.seconds}
    requests, seconds = sum(r.requests for r in clean.peer), sum(r.seconds for r in clean.peer)
    yield {"who": "schemathesis, all documents", "requests": requests, "seconds": round(seconds, 2)}
