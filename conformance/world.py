"""What a run knows of the target's resources, and the requests made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


class BlockedError(Exception):
    """A case needs a resource that the target does not have; says which."""


SLOW = 3
"""Where files take longer than `settle_seconds` to become visible, so many times as much is waited for all that comes
later too: no document says how long indexing takes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A dataset in a project."""

    project: str
    dataset: str

    @property
    def params(self) -> dict[str, Any]:
        """The two parameters that name the place."""
        return {"ProjectName": self.project, "DatasetName": self.dataset}


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file that the kit indexed, with what it handed over."""

    uri: str
    custom_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    via: str = "BatchIndexFileMeta"


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task that can be looked up; `definition` is None for a fixture."""

    type: str
    id: str
    project: str
    definition: Mapping[str, Any] | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that look the task up."""
        return {"ProjectName": self.project, "TaskType": self.type, "TaskId": self.id}


@dataclass(frozen=True, slots=True)
class UploadRef:
    """A URL upload job; `user_data` is None for a fixture."""

    id: str
    url: str
    user_data: str | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch job; `definition` is None for a fixture."""

    id: str
    definition: Mapping[str, str] | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """The resources of one run.

    `reads` is where indexed files can be read, `writes` where the run may
    change things (None: nowhere), `project` where it may create tasks (empty:
    nowhere). `lacking` maps a resource (`place`,
    `files`, `binding`, `task`, `upload`, `batch`) to why it could not be had
    and which fixture would help. `token` is in every name the run makes up.
    `objects` are URIs of objects that are known to be in one bucket.
    `topic` is the one whose messages reach the kit, if any do.
    `operations` are those that the target claims and the tier may send. `local`
    says that the target is on this machine: an emulator, for which an object
    that the kit makes up is as good as any. `refusals_only` says that what
    writes may only be sent where it must be refused. `late_seconds` is how long
    what was made just now may not be known, where that has shown. `at_once` is how many
    requests the run may have under way at the same time. `irremovable` maps the operations that put something
    into the given dataset for good to why that is so.
    """

    token: str
    bucket: str
    operations: frozenset[str] = frozenset()
    reads: Place | None = None
    writes: Place | None = None
    project: str = ""
    files: tuple[IndexedFile, ...] = ()
    objects: tuple[str, ...] = ()
    missing_uris: tuple[str, ...] = ()
    bound_bucket: str = ""
    tasks: tuple[TaskRef, ...] = ()
    uploads: tuple[UploadRef, ...] = ()
    batches: tuple[BatchRef, ...] = ()
    expired_batches: tuple[str, ...] = ()
    given_bucket: bool = False
    refusals_only: bool = False
    local: bool = False
    settle_seconds: float = 10.0
    late_seconds: float = 0.0
    topic: str = ""
    at_once: int = 1
    seed: int = 0
    recalled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    irremovable: Mapping[str, str] = field(default_factory=dict)

    def need(self, resource: str) -> None:
        """Raise BlockedError if the run could not get `resource`."""
        if resource in self.lacking:
            raise BlockedError(self.lacking[resource])

    def uri(self, name: str) -> str:
        """Return a URI of the run's own: in a folder of its own, or in a bucket of its own, so that it is brief."""
        folder = f"conformance-{self.token}/" if self.given_bucket else ""
        return f"oss://{self.bucket}/{folder}{name}"

    def unknown_names(self, known: str) -> tuple[str, str]:
        """Return lawful names that nothing has (imm.md 1.6): one that begins like a `known` one, and the longest."""
        longest = f"_Unknown-{self.token}_".ljust(_LONGEST_NAME - 1, "Z") + "9"
        return f"{known[:_BEGINNING]}-{self.token}", longest

    @property
    def unsendable(self) -> frozenset[str]:
        """Operations that put something into the given dataset for good; binding what is bound there does not."""
        return frozenset(self.irremovable).difference(["CreateBinding"] if self.bound_bucket else [])

    @property
    def given_objects(self) -> tuple[str, ...]:
        """URIs of given files that can be indexed by their URI alone; a file in PDS needs more (IMM-BIFM-PDS-HASH)."""
        return tuple(file.uri for file in self.files if file.via == "fixture" and file.uri.startswith("oss://"))

    @property
    def effect_seconds(self) -> float:
        """How long to wait for what an index call does; where files are given, nothing has shown how long it takes."""
        return self.settle_seconds * (SLOW if self.given_objects else 1)

    @property
    def known(self) -> frozenset[str]:
        """What a look-up may name that is there: URIs of files, ids and URLs of upload jobs, as they are asked for."""
        uploads = (key for job in self.uploads for key in (job.id, job.url, quote(job.url, safe="")))
        return frozenset((*(file.uri for file in self.files), *uploads))

    @property
    def writes_apart(self) -> bool:
        """Whether the run writes elsewhere than where given files are read, so that these may be indexed there."""
        return self.writes != self.reads

    @property
    def reading(self) -> Place:
        """Where files are read. Raises BlockedError if nowhere."""
        self.need("place")
        assert self.reads is not None
        return self.reads

    @property
    def writing(self) -> Place:
        """Where the run may write. Raises BlockedError if nowhere."""
        self.need("writes")
        assert self.writes is not None
        return self.writes


