"""Lawful variations switched on, and the alarms that the kit raises at them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.checks.registry import DRAWN
from conformance.planning import all_cases
from conformance.selftest.judging import judge_emulator
from conformance.selftest.recording import changed_response
from conformance.selftest.replaying import recording
from conformance.settings import Settings
from emulator.variations import VARIATIONS, Variation, pairs
from openapi import load_contract


@dataclass(frozen=True, slots=True)
class VariationResult:
    """What the kit said of a server with lawful variations.

    `alarms` are the broken MUST requirements, each with what was observed;
    `reasons` why a verdict is not `conforms`; `error` the sentence for a
    trial that broke off.
    """

    variations: tuple[str, ...]
    seed: int
    where: str
    verdict: str = ""
    alarms: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    error: str = ""

    @property
    def silent(self) -> bool:
        """Whether the kit took the server for what it is: one that keeps the contract."""
        return self.verdict == "conforms"


@dataclass(frozen=True, slots=True)
class Trial:
    """The variations of a server, the seed, where it is, and whether requests are drawn as well."""

    variations: tuple[str, ...]
    seed: int = 0
    on_socket: bool = False
    drawn: bool = True


def lawful_trials(*, thorough: bool = False) -> list[Trial]:
    """Return every set of the covering array, and each variation alone.

    Alone they get no drawn requests, since a set draws them, and only the
    cases whose answers they alter. A thorough matrix has all of them with
    every case, three seeds, and once on a socket.
    """
    alone = [(name,) for name in VARIATIONS]
    together = [tuple(sorted(names)) for names in pairs()]
    if not thorough:
        return [*map(Trial, together), *(Trial(names, drawn=False) for names in alone)]
    sets = [*together, *alone]
    seeded = [Trial(names, seed) for seed in (0, 1, 2) for names in sets]
    return [*seeded, *(Trial(names, on_socket=True) for names in sets)]


def try_lawful(trial: Trial) -> VariationResult:
    """Judge a server with lawful variations; what goes wrong is part of the result."""
    try:
        return _judged(trial)
    except Exception as error:  # a broken trial is a row of the matrix and must not end it
        return unjudged(trial, f"{type(error).__name__}: {error}"[:300])


def unjudged(trial: Trial, error: str) -> VariationResult:
    """Return the result of a trial that broke off."""
    return VariationResult(trial.variations, trial.seed, _where(trial), error=error)


def _where(trial: Trial) -> str:
    return "socket" if trial.on_socket else "process"


def _judged(trial: Trial) -> VariationResult:
    settings = Settings(seed=trial.seed, cases=() if trial.drawn else _cases(trial))
    report = judge_emulator(settings=settings, variations=trial.variations, on_socket=trial.on_socket)
    alarms = tuple(
        f"{r['id']}: expected {r['findings'][0]['expected']}; observed {r['findings'][0]['observed']}"[:400]
        for r in report["requirements"]
        if r["outcome"] == "violates" and r["level"] == "MUST"
    )
    reasons = tuple(report["reasons"][:5])
    return VariationResult(trial.variations, trial.seed, _where(trial), report["verdict"], alarms, reasons)


def _cases(trial: Trial) -> tuple[str, ...]:
    """Return the named cases that can tell a server with the variations of a trial from one without."""
    named = tuple(case.id for case in all_cases(load_contract().directory) if DRAWN not in case.id)
    altered = set[str]()
    for name in trial.variations:
        found = _altered(VARIATIONS[name])
        if not found:
            return named
        altered |= found
    return tuple(name for name in named if name in altered)


def _altered(variation: Variation) -> set[str]:
    """Return the cases with an answer that a variation alters in the recorded run; none if that does not tell it."""
    bare = Variation(variation.id, variation.description, variation.allowed_by, variation.groups)
    if variation.after is None or replace(variation, after=None) != bare:
        return set()
    kept = recording()
    try:
        return {one.case for one in kept.exchanges if changed_response(one, variation.after, kept.emulator) is not None}
    except LookupError:  # it asks for resources of the run, which are deleted by now
        return set()
