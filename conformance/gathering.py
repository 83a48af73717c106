"""What the processes of a run have seen, joined, and the report made of it.

The same is done where a run ends and where its log is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance import __version__
from conformance.checks.registry import DRAWN, hearings, watches
from conformance.judge.observer import settled_by_observer
from conformance.kit import Kit
from conformance.settings import Profile
from openapi import untested_facts
from reports.model import RunInfo, build_report
from reports.tally import Tally
from reports.verdict import UNFINISHED

_LISTS = ("cut", "notes", "remaining", "defects")


def seen_by(kit: Kit, done: Iterable[str], defects: Sequence[str] = (), unusable: str = "") -> dict[str, Any]:
    """Return what a process has seen, as plain JSON values."""
    return {
        "tally": kit.tally.to_json(),
        "done": sorted(done),
        "left_out": kit.plan.left_out,
        "cut": kit.cut,
        "unusable": unusable,
        "ended": kit.ended,
        "lacking": None if kit.world is None else dict(kit.world.lacking),
        "notes": kit.notes,
        "remaining": kit.remaining,
        "defects": list(defects),
    }


def drawn_apart(cut: Iterable[str], profile: Profile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return cases that the budget did not pay for in two parts: those that had to be sent, and those that need not.

    `thorough` draws as many requests as the budget allows; the other profiles have a number of them.
    """
    cases = tuple(cut)
    drawn = tuple(case for case in cases if DRAWN in case and profile == "thorough")
    return tuple(case for case in cases if case not in drawn), drawn


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: times in ISO 8601, its processes, what was lost of it.

    `lost` are sentences about processes that ended without a result, `left`
    about what these made.
    """

    started: str
    finished: str
    wall_seconds: float
    workers: int = 1
    lost: tuple[str, ...] = ()
    interrupted: bool = False
    left: tuple[str, ...] = ()


@dataclass(slots=True)
class Gathered:
    """The sum of what processes have seen; `lacking` says of each that got as far what it could not have, and why."""

    tally: Tally = field(default_factory=Tally)
    done: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    unusable: str = ""
    ended: str = ""
    lacking: list[dict[str, str]] = field(default_factory=list)

    def take(self, output: Mapping[str, Any]) -> None:
        """Add what one process has seen (`seen_by`)."""
        self.tally.merge(Tally.from_json(output["tally"]))
        self.done.update(output["done"])
        self.left_out.update(output["left_out"])
        self.unusable = self.unusable or output["unusable"]
        self.ended = self.ended or output["ended"]
        self.lacking += [output["lacking"]] if output["lacking"] is not None else []
        for name in _LISTS:
            kept: list[str] = getattr(self, name)
            kept.extend(text for text in output[name] if name != "notes" or text not in kept)

    def report(self, kit: Kit, ending: Ending) -> dict[str, Any]:
        """Return the report of the run that `kit` planned."""
        left_out = {**_undone(kit, self.done, self._why_undone(ending)), **self.left_out}
        cut, undrawn = drawn_apart(self.cut, kit.settings.profile)
        info = RunInfo(
            kit_version=__version__,
            target_name=kit.target.name,
            target_version=kit.target.version,
            started=ending.started,
            finished=ending.finished,
            profile=kit.settings.profile,
            seed=kit.settings.seed,
            workers=ending.workers,
            wall_seconds=ending.wall_seconds,
            complete=not (ending.lost or self.defects or ending.interrupted or self.ended),
            operations=kit.plan.operations,
            left_out=left_out,
            cut=cut,
            undrawn=undrawn,
            ended=self.ended,
            checkable=checkable(kit),
            notes=(*self.notes, *ending.lost, *self.defects),
            remaining=(*self.remaining, *ending.left),
            waivers=kit.settings.waivers,
            not_tested={} if kit.settings.contract else untested_facts(),
        )
        return build_report(kit.contract, self._in_doubt(), info)

    def _why_undone(self, ending: Ending) -> str:
        """Return why cases were not come to."""
        return (self.ended or UNFINISHED) if ending.lost or ending.interrupted else "deselected in pytest"

    def _in_doubt(self) -> Tally:
        """Return the tally, in doubt about what one process could not judge for want of something that another had."""
        tally = self.tally.copy()
        whys = {why for lacking in self.lacking for name, why in lacking.items() if self._is_had(name)}
        for requirement, why in self.tally.blocked.items():
            if why in whys and not tally.exercised[requirement]:
                tally.inconclusive.setdefault(requirement, f"{why}; another process of the run had it: run it in one")
        return tally

    def _is_had(self, resource: str) -> bool:
        """Return whether some process had a resource."""
        return any(resource not in lacking for lacking in self.lacking)


def _undone(kit: Kit, done: set[str], why: str) -> dict[str, str]:
    """Return a reason for the requirements of cases that pytest left out, or did not come to."""
    missing = [case for case in kit.plan.cases if case.id not in done]
    return {requirement: why for case in missing for requirement in case.requirements}


def checkable(kit: Kit) -> frozenset[str]:
    """Return the ids of all requirements that some check can settle."""
    heard = {r for hearing in hearings() for r in hearing.requirements}
    return kit.plan.settled | heard | {w.requirement for w in watches()} | settled_by_observer(kit.contract)