_LONGEST_NAME, _BEGINNING = 128, 110
"""Characters of the name of a project or of a dataset, and of what such a name begins with."""

PLACEHOLDER = World(
    token="0123abcd",  # noqa: S106  # a name, not a secret
    bucket="examplebucket",
    reads=Place("test-project", "test-dataset"),
    writes=Place("test-project", "test-dataset"),
    files=(IndexedFile("oss://examplebucket/sampleobject.jpg"),),
    bound_bucket="examplebucket",
    tasks=(TaskRef("FileCompression", "FileCompression-1", "test-project"),),
    uploads=(UploadRef("df2ac80b481346daa1db6a7c40edc7f8", "https://example.com/a.mp4"),),
    batches=(BatchRef("b6b2750d4308892ac3330238aaaaaaaa"),),
)
"""A world of examples, to enumerate cases before any request is sent."""


def base_params(operation: str, world: World) -> dict[str, Any]:
    """Return a whole request of `operation` that the target must accept.

    An operation that this module does not know is made of its examples by
    the caller. Raises BlockedError for a resource that is lacking.
    """
    maker = _BASES.get(operation)
    return maker(world) if maker else {}


def _batch_get(world: World) -> dict[str, Any]:
    world.need("files")
    return {**world.reading.params, "URIs": [world.files[0].uri]}


def _create_binding(world: World) -> dict[str, Any]:
    bucket = world.bucket if world.given_bucket else f"{world.bucket}-new"
    return {**world.writing.params, "URI": f"oss://{bucket}"}


def _get_binding(world: World) -> dict[str, Any]:
    world.need("binding")
    place = world.writes or world.reading
    return {**place.params, "URI": f"oss://{world.bound_bucket}"}


def _indexable(world: World) -> str:
    """Return the URI of an object that certainly can be indexed, if one is known.

    A target may look at once whether an object exists (imm.md 14.2, gap 6).
    A given one is indexed only in a dataset of the run's own.
    """
    given = [file.uri for file in world.files if file.via == "fixture"]
    return given[0] if given and world.writes_apart else world.uri("row.jpg")


def _batch_index(world: World) -> dict[str, Any]:
    return {**world.writing.params, "Files": [{"URI": _indexable(world)}]}


def _index(world: World) -> dict[str, Any]:
    return {**world.writing.params, "File": {"URI": _indexable(world)}}


def _get_task(world: World) -> dict[str, Any]:
    world.need("task")
    return world.tasks[0].params


def _upload_infos(world: World) -> dict[str, Any]:
    world.need("upload")
    return {"JobIds": [world.uploads[0].id]}


def _batch_job(world: World) -> dict[str, Any]:
    world.need("batch")
    return {"JobId": world.batches[0].id}


_BASES = {
    "BatchGetFileMeta": _batch_get,
    "CreateBinding": _create_binding,
    "GetBinding": _get_binding,
    "BatchIndexFileMeta": _batch_index,
    "IndexFileMeta": _index,
    "GetTask": _get_task,
    "GetUrlUploadInfos": _upload_infos,
    "GetBatchMediaProducingJob": _batch_job,
}
