"""Pushing of messages to HTTP endpoints, without any socket: which requests to send, and when again (mns.md 3.1).

A push carries no ``Authorization`` and no ``x-mns-signing-cert-url``: only the real service owns a key whose
certificate a receiver would trust.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from emulator.context import Context
from emulator.encoding import JSON_TYPE, XML_TYPE
from emulator.http import Headers
from emulator.mns_queue import VERSION
from emulator.mns_subscriptions import Subscription, content
from emulator.state import PendingPush, Publication
from emulator.times import SECOND, span

ANSWER_SECONDS: Final = 5.0
"""How long the endpoint may take to answer; later is a failure (MNS-HTTP-RETRY)."""

_DEFAULT_PATH: Final = "/notifications"
_TYPES: Final = {"XML": XML_TYPE, "JSON": JSON_TYPE, "SIMPLIFIED": "text/plain;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Push:
    """A request that has to be sent now; ``subscription`` and ``message_id`` say what it is for."""

    subscription: str
    message_id: str
    method: str
    url: str
    headers: Headers
    body: bytes


class Pushes:
    """The pushes of a server that are not taken yet; those that are being sent are not given out again."""

    def __init__(self) -> None:
        self._under_way: set[tuple[str, str]] = set()

    def due(self, subscriptions: Mapping[str, Subscription], context: Context) -> Iterator[Push]:
        """Yield what has to be sent now; `settle` has to be told how each fared."""
        for pending in context.state.pushes:
            key = (pending.subscription, pending.publication.message_id)
            subscription = subscriptions.get(pending.subscription)
            if subscription and pending.due <= context.now and key not in self._under_way:
                self._under_way.add(key)
                yield _request(pending.publication, subscription, context)

    def settle(self, push: Push, status: int | None, subscription: Subscription, context: Context) -> None:
        """Note the HTTP status that came back, None if none did within `ANSWER_SECONDS`.

        Any 2xx ends a push, everything else leads to the next try, with the same message id.
        """
        self._under_way.discard((push.subscription, push.message_id))
        for pending in [p for p in context.state.pushes if _is_for(p, push)]:
            pending.attempts += 1
            pause = subscription.pause(pending.attempts, context.timings.push_pause)
            if pause is None or (status is not None and 200 <= status < 300):
                context.state.pushes.remove(pending)
            else:
                pending.due = context.now + span(pause)


def _is_for(pending: PendingPush, push: Push) -> bool:
    return (pending.subscription, pending.publication.message_id) == (push.subscription, push.message_id)


def _request(publication: Publication, subscription: Subscription, context: Context) -> Push:
    body = content(publication, subscription).encode()
    parts = urlsplit(subscription.endpoint)
    url = urlunsplit(parts._replace(path=parts.path or _DEFAULT_PATH))
    headers = tuple(_headers(publication, subscription, body, context))
    return Push(subscription.name, publication.message_id, "POST", url, headers, body)


def _headers(
    publication: Publication, subscription: Subscription, body: bytes, context: Context
) -> Iterator[tuple[str, str]]:
    digest = hashlib.md5(body).hexdigest()
    yield "Content-Type", _TYPES[subscription.content_format]
    # The text of the digest is what is encoded, not its bytes.
    yield "Content-MD5", base64.b64encode(digest.encode()).decode()
    yield "Date", format_datetime(datetime.fromtimestamp(context.now // SECOND, UTC), usegmt=True)
    yield "x-mns-request-id", context.ids.request_id().replace("-", "")
    yield "x-mns-version", VERSION
    if subscription.content_format == "SIMPLIFIED":
        yield "x-mns-message-id", publication.message_id
