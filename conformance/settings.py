"""What the user asked of one run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from conformance.target.config import Tier
from reports.waivers import Waiver

Profile = Literal["smoke", "standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a profile explores around the named rows.

    `examples` are drawn for each strategy, `coverage` requests at most taken
    of schemathesis for each operation, `histories` driven through the model
    of what is visible; `every_should` keeps all variants of
    rows that only a SHOULD asks for, where otherwise the first stands for all.
    `at_once` is how many requests are under way at the same time at most.
    `requests` is how many the cases may take, 0 if any number: the best cases
    that fit are chosen. The drawing is done `rounds` times, each with a seed of
    its own.
    """

    examples: int
    coverage: int
    every_should: bool
    histories: int
    at_once: int = 8
    requests: int = 0
    rounds: int = 1


EXTENTS: dict[Profile, Extent] = {
    "smoke": Extent(examples=0, coverage=0, every_should=False, histories=0, requests=60),
    "standard": Extent(examples=10, coverage=6, every_should=False, histories=5),
    "thorough": Extent(examples=100, coverage=10_000, every_should=True, histories=30, at_once=32),
}


FIRST_ROUND = 5_000
FURTHER_ROUND = 1_250
"""Requests that the first round of drawing takes at most, with all rows, and each further one."""


def extent_of(profile: Profile, max_requests: int) -> Extent:
    """Return how much a profile explores within a budget: `thorough` draws on as long as that lasts."""
    extent = EXTENTS[profile]
    if profile != "thorough":
        return extent
    return replace(extent, rounds=1 + max(0, max_requests - FIRST_ROUND) // FURTHER_ROUND)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `conformance run`, and of the pytest plugin.

    None or an empty value means: as the target file or the default says.
    `journal` is the file in which the run writes what it creates, `wait` how
    many seconds a target that is still starting gets, `waivers` the known
    gaps of the target. `shard` is which part of how many: (2, 3) is the second
    of three. `repetitions` is how often at most a case is run again that found
    something. `example_database` is the folder or the URL of a Redis in which
    drawn examples that failed are kept.
    """

    target: str | None = None
    contract: str | None = None
    select: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    profile: Profile = "standard"
    seed: int = 0
    max_requests: int | None = None
    rate: float | None = None
    tier: Tier | None = None
    yes_create: bool = False
    wait: float = 0.0
    journal: Path | None = None
    waivers: tuple[Waiver, ...] = ()
    shard: tuple[int, int] = (1, 1)
    repetitions: int = 2
    example_database: str | None = None
