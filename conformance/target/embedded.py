"""The embedded emulator as the default target, in process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from conformance.exchange import Notice, Source
from conformance.notifications import Channel, QueueReader
from conformance.notifications.channel import Taking
from conformance.notifications.parsing import read_push
from conformance.secret import Secret
from conformance.target.config import EMBEDDED_TOPIC
from conformance.wire.signing import Credentials
from emulator import Emulator, EmulatorTransport, Fault, Limits, OffsetClock, Subscription

EMBEDDED_KEY = Credentials("embedded", Secret("embedded-emulator-secret"), Secret("embedded-emulator-token"))
"""A temporary key, so that its security token is exercised as well."""

QUEUE = "conformance"
_RECEIVER = "http://receiver.embedded.test"
_SUBSCRIPTIONS = (
    Subscription(EMBEDDED_TOPIC, _RECEIVER, "xml", "XML"),
    Subscription(EMBEDDED_TOPIC, f"{_RECEIVER}/hooks/json", "json", "JSON"),
    Subscription(EMBEDDED_TOPIC, f"{_RECEIVER}/hooks/text", "simplified", "SIMPLIFIED", "EXPONENTIAL_DECAY_RETRY"),
    Subscription(EMBEDDED_TOPIC, f"acs:mns:test:1234567890:queues/{QUEUE}", "queue", "XML"),
)
"""The default target delivers in every way there is, so that all of them are exercised."""


def embedded_emulator(
    *, faults: Sequence[Fault] = (), limits: Limits | None = None
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
        limits=limits or Limits(),
        subscriptions=_SUBSCRIPTIONS,
    )
    return emulator, clock


def embedded_channels(emulator: Emulator, clock: OffsetClock, token: str) -> Sequence[Channel]:
    """Return the channels of an embedded emulator, without any socket."""
    reader = QueueReader(
        "http://mns.embedded.test",
        QUEUE,
        credentials=EMBEDDED_KEY,
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
