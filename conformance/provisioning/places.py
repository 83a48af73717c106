"""The project and the datasets of a run, and the binding of its bucket."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Call, Exchange
from conformance.judge.reaction import not_missed, why_unusable
from conformance.polling import until
from conformance.provisioning.known import await_known, await_late_dataset, why_unknown
from conformance.provisioning.order import Order, Part, lack
from conformance.provisioning.removal import find_irremovable
from conformance.world import Place, World


def _description(order: Order) -> dict[str, str]:
    """Return the text by which the run knows its own again."""
    return {"Description": f"conformance run {order.mark}"} if order.mark else {}


def provide_places(order: Order, world: World) -> Part:
    """Find the place to read and the place to write."""
    given = order.fixtures
    reads = Place(given.project, given.dataset) if given.dataset and given.project else None
    world = replace(world, reads=reads)
    if not order.may_create:
        world = lack(world, "writes", f"the tier '{order.tier}' creates nothing")
        if reads is None:
            why = "add [fixtures] project and dataset"
            world = lack(world, "place", f"{world.lacking['writes']}; {why}")
        return world
    project = given.project or f"conformance-{world.token}"
    dataset = f"conformance-{world.token}"
    made: Exchange | None = None
    if not given.project:
        made = yield Call("CreateProject", {"ProjectName": project, **_description(order)})
    if made is None or made.accepted:
        world = replace(world, project=project)
        place = Place(project, dataset)
        call = Call("CreateDataset", {**place.params, **_description(order)})
        # A new project may not be known everywhere at once.
        patience = order.settle_seconds if made else 0.0
        made = yield call
        late = not not_missed(made)
        if late:
            made = yield from until(call, not_missed, patience)
        if made.accepted:
            late |= not not_missed((yield Call("GetDataset", place.params)))
            if late:
                yield from await_late_dataset(place.params, order.settle_seconds)
            late_seconds = order.settle_seconds if late else 0.0
            return replace(world, writes=place, reads=reads or place, late_seconds=late_seconds)
    if reads is not None:
        world = replace(world, writes=reads)
        return world if order.tier == "full" else (yield from find_irremovable(world, reads))
    why = f"{why_unusable(made)}; add [fixtures] project and dataset"
    return lack(lack(world, "place", why), "writes", why)


def provide_binding(order: Order, world: World) -> Part:
    """Bind the bucket, so that there is a binding to look at."""
    if world.writes is None:
        if world.reads and order.fixtures.bucket:
            return (yield from _given_binding(replace(world, bound_bucket=order.fixtures.bucket)))
        why = world.lacking.get("writes", "nothing may be created")
        return lack(world, "binding", f"{why}; add [fixtures] bucket, bound to dataset")
    binding = {**world.writes.params, "URI": f"oss://{world.bucket}"}
    bound = False
    if order.fixtures.bucket and world.token not in world.writes.dataset:
        # What is bound already is not the run's own; the journal sees it.
        bound = (yield Call("GetBinding", binding)).accepted
    if not bound and (why := world.irremovable.get("CreateBinding", "")):
        return lack(world, "binding", f"{why}; or add [fixtures] bucket, bound to dataset")
    # Where the bucket is given, no other may exist to bind: this is also the control of the rows.
    made = yield Call("CreateBinding", binding, reuse=True)
    if made.accepted or (order.fixtures.bucket and made.answer is not None):
        world = replace(world, bound_bucket=world.bucket)
        yield from await_known("GetBinding", world)
        return world
    why = f"{why_unusable(made)}; add [fixtures] bucket, bound to dataset"
    return lack(world, "binding", why)


def _given_binding(world: World) -> Part:
    """Look once whether a given bucket is bound."""
    why = world.lacking.get("place", "")
    why = why or (yield from why_unknown("GetBinding", world, "bucket, which is to be bound to dataset"))
    return lack(world, "binding", why) if why else world
