"""Getting the resources that checks need: fixtures first, the API for the rest.

A flow like any check: it yields calls and returns a `World`. What cannot be
had is not an error; it is `lacking`, with the fixture to add.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.provisioning.complement import objects_of
from conformance.provisioning.files import provide_files
from conformance.provisioning.jobs import provide_batches, provide_tasks, provide_uploads
from conformance.provisioning.order import Order, Part
from conformance.provisioning.places import provide_binding, provide_places
from conformance.world import World

__all__ = ["Order", "provision"]


def provision(order: Order) -> Part:
    """Return the world of a run, made of fixtures and of what the API gives."""
    fixtures = order.fixtures
    world = World(
        token=order.token,
        operations=order.operations,
        bucket=fixtures.bucket or f"conformance-{order.token}",
        given_bucket=bool(fixtures.bucket),
        objects=objects_of(fixtures),
        missing_uris=fixtures.missing_uris,
        expired_batches=fixtures.expired_batch_jobs,
        settle_seconds=order.settle_seconds,
        local=order.local,
    )
    if order.asks_for(
        "BatchGetFileMeta",
        "CreateBinding",
        "GetBinding",
        "BatchIndexFileMeta",
        "IndexFileMeta",
        "GetTask",
    ):
        world = yield from provide_places(order, world)
        world = yield from provide_files(order, world)
        world = yield from provide_binding(order, world)
        world = yield from provide_tasks(order, world)
    if order.asks_for("GetUrlUploadInfos"):
        world = yield from provide_uploads(order, world)
    if order.asks_for("GetBatchMediaProducingJob"):
        world = yield from provide_batches(order, world)
    if order.tier == "refused-only" and world.reads is not None:
        lacking = {name: why for name, why in world.lacking.items() if name != "writes"}
        return replace(world, writes=world.reads, refusals_only=True, lacking=lacking)
    return world
