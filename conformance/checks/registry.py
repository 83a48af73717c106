"""The registry of checks, and the words they are written in."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from conformance.exchange import Exchange, Flow, Notice, Verdict
from conformance.world import World

DRAWN = "/explore/"
"""Part of the ids of cases that draw what they send."""

Tier = Literal["reads", "refused-only", "create-and-clean", "full"]
Scope = Literal["accepted", "answered", "any"]
Channel = Literal["", "any", "push", "queue"]


@dataclass(frozen=True, slots=True)
class Case:
    """One concrete instance of a check, with an id that reads like its requirement.

    `requirements` are the ids that it settles, `tier` the least tier in which
    it may be sent, `flow` makes its steps from the world of the run.
    `channel` is the kind of notification channel that it listens to, if any.
    `once` cases are not run again when they find a violation. `brief` ones
    do not wait, and compare no two readings, so that they may be judged while
    another one waits.
    """

    id: str
    operation: str
    requirements: tuple[str, ...]
    flow: Callable[[World], Flow]
    tier: Tier = "reads"
    signed_only: bool = False
    channel: Channel = ""
    once: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Hearing:
    """A passive check of messages: looks at each one whose cause is known."""

    requirements: tuple[str, ...]
    look: Callable[[Notice], Iterable[Verdict]]


@dataclass(frozen=True, slots=True)
class Watch:
    """A passive check: looks at each exchange of `operation` (or of all, '*')."""

    requirement: str
    operation: str
    scope: Scope
    look: Callable[[Exchange], Iterable[Verdict]]


_CASES: dict[str, Case] = {}
_WATCHES: dict[str, Watch] = {}
_HEARINGS: list[Hearing] = []


def check(
    requirement: str,
    *also: str,
    operation: str = "",
    tier: Tier = "reads",
    signed_only: bool = False,
    channel: Channel = "",
) -> Callable[[Callable[[World], Flow]], Callable[[World], Flow]]:
    """Declare the flow that settles `requirement` (and `also`).

    The case has the id of the requirement. `operation` is the operation that
    must be claimed by the target, by default the requirement's own.
    """

    def declare(flow: Callable[[World], Flow]) -> Callable[[World], Flow]:
        owner = operation or requirement.split("/", 1)[0]
        ids = (requirement, *also)
        case = Case(requirement, owner, ids, flow, tier, signed_only, channel)
        if _CASES.setdefault(requirement, case) is not case:
            msg = f"the requirement '{requirement}' has two checks"
            raise ValueError(msg)
        return flow

    return declare


def watch(
    requirement: str, *, operation: str = "", scope: Scope = "accepted"
) -> Callable[
    [Callable[[Exchange], Iterable[Verdict]]],
    Callable[[Exchange], Iterable[Verdict]],
]:
    """Declare a passive check; it yields verdicts for what it saw, or nothing."""

    def declare(
        look: Callable[[Exchange], Iterable[Verdict]],
    ) -> Callable[[Exchange], Iterable[Verdict]]:
        owner = operation or requirement.split("/", 1)[0]
        entry = Watch(requirement, owner, scope, look)
        if _WATCHES.setdefault(requirement, entry) is not entry:
            msg = f"the requirement '{requirement}' has two watches"
            raise ValueError(msg)
        return look

    return declare


def hear(
    *requirements: str,
) -> Callable[[Callable[[Notice], Iterable[Verdict]]], Callable[[Notice], Iterable[Verdict]]]:
    """Declare a passive check of messages, which may settle any of `requirements`."""

    def declare(look: Callable[[Notice], Iterable[Verdict]]) -> Callable[[Notice], Iterable[Verdict]]:
        _HEARINGS.append(Hearing(requirements, look))
        return look

    return declare


def _load() -> None:
    package = importlib.import_module("conformance.behaviors")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def behaviors() -> tuple[Case, ...]:
    """Return all declared active checks."""
    _load()
    return tuple(_CASES.values())


def watches() -> tuple[Watch, ...]:
    """Return all declared passive checks."""
    _load()
    return tuple(_WATCHES.values())


def hearings() -> tuple[Hearing, ...]:
    """Return all declared passive checks of messages."""
    _load()
    return tuple(_HEARINGS)


def conforms(requirement: str, exchange: Exchange | None = None) -> Verdict:
    """Say that a requirement was seen to hold."""
    return Verdict(requirement, "conforms", exchange=exchange)


def violates(
    requirement: str,
    *,
    expected: str,
    observed: str,
    exchange: Exchange | None = None,
    control: Exchange | None = None,
) -> Verdict:
    """Say that a requirement was seen to be broken, and how."""
    return Verdict(requirement, "violates", expected, observed, exchange, control)


def expect(  # one line in every check, all but two by keyword
    requirement: str,
    holds: bool,  # reads like an assertion
    *,
    expected: str,
    observed: str,
    exchange: Exchange | None = None,
    control: Exchange | None = None,
) -> Verdict:
    """Say that a requirement holds, or else how it is broken."""
    if holds:
        return Verdict(requirement, "conforms", exchange=exchange, control=control)
    return violates(
        requirement,
        expected=expected,
        observed=observed,
        exchange=exchange,
        control=control,
    )
