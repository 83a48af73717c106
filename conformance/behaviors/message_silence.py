"""Index calls that ask for no message, or for one in another topic: nothing is heard of them (facts mns.md 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.behaviors._index_calls import BOTH, SINGLE, Indexing, forget
from conformance.behaviors.message_calls import notified, user_data
from conformance.behaviors.messages import NOTIFICATIONS
from conformance.behaviors.own import Own
from conformance.checks.registry import check, conforms
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Listen, Notice
from conformance.world import World


@check(
    f"{NOTIFICATIONS}/only-on-request",
    f"{NOTIFICATIONS}/named-topic",
    operation=SINGLE.name,
    tier="create-and-clean",
    channel="any",
)
def silence(world: World) -> Flow:
    """Index without Notification and with another topic, then with the topic: only the last is heard of."""
    own = Own(world)
    yield from own.tidied(_silent(own))


def _silent(own: Own) -> Flow:
    world = own.world
    yield from SINGLE.control(world)
    unasked: list[Exchange] = []
    for indexing in (one for one in BOTH if one.name in world.operations):
        unasked += [(yield _quiet_call(own, indexing, "unasked"))]
    other = {"Notification": {"MNS": {"TopicName": f"{world.topic}-{world.token}"}}}
    elsewhere = yield _quiet_call(own, SINGLE, "elsewhere", **other)
    twin = yield _quiet_call(own, SINGLE, "asked", **notified(world))
    heard = (yield Listen(twin, world.settle_seconds)) if twin.accepted else ()
    if not heard:
        raise Inconclusive("no message came about a call that names the topic either")
    yield Listen(twin, min(1.0, world.settle_seconds / 10), until=_never)
    for requirement, exchanges in (("only-on-request", unasked), ("named-topic", [elsewhere])):
        for exchange in exchanges:
            notices = yield Listen(exchange, 0.0)
            if exchange.accepted and not notices:
                yield conforms(f"{NOTIFICATIONS}/{requirement}", exchange)


def _quiet_call(own: Own, indexing: Indexing, name: str, **params: Any) -> Call:
    uri = own.world.uri(f"messages/{name}-{indexing.name}.jpg")
    forget(own, own.world.writing, [uri])
    text = user_data(own.world, f"{indexing.name} {name}", 120)
    return indexing.call(own.world.writing, [{"URI": uri}], UserData=text, **params)


def _never(notices: Sequence[Notice]) -> bool:
    """Go on listening, whatever came."""
    del notices
    return False
