"""Faults: deliberate deviations of the embedded emulator, each with its requirement."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from emulator import Answer, Call, Emulator, Limits, Publication, Push

Before = Callable[[Call, Emulator], "Call | Answer | None"]
After = Callable[[Call, Answer, Emulator], Answer]
Published = Callable[[Publication, Emulator], Iterable[Publication]]
Pushed = Callable[[Push, Emulator], Push]


def _unchanged_before(call: Call, emulator: Emulator) -> Call | Answer | None:
    del call, emulator
    return None


def _unchanged_after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    del call, emulator
    return answer


def _unchanged_publication(publication: Publication, emulator: Emulator) -> Iterable[Publication]:
    del emulator
    return (publication,)


def _unchanged_push(push: Push, emulator: Emulator) -> Push:
    del emulator
    return push


def _concerns_all(call: Call, status: int) -> bool:
    del call, status
    return True


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where a fault intervenes: in calls and answers, in what is published, in pushes."""

    before: Before = _unchanged_before
    after: After = _unchanged_after
    published: Published = _unchanged_publication
    pushed: Pushed = _unchanged_push


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One deviation: the requirement that it breaks and how.

    `limits` replaces fields of the emulator's `Limits`; `before` and `after`
    see every call, `published` every message that goes to a topic, `pushed`
    every push of one (design section 2, «fault»). A fault that keeps state keeps
    it on itself, so `planted_faults` makes new ones for every emulator.
    `answers_only` says that it is nothing but a change of single answers, so
    that what it does can be seen in recorded ones, and `concerns` which of
    them, by call and status, it looks at.
    """

    id: str
    requirement: str
    description: str
    before: Before = _unchanged_before
    after: After = _unchanged_after
    limits: tuple[tuple[str, Any], ...] = ()
    published: Published = _unchanged_publication
    pushed: Pushed = _unchanged_push
    answers_only: bool = False
    concerns: Callable[[Call, int], bool] = _concerns_all


Maker = Callable[[], PlantedFault]
_MAKERS: dict[str, Maker] = {}


def plant(
    id_: str, requirement: str, description: str, **limits: Any
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Declare a hand-written fault.

    The decorated function returns `after`, a pair `(before, after)` with None
    for one that is not needed, or `Hooks`; it is called for every new emulator, so
    that its closure may hold state.
    """

    def declare(make: Callable[[], Any]) -> Callable[[], Any]:
        def maker() -> PlantedFault:
            hooks = _hooks(make())
            return PlantedFault(
                id=id_,
                requirement=requirement,
                description=description,
                before=hooks.before,
                after=hooks.after,
                limits=tuple(limits.items()),
                published=hooks.published,
                pushed=hooks.pushed,
            )

        if _MAKERS.setdefault(id_, maker) is not maker:
            msg = f"the fault '{id_}' is planted twice"
            raise ValueError(msg)
        return make

    return declare


def _hooks(made: Any) -> Hooks:
    if isinstance(made, Hooks):
        return made
    before, after = made if isinstance(made, tuple) else (None, made)
    return Hooks(before or _unchanged_before, after or _unchanged_after)


@lru_cache(maxsize=1)
def _load() -> None:
    package = importlib.import_module("conformance.selftest.faults")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def limits_with(faults: Iterable[PlantedFault]) -> Limits:
    """Return the limits of an emulator with `faults`."""
    return replace(Limits(), **{name: value for fault in faults for name, value in fault.limits})


def planted_faults() -> dict[str, PlantedFault]:
    """Return a new instance of every hand-written fault by id."""
    _load()
    return {id_: maker() for id_, maker in _MAKERS.items()}
