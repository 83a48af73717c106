"""Subscriptions to topics of the message service (MNS), and what is delivered to them (mns.md 3.1)."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from emulator.encoding import xml_element
from emulator.json_text import write_json
from emulator.state import Publication
from emulator.times import MILLISECOND

ContentFormat = Literal["XML", "JSON", "SIMPLIFIED"]
Strategy = Literal["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]

_NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
OWNER = "1234567890"
"""The account of this server, which owns every topic and every subscription."""

_QUEUE = re.compile(r"acs:mns:[^:]*:[^:]*:queues/([A-Za-z][A-Za-z0-9-]{0,119})")
_WRITTEN = re.compile(r"([^=]+)=(.+?)(?:,(XML|JSON|SIMPLIFIED))?")
_TRIES = {"BACKOFF_RETRY": 3, "EXPONENTIAL_DECAY_RETRY": 176}
_LONGEST_PAUSE = 512


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets the messages of a topic, and in which form.

    ``endpoint`` is an http or https URL, to which messages are pushed, or the name of a queue in the form
    ``acs:mns:{region}:{account}:queues/{queue}``. Raises ValueError for any other endpoint.
    """

    topic: str
    endpoint: str
    name: str = "subscription"
    content_format: ContentFormat = "XML"
    strategy: Strategy = "BACKOFF_RETRY"

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if not self.queue and not (parts.scheme in ("http", "https") and parts.hostname):
            expected = "an http or https URL, or acs:mns:{region}:{account}:queues/{queue}"
            raise ValueError(f'expected {expected}, found "{self.endpoint}"')

    @property
    def queue(self) -> str:
        """The name of the queue, empty if messages are pushed."""
        match = _QUEUE.fullmatch(self.endpoint)
        return match[1] if match else ""

    def pause(self, attempts: int, base: float) -> float | None:
        """Return the seconds until the next try after so many that failed, None if it was the last.

        ``base`` is the pause of BACKOFF_RETRY; the other strategy doubles from one second.
        """
        if attempts > _TRIES[self.strategy]:
            return None
        return base if self.strategy == "BACKOFF_RETRY" else float(min(2 ** (attempts - 1), _LONGEST_PAUSE))


def read_subscription(text: str, name: str) -> Subscription:
    """Return what ``TOPIC=ENDPOINT[,FORMAT]`` asks for; an endpoint may be just ``queues/{queue}``.

    Raises ValueError for anything else.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f'expected TOPIC=ENDPOINT[,FORMAT], found "{text}"')
    topic, endpoint, content_format = match.groups()
    if endpoint.startswith("queues/"):
        endpoint = f"acs:mns:local:{OWNER}:{endpoint}"
    return Subscription(topic, endpoint, name, cast("ContentFormat", content_format or "XML"))


def content(publication: Publication, subscription: Subscription) -> str:
    """Return what a subscriber gets: the text in the format of the subscription."""
    if subscription.content_format == "SIMPLIFIED":
        return publication.text
    fields = dict(_fields(publication, subscription))
    if subscription.content_format == "JSON":
        return write_json(fields)
    return mns_xml("Notification", fields)


def mns_xml(root: str, fields: Mapping[str, object]) -> str:
    """Return an XML document of the message service."""
    members = "".join(piece for name, value in fields.items() for piece in xml_element(name, value))
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{_NAMESPACE}">{members}</{root}>'


def _fields(publication: Publication, subscription: Subscription) -> Iterator[tuple[str, object]]:
    yield "TopicOwner", OWNER
    yield "TopicName", publication.topic
    yield "Subscriber", OWNER
    yield "SubscriptionName", subscription.name
    yield "MessageId", publication.message_id
    yield "Message", publication.text
    yield "MessageMD5", hashlib.md5(publication.text.encode()).hexdigest().upper()
    yield "PublishTime", str(publication.time // MILLISECOND)
