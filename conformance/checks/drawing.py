"""Drawing of examples from Hypothesis strategies, apart from sending them.

Flows stay free of I/O: a bounded number of examples is drawn first, without
shrinking, and then sent. The kit's own settings are used, so that the `CI`
variable chooses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest import mock

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

_PERMITTED: LRUCache[Any, Any] = LRUCache(1024)


@contextmanager
def repeatable() -> Iterator[None]:
    """Let nothing but the seed choose what is drawn.

    Hypothesis mixes in constants of whatever modules happen to be loaded, so that a rerun, a worker or the judging of
    a log elsewhere would draw something else. It has no setting for this; its version is pinned.
    """
    with (
        mock.patch.object(providers, "_get_local_constants", Constants),
        mock.patch.object(providers, "CONSTANTS_CACHE", _PERMITTED),
    ):
        yield


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

    with repeatable():
        collect()
    return drawn[:count]
