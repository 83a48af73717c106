"""Whether a target can remove again what a run would put into a dataset that is given."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Exchange, Step
from conformance.journal import INDEXING
from conformance.judge.reaction import Reaction, react, why_unusable
from conformance.provisioning.order import Part
from conformance.world import Place, World

_LETS_STAY = "'--tier full' lets it stay there"


def find_irremovable(world: World, place: Place) -> Part:
    """Return a world that knows what would stay in a given dataset for good.

    The operations that remove are asked for what carries the run's token and is not there.
    """
    binding = [Call("DeleteBinding", {**place.params, "URI": f"oss://conformance-{world.token}"})]
    uri = world.uri("removal.jpg")
    entry = [
        Call("BatchDeleteFileMeta", {**place.params, "URIs": [uri]}),
        Call("DeleteFileMeta", {**place.params, "URI": uri}),
    ]
    stays: dict[str, str] = {}
    for operations, what, looks in ((("CreateBinding",), "bound to", binding), (INDEXING, "indexed in", entry)):
        if why := (yield from _why_none_removes(looks)):
            reason = f"what is {what} the given dataset could not be removed again: {why}; {_LETS_STAY}"
            stays |= dict.fromkeys(operations, reason)
    return replace(world, irremovable=stays)


def _why_none_removes(looks: Sequence[Call]) -> Generator[Step, Any, str]:
    """Return why none of the operations that remove something can be used, empty if one can."""
    whys: list[str] = []
    for look in looks:
        seen: Exchange = yield look
        reaction = react(seen)
        if not reaction.unrelated and reaction is not Reaction.BROKEN:
            return ""
        whys.append(why_unusable(seen))
    return whys[-1]
