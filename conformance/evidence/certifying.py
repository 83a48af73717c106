"""What a run must be to be certified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports.excuses import LAWFUL, excuse_of

MOST = 10


def refusals(report: Mapping[str, Any], header: Mapping[str, Any]) -> list[str]:
    """Return why a verified run cannot be certified, as sentences; empty if it can."""
    found = []
    if report["verdict"] != "conforms":
        found.append(f"the verdict is '{report['verdict']}', expected 'conforms'")
    if not report["complete"]:
        found.append("the run was not complete")
    if report["run"]["profile"] == "smoke":
        found.append("the profile 'smoke' leaves most rows out")
    found += [f"the run was restricted by --{name}" for name in ("select", "case") if header["settings"][_KEYS[name]]]
    if header["settings"]["shard"] != [1, 1]:
        found.append("the run was one of several shards")
    found += [f"a waiver is stale: {w['problem']}" for w in report["waivers"] if w["problem"]]
    named = {r["id"] for r in report["requirements"]}
    wide = [w["requirement"] for w in report["waivers"] if w["requirement"] not in named]
    found += [f"the waiver of '{name}' names more than one requirement; expected one for each" for name in wide]
    return [*found, *_unexcused(report["requirements"])]


_KEYS = {"select": "select", "case": "cases"}


def _unexcused(requirements: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the MUSTs that are neither settled nor excused by a reason that is about the target."""
    left = [r for r in requirements if r["level"] == "MUST" and r["outcome"] not in ("conforms", "waived")]
    left = [r for r in left if r["outcome"] != "violates" and excuse_of(r["outcome"], r["reason"]) not in LAWFUL]
    told = [f"{r['id']} is {r['outcome']}: {r['reason'] or 'no reason is known'}" for r in left[:MOST]]
    return [*told, f"and {len(left) - MOST} more"] if len(left) > MOST else told
