"""What changed between two reports, and whether the target or the contract did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cause = Literal["target", "new requirement", "stricter requirement", "kit"]
_SEEN = ("conforms", "violates", "waived")

CAUSES: dict[Cause, str] = {
    "target": "the target changed",
    "new requirement": "new requirement",
    "stricter requirement": "stricter requirement",
    "kit": "the target changed, or the kit looks closer",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement that is not as it was; `finding` is the first of what is broken now."""

    id: str
    level: str
    before: str
    after: str
    cause: Cause
    finding: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes between two reports, by what they mean; `notes` are about the reports as a whole."""

    broke: list[Change] = field(default_factory=list)
    mended: list[Change] = field(default_factory=list)
    newly_exercised: list[Change] = field(default_factory=list)
    no_longer_exercised: list[Change] = field(default_factory=list)
    added: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def regressions(self, *, strict: bool) -> list[Change]:
        """Return what fails a gate: MUST requirements that broke; with `strict` SHOULD as well."""
        return [c for c in self.broke if strict or c.level == "MUST"]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return how `after` differs from `before`."""
    found = Difference(notes=_notes(before, after))
    old = {r["id"]: r for r in before["requirements"]}
    new = {r["id"]: r for r in after["requirements"]}
    same_kit = before["kit"] == after["kit"]
    for id_, entry in new.items():
        _sort_in(found, old.get(id_), entry, same_kit=same_kit)
    found.removed.extend(
        Change(id_, entry["level"], entry["outcome"], "absent", "kit") for id_, entry in old.items() if id_ not in new
    )
    return found


def _sort_in(found: Difference, old: Mapping[str, Any] | None, new: Mapping[str, Any], *, same_kit: bool) -> None:
    was, now = old["outcome"] if old else "absent", new["outcome"]
    stricter = bool(old) and _is_stricter(old or {}, new)
    finding = new["findings"][0] if now == "violates" and new["findings"] else None
    change = Change(new["id"], new["level"], was, now, _cause(old, same_kit=same_kit, stricter=stricter), finding)
    if now == "violates" and (was != "violates" or stricter):
        found.broke.append(change)
    elif was in ("violates", "waived") and now == "conforms":
        found.mended.append(change)
    elif old is None:
        found.added.append(change)
    elif was not in _SEEN and now in _SEEN:
        found.newly_exercised.append(change)
    elif was in _SEEN and now not in _SEEN:
        found.no_longer_exercised.append(change)


def _is_stricter(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return bool(old["level"] == "SHOULD" and new["level"] == "MUST")


def _cause(old: Mapping[str, Any] | None, *, same_kit: bool, stricter: bool) -> Cause:
    if old is None:
        return "new requirement"
    if stricter:
        return "stricter requirement"
    return "target" if same_kit else "kit"


def _notes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what makes the two reports less alike than they should be to compare them."""
    notes = []
    one, other = before["kit"], after["kit"]
    if one["version"] != other["version"]:
        notes.append(f"the kit changed from version {one['version']} to {other['version']}")
    if one["contract"] != other["contract"]:
        notes.append("the contract changed")
    if before["target"]["name"] != after["target"]["name"]:
        notes.append(f"the targets are '{before['target']['name']}' and '{after['target']['name']}'")
    ran, runs_now = before["run"], after["run"]
    notes += [
        f"the {name} was {ran[name]} and is {runs_now[name]}"
        for name in ("profile", "seed")
        if ran[name] != runs_now[name]
    ]
    runs = {"first": before, "second": after}
    return notes + [f"the {which} run was not complete" for which, run in runs.items() if not run["complete"]]


def gate(report: Mapping[str, Any], baseline: Mapping[str, Any], *, strict: bool) -> int:
    """Return the exit code of a run that only news may fail: 0, 1, or 2 if it could not judge."""
    if compare(baseline, report).regressions(strict=strict):
        return 1
    known = {r["id"]: r["outcome"] for r in baseline["requirements"]}
    lost = [
        r
        for r in report["requirements"]
        if r["level"] == "MUST" and r["outcome"] == "inconclusive" and known.get(r["id"]) in _SEEN
    ]
    accepted = baseline.get("controls", {})
    dead = [o for o, why in report["controls"].items() if why != "accepted" and accepted.get(o) == "accepted"]
    unsure = not report["complete"] or report["verdict"] == "inconclusive" or lost or dead
    return 2 if unsure else 0
