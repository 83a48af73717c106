"""One fault planted, and what the kit says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from conformance.planning import all_cases
from conformance.selftest.derived import derived_faults
from conformance.selftest.judging import tally_emulator
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.selftest.recording import Recording
from conformance.selftest.replaying import Alterations, Replay, recording
from conformance.settings import Settings
from emulator import Answer, Call, Emulator, Publication, Push
from openapi import Contract, Requirement, load_contract
from reports.tally import Finding, Tally

ERROR_CASES = ("GetTask/request/TaskId/required", "GetUrlUploadInfos/request/JobIds/maxItems")
"""Rows that are refused: what is needed to see an error envelope."""

Fate = Literal["caught", "collateral", "survived", "without occasion", "error"]


@dataclass(frozen=True, slots=True)
class FaultResult:
    """What became of one fault.

    `altered` counts the exchanges that it changed (0: it had no occasion; in
    a run of its own the first is enough),
    `reported` are the MUST and SHOULD requirements that were found broken,
    `cases` those that reported its own, `after` is how many requests it took
    until then. `error` is the sentence for a trial that broke off.
    """

    id: str
    requirement: str
    level: str = ""
    altered: int = 0
    reported: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    after: int = 0
    error: str = ""

    @property
    def fate(self) -> Fate:
        """What became of the fault in one word."""
        if self.error:
            return "error"
        if self.requirement in self.reported:
            return "caught"
        if self.reported:
            return "collateral"
        return "survived" if self.altered else "without occasion"


@dataclass(slots=True)
class FirstSight(Tally):
    """A tally that remembers after how many requests one requirement was first seen broken."""

    own: str = ""
    position: Callable[[], int] | None = None
    after: int = field(default=0)

    def violate(self, requirement: str, finding: Finding) -> bool:
        """Record a violation."""
        if requirement == self.own and not self.after:
            self.after = self.position() if self.position else self.requests
        return Tally.violate(self, requirement, finding)


@lru_cache(maxsize=1)
def known_faults() -> Mapping[str, PlantedFault]:
    """Return every fault by its id, to be read; `find_fault` returns one to be planted."""
    return {fault.id: fault for fault in (*derived_faults(load_contract()), *planted_faults().values())}


def fault_ids(globs: Iterable[str] = ()) -> list[str]:
    """Return the ids of all faults, or of those whose requirement matches a glob."""
    from fnmatch import fnmatchcase  # only here

    patterns = tuple(globs)
    everything = known_faults().values()
    return [f.id for f in everything if not patterns or any(fnmatchcase(f.requirement, p) for p in patterns)]


def find_fault(name: str) -> PlantedFault:
    """Return a fault to be planted: a new instance of one that may keep something of what it saw.

    Raises KeyError if no fault has that id.
    """
    known = known_faults()[name]
    if known.answers_only:
        return known
    derived = derived_faults(load_contract(), only=known.requirement)
    return next((f for f in derived if f.id == name), None) or planted_faults()[name]


def try_fault(name: str) -> FaultResult:
    """Run the checks whose answers the fault can alter against it.

    A fault that changes nothing but answers is judged in the recorded run,
    any other in a run of its own. What goes wrong is part of the result.
    """
    fault = find_fault(name)
    try:
        return rejudge(fault) if fault.answers_only else judge_live(fault)
    except Exception as error:  # a broken trial is a row of the matrix and must not end it
        text = f"{type(error).__name__}: {error}"
        return FaultResult(name, fault.requirement, error=text[:300])


def judge_live(fault: PlantedFault) -> FaultResult:
    """Run the cases that can see a fault against an emulator that has it."""
    contract = load_contract()
    requirement = contract.ledger[fault.requirement]
    counter = _Counter(fault)
    tally = FirstSight(own=requirement.id)
    settings = Settings(cases=cases_for(contract, requirement), repetitions=0)
    tally_emulator(counter.counting(), settings, tally)
    return _result(fault, requirement, counter.altered, tally)


def rejudge(fault: PlantedFault) -> FaultResult:
    """Judge the recorded run again as if the emulator had had a fault.

    The flows of all behaviours with a changed answer are driven again, so
    that collateral is seen; of other cases some answers are judged by
    themselves, or all flows where refusals or whole bodies are changed.
    """
    kept = recording()
    requirement = kept.contract.ledger[fault.requirement]
    alterations = Alterations(kept, fault)
    tally = FirstSight(own=requirement.id)
    replay = Replay(kept, alterations, tally, enough=lambda: bool(tally.after))
    tally.position = lambda: replay.number
    driven = set(_replay_flows(kept, replay, alterations, requirement))
    for one in kept.exchanges:
        if one.case not in driven:
            replay.look(one)
    return _result(fault, requirement, alterations.count, tally)


def _replay_flows(kept: Recording, replay: Replay, alterations: Alterations, requirement: Requirement) -> Iterator[str]:
    every = requirement.side == "error" or not requirement.path
    for case in kept.cases:
        if case.id not in kept.replayable or not (every or "/behavior/" in case.id):
            continue
        if any(alterations.of(one) is not None for one in kept.by_case.get(case.id, ())):
            replay.run(case)
            yield case.id


def _result(fault: PlantedFault, requirement: Requirement, altered: int, tally: FirstSight) -> FaultResult:
    own = tally.findings.get(requirement.id, ())
    return FaultResult(
        id=fault.id,
        requirement=requirement.id,
        level=requirement.level,
        altered=altered,
        reported=tuple(sorted(tally.violations)),
        cases=tuple(dict.fromkeys(f.case for f in own)),
        after=tally.after,
    )


def cases_for(contract: Contract, requirement: Requirement) -> tuple[str, ...]:
    """Return the cases that can see a fault against `requirement`; none means every case."""
    cases = all_cases(contract.directory)
    if requirement.side == "error":
        return tuple(c.id for c in cases if c.id.startswith(ERROR_CASES))
    base = requirement.id.rsplit("/", 1)[0]
    own = [c.id for c in cases if requirement.id in c.requirements or c.id.startswith(f"{base}/")]
    if requirement.side == "request":
        return tuple(c for c in own if "/explore/" not in c)
    around = [
        c.id for c in cases if c.operation == requirement.operation and ("/behavior/" in c.id or "as given" in c.id)
    ]
    return tuple(dict.fromkeys([*own, *around]))


class _Counter:
    """Counts what a fault alters: calls, answers, messages, pushes."""

    def __init__(self, fault: PlantedFault) -> None:
        self.fault = fault
        self.altered = 1 if fault.limits else 0

    def counting(self) -> PlantedFault:
        """Return the fault, counted."""
        return replace(
            self.fault,
            before=self._before,
            after=self._after,
            published=self._published,
            pushed=self._pushed,
        )

    def _before(self, call: Call, emulator: Emulator) -> Call | Answer | None:
        made = self.fault.before(call, emulator)
        self.altered += made is not None
        return made

    def _after(self, call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if self.altered:
            return self.fault.after(call, answer, emulator)
        kept = deepcopy(answer)
        made = self.fault.after(call, answer, emulator)
        self.altered += made != kept
        return made

    def _published(self, publication: Publication, emulator: Emulator) -> Iterable[Publication]:
        made = tuple(self.fault.published(publication, emulator))
        self.altered += made != (publication,)
        return made

    def _pushed(self, push: Push, emulator: Emulator) -> Push:
        made = self.fault.pushed(push, emulator)
        self.altered += made != push
        return made
