"""Getting the resources that checks need: fixtures first, the API for the rest.

A flow like any check: it yields calls and returns a `World`. What cannot be
had is not an error; it is `lacking`, with the fixture to add.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.complement import objects_of
from conformance.exchange import Call, Exchange, Step
from conformance.judge.reaction import not_missed, why_unusable
from conformance.polling import at_times, until
from conformance.target.config import Fixtures, Tier
from conformance.wire.encoding import quote
from conformance.world import (
    BatchRef,
    IndexedFile,
    Place,
    TaskRef,
    UploadRef,
    World,
    base_params,
)

Part = Generator[Step, Any, World]

SHOWCASE = (
    "sampleobject.jpg",
    "photo.jpg",
    "clip.mp4",
    "song.mp3",
    "paper.pdf",
    "bundle.zip",
    "data.bin",
)
"""Names of the files that a run indexes: one of each media type."""

SLOW = 3
"""Where files take longer than `settle_seconds` to become visible, so many times as much is waited for all that comes
later too: no document says how long indexing takes."""

_LOOKS = 3
"""So often is looked in as much time as indexing takes as a rule, once it has taken longer."""

_NEW_PAUSES = (0.05, 0.2, 0.5, 1.0, 1.25)
"""Seconds between looks for what was made just now, and may not be known at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to provide: the fixtures, the tier, how long things may take."""

    token: str
    tier: Tier
    mark: str = ""
    fixtures: Fixtures = field(default_factory=Fixtures)
    operations: frozenset[str] = frozenset()
    settle_seconds: float = 10.0
    local: bool = False

    @property
    def may_create(self) -> bool:
        """Whether things may be created that can be removed again."""
        return self.tier in ("create-and-clean", "full")

    @property
    def may_spend(self) -> bool:
        """Whether things may be created that stay."""
        return self.tier == "full"

    def asks_for(self, *operations: str) -> bool:
        """Whether one of `operations` is judged in this run."""
        return bool(self.operations.intersection(operations))


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
        world = yield from _places(order, world)
        world = yield from _files(order, world)
        world = yield from _binding(order, world)
        world = yield from _tasks(order, world)
    if order.asks_for("GetUrlUploadInfos"):
        world = yield from _uploads(order, world)
    if order.asks_for("GetBatchMediaProducingJob"):
        world = yield from _batches(order, world)
    if order.tier == "refused-only" and world.reads is not None:
        lacking = {name: why for name, why in world.lacking.items() if name != "writes"}
        return replace(world, writes=world.reads, refusals_only=True, lacking=lacking)
    return world


def _description(order: Order) -> dict[str, str]:
    """Return the text by which the run knows its own again."""
    return {"Description": f"conformance run {order.mark}"} if order.mark else {}


def _lack(world: World, resource: str, why: str) -> World:
    return replace(world, lacking={**world.lacking, resource: why})


def _places(order: Order, world: World) -> Part:
    """Find the place to read and the place to write."""
    given = order.fixtures
    reads = Place(given.project, given.dataset) if given.dataset and given.project else None
    world = replace(world, reads=reads)
    if not order.may_create:
        world = _lack(world, "writes", f"the tier '{order.tier}' creates nothing")
        if reads is None:
            why = "add [fixtures] project and dataset"
            world = _lack(world, "place", f"{world.lacking['writes']}; {why}")
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
        made = yield from until(call, not_missed, patience)
        if made.accepted:
            yield from until(Call("GetDataset", place.params), not_missed, patience)
            return replace(world, writes=place, reads=reads or place)
    if reads is not None:
        return replace(world, writes=reads)
    why = f"{why_unusable(made)}; add [fixtures] project and dataset"
    return _lack(_lack(world, "place", why), "writes", why)


def showcase(world: World) -> tuple[IndexedFile, ...]:
    """Return the files that a run indexes, with ids and labels to follow."""
    return tuple(
        IndexedFile(
            uri=world.uri(name),
            custom_id=f"id-{world.token}-{number}",
            labels={"kit": world.token, "Number": str(number)},
        )
        for number, name in enumerate(SHOWCASE)
    )


def input_file(file: IndexedFile) -> dict[str, Any]:
    """Return the InputFile of a file to index."""
    return {
        "URI": file.uri,
        "CustomId": file.custom_id,
        "CustomLabels": dict(file.labels),
    }


def _files(order: Order, world: World) -> Part:
    """Index files, or take those that are given."""
    given = tuple(IndexedFile(uri, via="fixture") for uri in order.fixtures.indexed_uris)
    if given and world.reads is not None and order.fixtures.dataset:
        return replace(world, files=given)
    if world.writes is None:
        why = world.lacking.get("writes", "nothing may be created")
        return _lack(world, "files", f"{why}; add [fixtures] indexed_uris")
    wanted = given or showcase(world)
    made = yield from _index(world.writes, wanted)
    if not made.accepted:
        why = f"{why_unusable(made)}; add [fixtures] indexed_uris"
        return _lack(world, "files", why)
    uris = [f.uri for f in wanted]
    seen = yield from _visible(world.writes, uris, order.settle_seconds)
    if not seen.issuperset(uris):
        seen = (yield from _visible_late(world.writes, uris, order.settle_seconds)) or seen
        if seen.issuperset(uris):
            world = replace(world, settle_seconds=order.settle_seconds * SLOW)
    found = tuple(f for f in wanted if f.uri in seen)
    if not found:
        why = f"no file became visible within {SLOW * order.settle_seconds:g} s of indexing"
        return _lack(replace(world, reads=world.writes), "files", f"{why}; add [fixtures] indexed_uris")
    return replace(world, reads=world.writes, files=found)


def _visible(place: Place, uris: list[str], seconds: float) -> Generator[Step, Any, set[str]]:
    """Wait for files to become visible; ask one by one if asking for all is refused."""
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})
    seen = yield from until(read, lambda e: visible(e) >= set(uris) or _is_refused(e), seconds)
    if seen.accepted or len(uris) == 1:
        return visible(seen)
    found: set[str] = set()
    for uri in uris:
        # What is not found has been waited for already.
        found |= yield from _visible(place, [uri], seconds if _is_refused(seen) else 0.0)
    return found


def _visible_late(place: Place, uris: list[str], seconds: float) -> Generator[Step, Any, set[str]]:
    """Look a few times more, so many seconds apart that it takes few requests of a budget."""
    read = Call("BatchGetFileMeta", {**place.params, "URIs": uris})

    def done(look: Exchange) -> bool:
        return visible(look) >= set(uris) or _is_refused(look) or _is_something_else(look, uris)

    pauses = [seconds / _LOOKS] * (_LOOKS * (SLOW - 1))
    return visible((yield from at_times(read, done, pauses)))


def _is_refused(read: Exchange) -> bool:
    """Return whether asking is in vain; what finds nothing may be refused as not found (IMM-BGFM-FILES-MISSING)."""
    return not read.accepted and not_missed(read)


def _is_something_else(read: Exchange, uris: list[str]) -> bool:
    """Return whether an answer is as if another call had been answered: other files, or none and much else."""
    if "Files" in read.value:
        return not visible(read) <= set(uris)
    return read.accepted and bool(read.value.keys() - {"RequestId"})


def _index(place: Place, files: tuple[IndexedFile, ...]) -> Generator[Step, Any, Exchange]:
    """Index all files at once or, if that is refused, one after the other."""
    inputs = [input_file(f) for f in files]
    made: Exchange = yield Call("BatchIndexFileMeta", {**place.params, "Files": inputs})
    if made.accepted:
        return made
    for entry in inputs:
        made = yield Call("IndexFileMeta", {**place.params, "File": entry})
    return made


def visible(exchange: Exchange) -> set[str]:
    """Return the URIs of the files in an answer of BatchGetFileMeta."""
    files = exchange.value.get("Files")
    if not isinstance(files, list):
        return set()
    return {f["URI"] for f in files if isinstance(f, dict) and isinstance(f.get("URI"), str)}


def _binding(order: Order, world: World) -> Part:
    """Bind the bucket, so that there is a binding to look at."""
    if world.writes is None:
        if world.reads and order.fixtures.bucket:
            return replace(world, bound_bucket=order.fixtures.bucket)
        why = world.lacking.get("writes", "nothing may be created")
        return _lack(world, "binding", f"{why}; add [fixtures] bucket, bound to dataset")
    uri = f"oss://{world.bucket}"
    # Where the bucket is given, no other may exist to bind: this is also the control of the rows.
    made = yield Call("CreateBinding", {**world.writes.params, "URI": uri}, reuse=True)
    if made.accepted or (order.fixtures.bucket and made.answer is not None):
        return replace(world, bound_bucket=world.bucket)
    why = f"{why_unusable(made)}; add [fixtures] bucket, bound to dataset"
    return _lack(world, "binding", why)


def task_definition(world: World, project: str) -> dict[str, Any]:
    """Return the parameters of the compression task that a run creates."""
    source = next((f.uri for f in world.files if f.uri.startswith("oss://")), world.uri("photo.jpg"))
    return {
        "ProjectName": project,
        "Sources": [{"URI": source}],
        "TargetURI": world.uri("packed.zip"),
        "CompressedFormat": "zip",
        "UserData": json.dumps({"run": world.token}),
    }


def _tasks(order: Order, world: World) -> Part:
    """Create a task, or take those that are given."""
    project = order.fixtures.project or world.project
    given = tuple(TaskRef(kind, id_, project) for kind, id_ in order.fixtures.tasks)
    if given:
        return replace(world, tasks=given)
    hint = "add [fixtures] tasks"
    if not project:
        return _lack(world, "task", f"{world.lacking.get('place', 'no project')}; {hint}")
    if not order.may_spend:
        return _lack(world, "task", f"the tier '{order.tier}' creates no task; {hint}")
    definition = task_definition(world, project)
    made = yield Call("CreateFileCompressionTask", definition)
    id_ = made.value.get("TaskId")
    if not made.accepted or not isinstance(id_, str):
        return _lack(world, "task", f"{why_unusable(made)}; {hint}")
    world = replace(world, tasks=(TaskRef("FileCompression", id_, project, definition),))
    yield from _known("GetTask", world, not_missed)
    return world


def _uploads(order: Order, world: World) -> Part:
    """Create upload jobs, or take those that are given."""
    given = tuple(UploadRef(id_, url) for id_, url in order.fixtures.url_upload_jobs)
    if given:
        return replace(world, uploads=given)
    hint = "add [fixtures] url_upload_jobs"
    if not order.may_spend:
        why = f"the tier '{order.tier}' creates no upload job; {hint}"
        return _lack(world, "upload", why)
    user_data = json.dumps({"Extend": {"run": world.token}})
    urls = [
        f"https://media.example.com/{world.token}/a.mp4",
        f"https://media.example.com/{world.token}/b,c+d.mp4?x=1&y=2",
    ]
    made = yield Call(
        "UploadMediaByURL",
        {"UploadURLs": ",".join(quote(u) for u in urls), "UserData": user_data},
    )
    jobs = made.value.get("UploadJobs")
    ids = [j.get("JobId") for j in jobs if isinstance(j, dict)] if isinstance(jobs, list) else []
    pairs = [(i, u) for i, u in zip(ids, urls, strict=False) if isinstance(i, str)]
    if not made.accepted or not pairs:
        return _lack(world, "upload", f"{why_unusable(made)}; {hint}")
    world = replace(world, uploads=tuple(UploadRef(i, u, user_data) for i, u in pairs))
    yield from _known("GetUrlUploadInfos", world, lambda e: not e.value.get("NonExists"))
    return world


def batch_definition(world: World) -> dict[str, str]:
    """Return the parameters of the batch job that a run submits."""
    return {
        "InputConfig": json.dumps(
            {"MediaGroupArray": [{"GroupName": "g", "MediaArray": [world.uri("m.mp4")]}]},
            indent=1,
        ),
        "EditingConfig": json.dumps({"MediaConfig": {"Volume": 0}}),
        "OutputConfig": json.dumps(
            {
                "MediaURL": f"https://{world.bucket}.example.com/out_{{index}}.mp4",
                "Count": 2,
                "MaxDuration": 15,
                "Width": 1080,
                "Height": 1920,
            }
        ),
        "UserData": json.dumps({"run": world.token}),
        "ClientToken": f"token-{world.token}",
    }


def _batches(order: Order, world: World) -> Part:
    """Submit a batch job, or take those that are given."""
    if order.fixtures.batch_jobs:
        given = tuple(BatchRef(id_) for id_ in order.fixtures.batch_jobs)
        return replace(world, batches=given)
    hint = "add [fixtures] batch_jobs"
    if not order.may_spend:
        why = f"the tier '{order.tier}' submits no batch job; {hint}"
        return _lack(world, "batch", why)
    definition = batch_definition(world)
    made = yield Call("SubmitBatchMediaProducingJob", definition)
    id_ = made.value.get("JobId")
    if not made.accepted or not isinstance(id_, str):
        return _lack(world, "batch", f"{why_unusable(made)}; {hint}")
    world = replace(world, batches=(BatchRef(id_, definition),))
    yield from _known("GetBatchMediaProducingJob", world, not_missed)
    return world


def _known(operation: str, world: World, there: Callable[[Exchange], bool]) -> Generator[Step, Any, None]:
    """Wait for what was made just now to be known; no document says that it is at once."""
    if operation in world.operations:
        yield from at_times(Call(operation, base_params(operation, world)), there, _NEW_PAUSES)
