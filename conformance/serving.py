"""Serving an ASGI app on a port of this machine, by uvicorn in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

START_SECONDS = 10.0


class NotServedError(Exception):
    """An app did not start in time, or failed to."""


@dataclass(frozen=True, slots=True)
class Served:
    """An app on a port: its URL, and how to stop it."""

    url: str
    stop: Callable[[], None]


def serve_asgi(app: Any, host: str = "127.0.0.1", port: int = 0) -> Served:
    """Serve `app`; port 0 takes a free one.

    Raises NotServedError if it does not start, OSError if the port is taken.
    """
    import uvicorn  # slow to import, and most runs serve nothing

    config = uvicorn.Config(app, log_level="warning", lifespan="auto", interface="asgi3")
    server = uvicorn.Server(config)
    listener = socket.create_server((host, port))
    # Of a listener it does not make itself asyncio does not set it, and answers wait for acknowledgements.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    taken = listener.getsockname()[1]
    thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
    thread.start()
    end = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < end:
        time.sleep(0.02)

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        listener.close()

    if not server.started:
        stop()
        raise NotServedError(f"the app did not start within {START_SECONDS:g} s or failed to")
    return Served(f"http://{host}:{taken}", stop)


def _run(server: Any, listener: socket.socket) -> None:
    """Serve until stopped; the server leaves by SystemExit when the app's start-up fails."""
    with contextlib.suppress(SystemExit):
        server.run([listener])
