"""Resources that a target came with, beside those that a run is given or provisions.

What the API cannot make (a task with tags, an old job) can be there all the same. Fixtures stand in the place of what
a run would provision; these come after it, and are each looked at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Step
from conformance.target.config import Fixtures
from conformance.world import BatchRef, IndexedFile, Place, TaskRef, UploadRef, World
from openapi import load_contract
from strategies import field_names

Looks = Generator[Step, Any, World]

_MOST_KEYS = 10
_MOST_URIS = 100


def complement(world: World, seeded: Fixtures) -> Looks:
    """Return the world with what is seeded in the target, after looking at all of it.

    A resource that could not be had otherwise is no longer lacking.
    """
    world = _joined(world, seeded)
    for call in _looks(world, seeded):
        if call.operation in world.operations:
            yield call
    return world


def _joined(world: World, seeded: Fixtures) -> World:
    tasks = tuple(TaskRef(kind, id_, seeded.project) for kind, id_ in seeded.tasks)
    uploads = tuple(UploadRef(id_, url) for id_, url in seeded.url_upload_jobs)
    batches = tuple(BatchRef(id_) for id_ in seeded.batch_jobs)
    world = replace(
        _placed(world, seeded),
        objects=world.objects or _in_one_bucket(seeded.indexed_uris),
        missing_uris=(*world.missing_uris, *seeded.missing_uris),
        tasks=(*world.tasks, *tasks),
        uploads=(*world.uploads, *uploads),
        batches=(*world.batches, *batches),
        expired_batches=(*world.expired_batches, *seeded.expired_batch_jobs),
    )
    had = {"task": world.tasks, "upload": world.uploads, "batch": world.batches}
    return replace(world, lacking={name: why for name, why in world.lacking.items() if not had.get(name)})


def _placed(world: World, seeded: Fixtures) -> World:
    """Return the world with a place to read, if it has none and one is seeded."""
    if world.reads is not None or not seeded.dataset:
        return world
    lacking = {name: why for name, why in world.lacking.items() if name not in ("place", "files", "binding")}
    return replace(
        world,
        reads=Place(seeded.project, seeded.dataset),
        files=tuple(IndexedFile(uri, via="fixture") for uri in seeded.indexed_uris),
        bound_bucket=seeded.bucket,
        lacking=lacking,
    )


def objects_of(fixtures: Fixtures) -> tuple[str, ...]:
    """Return the URIs of the objects that are known to be in the bucket of fixtures."""
    start = f"oss://{fixtures.bucket}/"
    return tuple(uri for uri in fixtures.indexed_uris if fixtures.bucket and uri.startswith(start))


def _in_one_bucket(uris: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some URIs that are in the bucket of the first OSS file; what is seeded is there."""
    first = next((uri for uri in uris if uri.startswith("oss://")), "")
    bucket = "/".join(first.split("/")[:3])
    return tuple(uri for uri in uris if first and uri.startswith(f"{bucket}/"))


def _all_but_size() -> list[str]:
    """Return nearly all fields of a file: what is seeded shows that WithFields leaves one out of a PDS file too."""
    return [name for name in field_names(load_contract().operations["BatchGetFileMeta"]) if name != "Size"]


def _looks(world: World, seeded: Fixtures) -> Iterator[Call]:
    """Yield calls that show what is seeded; what they show is judged like any answer."""
    if seeded.dataset and seeded.indexed_uris:
        place = Place(seeded.project, seeded.dataset).params
        uris = list(seeded.indexed_uris[:_MOST_URIS])
        yield Call("BatchGetFileMeta", {**place, "URIs": uris, "WithFields": _all_but_size()})
    if seeded.bucket and world.writes is not None:
        binding = {**world.writes.params, "URI": f"oss://{seeded.bucket}"}
        yield Call("CreateBinding", binding)
        yield Call("GetBinding", binding)
    for kind, id_ in seeded.tasks:
        yield Call("GetTask", {**TaskRef(kind, id_, seeded.project).params, "RequestDefinition": True})
    if seeded.url_upload_jobs:
        yield Call("GetUrlUploadInfos", {"JobIds": [id_ for id_, _ in seeded.url_upload_jobs[:_MOST_KEYS]]})
    for id_ in seeded.batch_jobs:
        yield Call("GetBatchMediaProducingJob", {"JobId": id_})
