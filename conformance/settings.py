"""What the user asked of one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conformance.target.config import Tier

Profile = Literal["smoke", "standard", "thorough"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `conformance run`, and of the pytest plugin.

    None or an empty value means: as the target file or the default says.
    `journal` is the file in which the run writes what it creates; `wait` is how many seconds a target that is still starting gets.
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
