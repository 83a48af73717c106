"""Refusals that break nothing: of what a run has made up, and of what a server knows a little later than another."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait
from conformance.journal import CREATING, INDEXING, asked_uris
from conformance.judge.reaction import misses_made_up, misses_some, not_missed, react, says_full, why_unusable
from conformance.polling import FIRST_PAUSE, until
from conformance.world import BlockedError, World

_NAMING = frozenset({"URI", "URIs", "OSSURI", "Notification"})

_LATE_SECONDS = 2.0
"""For so long one of several servers may not know what another one knows."""

_MOST_PARTS = 40
"""Calls in which the files of one are sent again at most."""


def asked_again(probe: Exchange, world: World) -> Generator[Step, Any, Exchange]:
    """Ask again for what was not found, or, where that may lawfully be refused, beside something that is there."""
    if not_missed(probe):
        return probe
    uris = probe.call.params.get("URIs")
    if misses_some(probe, world.known) and isinstance(uris, list) and world.files:
        some = [*(uris[:-1] or uris), world.files[0].uri]
        beside: Exchange = yield Call(probe.call.operation, {**probe.call.params, "URIs": some})
        return beside
    yield Wait(FIRST_PAUSE)
    return (yield from until(probe.call, not_missed, _LATE_SECONDS))


def refuse_made_up(exchange: Exchange, control: Exchange, world: World) -> None:
    """Raise BlockedError if something was refused that may not exist; a target may look (imm.md 14.2, gap 6)."""
    operation = exchange.call.operation
    if operation in CREATING and misses_made_up(exchange):
        msg = f"{why_unusable(exchange)}; the row names an object, a bucket or a topic that the run makes up"
        raise BlockedError(msg)
    if operation in INDEXING and _is_in_doubt(exchange, world) and _names_strange(exchange, control, world):
        msg = f"{why_unusable(exchange)}; the row names objects that the run makes up"
        raise BlockedError(msg)


def refuse_full(exchange: Exchange, control: Exchange) -> Generator[Step, Any, None]:
    """Raise BlockedError if a call was refused for the number of what exists: a target may have quotas (gap 4).

    It was not if the control, which names the same files, is taken once more, or if all files are taken in smaller
    calls. What else creates something would have to be made and removed to tell.
    """
    call = exchange.call
    if call.operation not in CREATING or not says_full(exchange):
        return
    files = call.params.get("Files")
    if call.operation in INDEXING and set(asked_uris(call)) <= set(asked_uris(control.call)):
        again: Exchange = yield replace(control.call, reuse=False)
        full = not react(again).understands
    else:
        full = not (isinstance(files, list) and (yield from _taken_in_parts(control.call, files)))
    if full:
        msg = f"{why_unusable(exchange)}; what else the run has made counts as well"
        raise BlockedError(msg)


def _taken_in_parts(call: Call, files: list[Any]) -> Generator[Step, Any, bool]:
    """Return whether the files of a call that was refused are taken in smaller ones."""
    waiting = _halves(files)
    for _ in range(_MOST_PARTS):
        if not waiting:
            return True
        part = waiting.pop()
        made: Exchange = yield replace(call, params={**call.params, "Files": part}, reuse=False)
        if not react(made).understands:
            if not says_full(made) or len(part) == 1:
                return False
            waiting += _halves(part)
    return not waiting


def _halves(files: list[Any]) -> list[list[Any]]:
    middle = len(files) // 2
    return [half for half in (files[:middle], files[middle:]) if half]


def misses_strange(exchange: Exchange) -> str:
    """Return why a look-up that names what is not there says nothing where that is refused (IMM-BGFM-FILES-MISSING)."""
    return f"{why_unusable(exchange)}; it names what is not there, and the target refuses that"


def may_be_missing(probe: Exchange, control: Exchange, world: World) -> bool:
    """Return whether a refusal may be for want of something that is named, which need not exist in a given bucket."""
    return _is_in_doubt(probe, world) and (not react(control).understands or _names_strange(probe, control, world))


def _is_in_doubt(exchange: Exchange, world: World) -> bool:
    return world.given_bucket and react(exchange).refuses


def _names_strange(probe: Exchange, control: Exchange, world: World) -> bool:
    """Return whether a request names what is not known to be there; what an accepted control named is."""
    there = _names(control.call.params) if react(control).understands else set[str]()
    return not _names(probe.call.params) <= there | world.known


def _names(value: Any, *, naming: bool = False) -> set[str]:
    """Return what a request names: objects, buckets and what messages are sent to."""
    if isinstance(value, Mapping):
        return set[str]().union(*(_names(item, naming=naming or name in _NAMING) for name, item in value.items()))
    if isinstance(value, list):
        return set[str]().union(*(_names(item, naming=naming) for item in value))
    return {value} if naming and isinstance(value, str) else set()
