"""Drawing of examples from Hypothesis strategies, apart from sending them.

Flows stay free of I/O: a bounded number of examples is drawn first, without
shrinking, and then sent. The kit's own settings are used, so that the `CI`
variable chooses nothing.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def draw(strategy: SearchStrategy[T], count: int, *, start: int) -> list[T]:
    """Return up to `count` examples; equal for an equal `start`."""
    drawn: list[T] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        derandomize=False,
        print_blob=False,
    )
    @given(strategy)
    def collect(example: T) -> None:
        drawn.append(example)

    collect()
    return drawn[:count]
