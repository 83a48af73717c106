"""The embedded emulator as the default target, in process."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urlsplit

from conformance.exchange import Notice, Source
from conformance.notifications import Channel, QueueReader
from conformance.notifications.channel import Taking
from conformance.notifications.parsing import read_push
from conformance.secret import Secret
from conformance.target.config import EMBEDDED_TOPIC, Fixtures
from conformance.wire.signing import Credentials
from emulator import Emulator, EmulatorTransport, Fault, Limits, OffsetClock, Subscription
from emulator.seeding import (
    seed_batch_job,
    seed_binding,
    seed_dataset,
    seed_file,
    seed_objects,
    seed_task,
    seed_upload_job,
)

EMBEDDED_KEY = Credentials("embedded", Secret("embedded-emulator-secret"), Secret("embedded-emulator-token"))
"""A temporary key, so that its security token is exercised as well."""

QUEUE = "conformance"
_PROJECT = "embedded"
# Its bindings show every member; it is empty, so that a run can bind it without getting files.
_BUCKET = "sampleobject"
_FULL_BUCKET = "embedded-bucket"
_KEYS = ("sampleobject.jpg", "photo.jpg", "clip.mp4", "a folder/photo 片.jpg", "no-extension")
_PDS_URI = "pds://domains/bj1/drives/101/files/9520943DC264/revisions/40CB7794C929"
_HASH = "1d9c280a7c4f67f7ef873e28449dbe17"
_URLS = ("https://media.example.com/seeded.mp4", "https://media.example.com/missing/seeded.mp4")
_RECEIVER = "http://receiver.embedded.test"
_SUBSCRIPTIONS = (
    Subscription(EMBEDDED_TOPIC, _RECEIVER, "xml", "XML"),
    Subscription(EMBEDDED_TOPIC, f"{_RECEIVER}/hooks/json", "json", "JSON"),
    Subscription(EMBEDDED_TOPIC, f"{_RECEIVER}/hooks/text", "simplified", "SIMPLIFIED", "EXPONENTIAL_DECAY_RETRY"),
    Subscription(EMBEDDED_TOPIC, f"acs:mns:test:1234567890:queues/{QUEUE}", "queue", "XML"),
)
"""The default target delivers in every way there is, so that all of them are exercised."""


def embedded_emulator(
    *, faults: Sequence[Fault] = (), limits: Limits | None = None, variations: Collection[str] = ()
) -> tuple[Emulator, OffsetClock]:
    """Return a new emulator that verifies signatures, and its clock."""
    clock = OffsetClock()
    keys = {EMBEDDED_KEY.key_id: EMBEDDED_KEY.secret.reveal()}
    assert EMBEDDED_KEY.token is not None
    tokens = {EMBEDDED_KEY.key_id: EMBEDDED_KEY.token.reveal()}
    emulator = Emulator(
        clock=clock,
        credentials=keys,
        tokens=tokens,
        faults=faults,
        variations=variations,
        limits=limits or Limits(),
        subscriptions=_SUBSCRIPTIONS,
    )
    return emulator, clock


def seed(emulator: Emulator) -> Fixtures:
    """Put into an emulator what the API cannot make there, and return what a run has to know of it."""
    seed_dataset(emulator, _PROJECT, _PROJECT)
    objects = seed_objects(emulator, _FULL_BUCKET, _KEYS)
    sources: list[dict[str, object]] = [{"URI": uri} for uri in objects]
    sources.append({"URI": _PDS_URI, "FileHash": _HASH, "OSSURI": objects[0]})
    uris = tuple(seed_file(emulator, _PROJECT, _PROJECT, source) for source in sources)
    seed_binding(emulator, _PROJECT, _PROJECT, _BUCKET)
    return Fixtures(
        project=_PROJECT,
        dataset=_PROJECT,
        bucket=_BUCKET,
        indexed_uris=uris,
        missing_uris=tuple(f"oss://{_FULL_BUCKET}/missing/{name}.jpg" for name in ("none", "nothing")),
        tasks=tuple(("FileCompression", id_) for id_ in _tasks(emulator)),
        url_upload_jobs=tuple((seed_upload_job(emulator, url), url) for url in _URLS),
        batch_jobs=tuple(_batch_jobs(emulator)),
        expired_batch_jobs=tuple(seed_batch_job(emulator, days=days) for days in (400, 800)),
    )


def _tasks(emulator: Emulator) -> Iterator[str]:
    yield seed_task(emulator, _PROJECT, tags={"team": "blue", "stage": "final"}, user_data='{"seeded":true}')
    yield seed_task(emulator, _PROJECT, error=("InvalidArgument", "File does not exist."))


def _batch_jobs(emulator: Emulator) -> Iterator[str]:
    yield seed_batch_job(emulator, days=300)
    yield seed_batch_job(emulator, materials=("missing-1",))
    yield seed_batch_job(emulator, materials=("sampleobject",))


def embedded_channels(emulator: Emulator, clock: OffsetClock, token: str) -> Sequence[Channel]:
    """Return the channels of an embedded emulator, without any socket."""
    reader = QueueReader(
        "http://mns.embedded.test",
        QUEUE,
        keys=EMBEDDED_KEY,
        token=token,
        source=Source("queue", QUEUE, "XML"),
        transport=EmulatorTransport(emulator),
        now=clock.now,
    )
    return [EmbeddedPushes(emulator), reader]


class EmbeddedPushes:
    """A channel that takes the pushes of an emulator in this process."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._taking = Taking()
        self._by_name = {s.name: _source(s) for s in _SUBSCRIPTIONS if not s.queue}
        self.sources = tuple(self._by_name.values())

    def collect(self) -> Iterator[Notice]:
        """Yield the messages of the pushes that are due, and acknowledge them."""
        for push in self._emulator.pushes():
            headers = {name.lower(): value for name, value in push.headers}
            path = urlsplit(push.url).path
            notice = read_push(self._by_name[push.subscription], push.method, path, headers, push.body)
            self._emulator.push_answered(push, 204 if self._taking.takes(notice) else 500)
            yield notice

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _source(subscription: Subscription) -> Source:
    path = urlsplit(subscription.endpoint).path or "/notifications"
    return Source("push", subscription.name, subscription.content_format, path)
