"""Refusals that break nothing: of what a run has made up, and of what a server knows a little later than another."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait
from conformance.journal import CREATING
from conformance.judge.reaction import misses_made_up, misses_some, not_missed, react, why_unusable
from conformance.polling import FIRST_PAUSE, until
from conformance.world import BlockedError, World

_LATE_SECONDS = 2.0
"""For so long one of several servers may not know what another one knows."""


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


def refuse_made_up(exchange: Exchange, world: World) -> None:
    """Raise BlockedError if something was refused that may not exist: a target may look (imm.md 14.2, gap 6)."""
    if exchange.call.operation in CREATING and misses_made_up(exchange):
        msg = f"{why_unusable(exchange)}; the row names an object, a bucket or a topic that the run makes up"
        raise BlockedError(msg)
    known = {file.uri for file in world.files if file.via == "fixture"}
    named = _object_uris(exchange.call.params)
    if world.given_bucket and named and not named <= known and react(exchange).refuses:
        msg = f"{why_unusable(exchange)}; the row names objects that the run makes up"
        raise BlockedError(msg)


def _object_uris(params: Mapping[str, Any]) -> set[str]:
    """Return the well-formed URIs that an index call names."""
    files = params.get("Files", [params.get("File")])
    entries = [entry for entry in files if isinstance(entry, dict)] if isinstance(files, list) else []
    return {entry["URI"] for entry in entries if isinstance(entry.get("URI"), str)}
