"""What is to be provided, and what the parts that provide it share."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.exchange import Step
from conformance.target.config import Fixtures, Tier
from conformance.world import World

Part = Generator[Step, Any, World]


@dataclass(frozen=True, slots=True)
class Order:
    """What to provide: the fixtures, the tier, how long things may take."""

    token: str
    tier: Tier
    mark: str = ""
    fixtures: Fixtures = field(default_factory=Fixtures)
    operations: frozenset[str] = frozenset()
    settle_seconds: float = 10.0
    local: bool = False

    @property
    def may_create(self) -> bool:
        """Whether things may be created that can be removed again."""
        return self.tier in ("create-and-clean", "full")

    @property
    def may_spend(self) -> bool:
        """Whether things may be created that stay."""
        return self.tier == "full"

    def asks_for(self, *operations: str) -> bool:
        """Whether one of `operations` is judged in this run."""
        return bool(self.operations.intersection(operations))


def lack(world: World, resource: str, why: str) -> World:
    """Return a world without a resource, and why it is lacking."""
    return replace(world, lacking={**world.lacking, resource: why})
