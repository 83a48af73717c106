"""The server as an ASGI 3 application: the protocols ``http`` and ``lifespan``, nothing else.

Between startup and shutdown the messages of subscribed topics are pushed to their endpoints.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from emulator.core import Emulator
from emulator.http import Headers, Request, Response
from emulator.mns_queue import seconds_to_wait
from emulator.mns_sender import PushSender

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_POLL_SECONDS: Final = 0.02
_ORIGIN = re.compile(r"https?://[^/]*", re.IGNORECASE)
"""What a request that goes through a proxy has before its path (RFC 9112, 3.2.2)."""

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def asgi_app(emulator: Emulator) -> Application:
    """Return an application that answers with an emulator; a body may come in any number of pieces."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(emulator, receive, send)
        elif scope["type"] == "http":
            await _answer(emulator, scope, receive, send)
        else:
            raise ValueError(f'expected the scope "http" or "lifespan", found "{scope["type"]}"')

    return application


async def _live(emulator: Emulator, receive: Receive, send: Send) -> None:
    sender = PushSender(emulator)
    while True:
        kind = (await receive())["type"]
        if kind == "lifespan.startup":
            sender.start()
        else:
            await asyncio.to_thread(sender.stop)
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _answer(emulator: Emulator, scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read_body(receive)
    if body is None:
        return
    request = Request(
        method=scope["method"],
        path=_ORIGIN.sub("", scope["path"], count=1) or "/",
        query=scope["query_string"].decode(errors="replace"),
        headers=_decoded(scope["headers"]),
        body=body,
    )
    response = await _handled(emulator, request)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _handled(emulator: Emulator, request: Request) -> Response:
    """Answer a request; who waits at an empty queue is answered as soon as there is a message."""
    response = emulator.handle(request)
    end = time.monotonic() + seconds_to_wait(request, response)
    while time.monotonic() < end and seconds_to_wait(request, response):
        await asyncio.sleep(_POLL_SECONDS)
        response = emulator.handle(request)
    return response


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None if the client went away."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _decoded(headers: Any) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
