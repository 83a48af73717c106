"""Drawing of examples from Hypothesis strategies, apart from sending them.

Flows stay free of I/O: a bounded number of examples is drawn first, without
shrinking, and then sent. The kit's own settings are used, so that the `CI`
variable chooses nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from unittest import mock

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.control import current_build_context
from hypothesis.database import ExampleDatabase, choices_to_bytes
from hypothesis.internal import charmap
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.internal.intervalsets import IntervalSet
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

_PERMITTED: LRUCache[Any, Any] = LRUCache(1024)


_FROM_CODEC = charmap.intervals_from_codec
_UTF_8 = (IntervalSet([(0, 0xD7FF), (0xE000, sys.maxunicode)]), IntervalSet([]))


def _intervals_from_codec(name: str) -> tuple[IntervalSet, IntervalSet]:
    return _UTF_8 if name == "utf-8" else _FROM_CODEC(name)


@dataclass(frozen=True, slots=True)
class Example(Generic[T]):
    """What was drawn, and what Hypothesis drew it by, in hexadecimal digits."""

    value: T
    choices: str


@contextmanager
def repeatable() -> Iterator[None]:
    """Let nothing but the seed choose what is drawn.

    Hypothesis mixes in constants of whatever modules happen to be loaded, so that a rerun, a worker or the judging of
    a log elsewhere would draw something else. It has no setting for this; its version is pinned.
    Where nobody has drawn before, it also finds out with 200 MB what UTF-8 can encode, which two intervals say.
    """
    with (
        mock.patch.object(charmap, "intervals_from_codec", _intervals_from_codec),
        mock.patch.object(providers, "_get_local_constants", Constants),
        mock.patch.object(providers, "CONSTANTS_CACHE", _PERMITTED),
    ):
        yield


def draw(make: Callable[..., SearchStrategy[T]], *given: Hashable, count: int, start: int) -> list[T]:
    """Return up to `count` examples of the strategy that `make` makes of what is `given`; equal for an equal `start`.

    They are drawn once in a process, so what is given decides them alone, and they are not to be changed.
    """
    return list(_drawn(make, given, count, start))


@lru_cache(maxsize=256)
def _drawn(make: Callable[..., SearchStrategy[Any]], given: tuple[Hashable, ...], count: int, start: int) -> list[Any]:
    return [example.value for example in draw_examples(make(*given), count, start=start)]


def draw_examples(
    strategy: SearchStrategy[T], count: int, *, start: int, recalled: Sequence[str] = ()
) -> list[Example[T]]:
    """Return up to `count` examples, equal for an equal `start`, after those whose choices are `recalled`.

    Choices that the strategy cannot take are passed over.
    """
    first: list[Example[T]] = []
    if recalled:
        first = _collected(strategy, _Recalled(recalled), (Phase.reuse,), len(recalled), start)
    drawn = _collected(strategy, None, (Phase.generate,), count, start)[:count]
    known = {example.choices for example in first}
    return [*first, *(example for example in drawn if example.choices not in known)]


def _collected(
    strategy: SearchStrategy[T], database: ExampleDatabase | None, phases: tuple[Phase, ...], count: int, start: int
) -> list[Example[T]]:
    drawn: list[Example[T]] = []

    @settings(  # around the seed, which takes the database away
        max_examples=count,
        database=database,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        derandomize=False,
        print_blob=False,
    )
    @seed(start)
    @given(strategy)
    def collect(example: T) -> None:
        drawn.append(Example(example, choices_to_bytes(current_build_context().data.choices).hex()))

    with repeatable():
        collect()
    return drawn


class _Recalled(ExampleDatabase):
    """Gives Hypothesis the choices to begin with; nothing is written into it."""

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__()
        self._choices = [bytes.fromhex(one) for one in choices]

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """Yield the choices, whatever the key of the function that collects."""
        yield from () if key.endswith((b".secondary", b".pareto")) else self._choices

    def save(self, key: bytes, value: bytes) -> None:
        """Keep nothing."""

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget nothing: the run tells later whether the example still fails."""
