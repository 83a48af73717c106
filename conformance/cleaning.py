"""Removing what a run created, by exact name."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.exchange import Call, Exchange, Step
from conformance.target.config import Fixtures
from conformance.world import Place, World


def clean(world: World, fixtures: Fixtures) -> Generator[Step, Any, list[str]]:
    """Delete bindings, files, dataset and project of the run.

    Returns a sentence for each thing that could not be deleted.
    """
    assert world.writes is not None
    left: list[str] = []
    for call in _removals(world, world.writes, fixtures):
        exchange: Exchange = yield call
        if not exchange.accepted:
            left.append(f"{call.operation} of {dict(call.params)} was refused")
    return left


def _removals(world: World, place: Place, fixtures: Fixtures) -> list[Call]:
    calls = [Call("DeleteBinding", {**place.params, "URI": f"oss://{world.bucket}"})]
    own = [f.uri for f in world.files if world.token in f.uri]
    if own:
        calls.append(Call("BatchDeleteFileMeta", {**place.params, "URIs": own}))
    if place.dataset != fixtures.dataset:
        calls.append(Call("DeleteDataset", place.params))
    if place.project != fixtures.project:
        calls.append(Call("DeleteProject", {"ProjectName": place.project}))
    return calls
