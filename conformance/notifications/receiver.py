"""Receiving of pushes on a loopback port: a small ASGI app on uvicorn, in a thread.

It answers 204 as soon as a push is read (facts mns.md 5.8) and keeps the
message until it is collected. Signatures of pushes are not verified: an
emulator has no key whose certificate the real service would vouch for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from conformance.exchange import Notice, Source
from conformance.notifications.channel import Taking
from conformance.notifications.parsing import read_push
from conformance.serving import Served, serve_asgi

MAX_BYTES = 1024 * 1024
"""The longest body that is read; messages of the service have at most 64 KiB."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class PushReceiver:
    """A channel that listens at an address, `host:port`, for the pushes of a topic.

    Raises OSError if the address cannot be opened.
    """

    def __init__(self, address: str, source: Source) -> None:
        self.sources = (source,)
        self._taking = Taking()
        self._kept: deque[Notice] = deque()
        self._lock = threading.Lock()
        host, _, port = address.rpartition(":")
        self._served: Served = serve_asgi(self._app, host, int(port))

    @property
    def url(self) -> str:
        """Where pushes are received."""
        return self._served.url

    def collect(self) -> Iterable[Notice]:
        """Return the messages that came since the last time."""
        with self._lock:
            found = list(self._kept)
            self._kept.clear()
        return found

    def close(self) -> None:
        """Close the port."""
        self._served.stop()

    async def _app(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            body = await _read(receive)
            await _answer(send, self._status(scope, body))

    def _status(self, scope: MutableMapping[str, Any], body: bytes | None) -> int:
        """Keep a message, and return how it is acknowledged."""
        if not body:
            return 413 if body is None else 400
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        notice = read_push(self.sources[0], scope["method"], scope["path"], headers, body)
        with self._lock:
            self._kept.append(notice)
            return 204 if self._taking.takes(notice) else 500


async def _read(receive: Receive) -> bytes | None:
    """Return the body, None if it is too long or the sender went away."""
    body = b""
    while len(body) <= MAX_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body
    return None


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
