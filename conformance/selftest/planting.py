"""Faults: deliberate deviations of the embedded emulator, each with its requirement."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator import Answer, Call, Emulator

Before = Callable[[Call, Emulator], "Call | Answer | None"]
After = Callable[[Call, Answer, Emulator], Answer]


def _unchanged_before(call: Call, emulator: Emulator) -> Call | Answer | None:
    del call, emulator
    return None


def _unchanged_after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    del call, emulator
    return answer


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One deviation: the requirement that it breaks and how.

    `limits` replaces fields of the emulator's `Limits`; `before` and `after`
    see every call (design section 2, «fault»). A fault that keeps state keeps
    it on itself, so `planted_faults` makes new ones for every emulator.
    """

    id: str
    requirement: str
    description: str
    before: Before = _unchanged_before
    after: After = _unchanged_after
    limits: tuple[tuple[str, Any], ...] = ()


Maker = Callable[[], PlantedFault]
_MAKERS: dict[str, Maker] = {}


def plant(
    id_: str, requirement: str, description: str, **limits: Any
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Declare a hand-written fault.

    The decorated function returns `after`, or a pair `(before, after)` with
    None for one that is not needed; it is called for every new emulator, so
    that its closure may hold state.
    """

    def declare(make: Callable[[], Any]) -> Callable[[], Any]:
        def maker() -> PlantedFault:
            made = make()
            before, after = made if isinstance(made, tuple) else (None, made)
            return PlantedFault(
                id_,
                requirement,
                description,
                before or _unchanged_before,
                after or _unchanged_after,
                tuple(limits.items()),
            )

        if _MAKERS.setdefault(id_, maker) is not maker:
            msg = f"the fault '{id_}' is planted twice"
            raise ValueError(msg)
        return make

    return declare


@lru_cache(maxsize=1)
def _load() -> None:
    package = importlib.import_module("conformance.selftest.faults")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def planted_faults() -> dict[str, PlantedFault]:
    """Return a new instance of every hand-written fault by id."""
    _load()
    return {id_: maker() for id_, maker in _MAKERS.items()}
