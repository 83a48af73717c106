"""The server on a socket, by uvicorn."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from emulator.asgi import asgi_app
from emulator.core import Emulator

if TYPE_CHECKING:
    import uvicorn

_POLL_SECONDS: Final = 0.02
# 100 URIs of 1023 bytes, each byte percent-encoded, in one request line.
_MAX_HEAD_BYTES: Final = 4 * 1024 * 1024
_KEEP_ALIVE_SECONDS: Final = 25
"""As the service says (rpc-protocol.md 6.1); with less, clients that poll every few seconds meet the closing."""


def serve(
    emulator: Emulator,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    stop: threading.Event | None = None,
) -> None:
    """Serve plain HTTP until interrupted, or until ``stop`` is set.

    Port 0 takes a free one. ``on_ready`` gets the address, such as ``http://127.0.0.1:8089``, once requests are
    answered. Raises OSError if the address cannot be taken.
    """
    # Only who listens on a socket needs it, and it is slow to import.
    import uvicorn

    config = uvicorn.Config(
        asgi_app(emulator),
        http="h11",
        ws="none",
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        headers=[("keep-alive", f"timeout={_KEEP_ALIVE_SECONDS}")],
        log_config=None,
        access_log=False,
        server_header=False,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        # asyncio sets it only where the protocol number is given; without it answers wait for acknowledgements.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asyncio.run(_run(uvicorn.Server(config), listener, on_ready, stop))


async def _run(
    server: "uvicorn.Server", listener: socket.socket, on_ready: Callable[[str], None], stop: threading.Event | None
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(_POLL_SECONDS)
    if server.started:
        on_ready(_address(listener))
    while stop is not None and not serving.done():
        server.should_exit = server.should_exit or stop.is_set()
        await asyncio.sleep(_POLL_SECONDS)
    await serving


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
