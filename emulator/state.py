"""Everything the server remembers, as plain data: texts, whole numbers, lists and mappings.

Times are nanoseconds since 1970. What changes with time (states of jobs, phases) is not stored but computed
when it is looked at. What is frozen is replaced when it changes, never changed inside.
"""

from dataclasses import dataclass, field

from emulator.json_text import JsonObject


@dataclass(frozen=True, slots=True)
class FileEntry:
    """An indexed file; ``metadata`` is the File object without its times."""

    create_time: int
    update_time: int
    metadata: JsonObject


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding between a dataset and a bucket."""

    uri: str
    bucket: str
    create_time: int


@dataclass(slots=True)
class Dataset:
    """A dataset with its files by URI and its bindings by URI."""

    name: str
    description: str
    template_id: str
    create_time: int
    quotas: dict[str, int]
    workflow_parameters: list[dict[str, str]]
    files: dict[str, FileEntry] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)

    def total_size(self) -> int:
        """Return the bytes of all indexed files."""
        return sum(size for entry in self.files.values() if isinstance(size := entry.metadata.get("Size"), int))


@dataclass(frozen=True, slots=True)
class Task:
    """An asynchronous task; ``error_code`` says how it will end, empty for success."""

    task_id: str
    task_type: str
    event_id: str
    create_time: int
    end_time: int
    definition: JsonObject
    user_data: str
    tags: JsonObject
    error_code: str
    error_message: str


@dataclass(slots=True)
class Project:
    """A project with its datasets by name and its tasks by id."""

    name: str
    description: str
    service_role: str
    template_id: str
    create_time: int
    quotas: dict[str, int]
    tags: list[dict[str, str]]
    datasets: dict[str, Dataset] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One file of an index job; ``dropped`` after its entry was deleted before the job ended."""

    source: JsonObject
    dropped: bool = False

    @property
    def uri(self) -> str:
        """The URI of the file."""
        return str(self.source["URI"])


@dataclass(frozen=True, slots=True)
class IndexJob:
    """Indexing under way; ``binding`` is the URI of the binding that started it, empty for a call."""

    project: str
    dataset: str
    items: list[IndexItem]
    start_time: int
    end_time: int
    binding: str = ""
    operation: str = ""
    topic: str = ""
    user_data: str = ""


@dataclass(slots=True)
class Publication:
    """A text that is published to a topic, by an operation; the message service gives it its id."""

    topic: str
    text: str
    time: int
    operation: str = ""
    message_id: str = ""


@dataclass(slots=True)
class PendingPush:
    """A publication that the endpoint of a subscription has not taken yet, after so many attempts."""

    subscription: str
    publication: Publication
    due: int
    attempts: int = 0


@dataclass(slots=True)
class QueueMessage:
    """A message in a queue, hidden until ``visible``; ``handle`` is that of its last reception."""

    message_id: str
    body: str
    enqueue_time: int
    visible: int
    first_dequeue_time: int = 0
    dequeue_count: int = 0
    handle: str = ""


@dataclass(frozen=True, slots=True)
class UploadJob:
    """A URL upload job; its state follows from its age and from whether the source can be fetched."""

    job_id: str
    media_id: str
    url: str
    create_time: int
    file_size: int
    user_data: str
    fails: bool


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A batch producing job with the submitted texts by parameter name."""

    job_id: str
    create_time: int
    submitted: dict[str, str]
    sub_jobs: list[dict[str, str]]
    error_message: str


@dataclass(slots=True)
class State:
    """The whole memory of a server; ``serial`` counts the identifiers that were given out or set aside."""

    serial: int = 0
    projects: dict[str, Project] = field(default_factory=dict)
    buckets: dict[str, list[str]] = field(default_factory=dict)
    index_jobs: list[IndexJob] = field(default_factory=list)
    outbox: list[Publication] = field(default_factory=list)
    topics: dict[str, list[Publication]] = field(default_factory=dict)
    pushes: list[PendingPush] = field(default_factory=list)
    queues: dict[str, list[QueueMessage]] = field(default_factory=dict)
    upload_jobs: dict[str, UploadJob] = field(default_factory=dict)
    batch_jobs: dict[str, BatchJob] = field(default_factory=dict)
    client_tokens: dict[str, str] = field(default_factory=dict)
    nonces: dict[str, dict[str, int]] = field(default_factory=dict)
