"""How many planted faults a profile catches, for how many requests."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from conformance.selftest.judging import judge_emulator
from conformance.selftest.trial import fault_ids, find_fault
from conformance.settings import Profile, Settings
from openapi import load_contract


@dataclass(frozen=True, slots=True)
class Try:
    """What a run said of one fault: nothing, something, or the requirement that it breaks."""

    fault: str
    own: bool
    reported: bool
    must: bool
    requests: int
    seconds: float


def measure_sharpness(profile: str, every: int, workers: int = 2) -> dict[str, Any]:
    """Plant every n-th fault alone, run a profile against each, and return what was caught.

    A fault counts as caught if the requirement that it breaks is reported.
    """
    names = sorted(fault_ids())[::every]
    with ProcessPoolExecutor(max_workers=workers) as pool:
        tries = list(pool.map(partial(_tried, cast("Profile", profile)), names, chunksize=8))
    musts = [t for t in tries if t.must]
    return {
        "what": profile,
        "faults": len(tries),
        "caught": sum(t.own for t in tries),
        "part": round(sum(t.own for t in tries) / len(tries), 3),
        "part_of_must": round(sum(t.own for t in musts) / len(musts), 3),
        "reported_otherwise": sum(t.reported and not t.own for t in tries),
        "requests": max(t.requests for t in tries),
    }


def _tried(profile: Profile, name: str) -> Try:
    fault = find_fault(name)
    started = time.monotonic()
    report = judge_emulator([fault], settings=Settings(profile=profile))
    broken = {r["id"] for r in report["requirements"] if r["outcome"] == "violates"}
    must = load_contract().ledger[fault.requirement].must
    seconds = time.monotonic() - started
    return Try(name, fault.requirement in broken, bool(broken), must, report["requests"], seconds)
