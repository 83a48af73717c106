"""Lawful variations switched on, and the alarms that the kit raises at them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from emulator.variations import VARIATIONS, pairs


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


Trial = tuple[tuple[str, ...], int, bool]
"""The variations, the seed, and whether the server is behind a socket."""


def lawful_trials(*, thorough: bool = False) -> list[Trial]:
    """Return each variation alone, and every set of the covering array.

    A thorough matrix has three seeds in process and a server on a socket for
    each; otherwise the sets have three seeds, so that each variation has.
    """
    alone = [(name,) for name in VARIATIONS]
    together = [tuple(sorted(names)) for names in pairs()]
    sets = [*together, *alone]
    trials = [(names, 0, False) for names in sets]
    trials += [(names, seed, False) for names in (sets if thorough else together) for seed in (1, 2)]
    return trials + [(names, 0, True) for names in sets if thorough]


def try_lawful(trial: Trial) -> VariationResult:
    """Judge a server with lawful variations; what goes wrong is part of the result."""
    names, seed, on_socket = trial
    where = "socket" if on_socket else "process"
    try:
        return _judged(names, seed, where)
    except Exception as error:  # noqa: BLE001  # a broken trial is a row of the matrix and must not end it
        return VariationResult(names, seed, where, error=f"{type(error).__name__}: {error}"[:300])


def _judged(names: Collection[str], seed: int, where: str) -> VariationResult:
    report = judge_emulator(settings=Settings(seed=seed), variations=names, on_socket=where == "socket")
    alarms = tuple(
        f"{r['id']}: expected {r['findings'][0]['expected']}; observed {r['findings'][0]['observed']}"[:400]
        for r in report["requirements"]
        if r["outcome"] == "violates" and r["level"] == "MUST"
    )
    return VariationResult(tuple(names), seed, where, report["verdict"], alarms, tuple(report["reasons"][:5]))
