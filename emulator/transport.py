"""The server as a transport of httpx, so that a client talks to it without a socket."""

import httpx

from emulator.core import Emulator
from emulator.http import Request


class EmulatorTransport(httpx.BaseTransport):
    """Hands every request of an httpx client to an emulator in the same process."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        target: bytes = request.extensions.get("target", request.url.raw_path)  # as httpx itself heeds it
        path, _, query = target.decode("ascii").partition("?")
        headers = tuple(request.headers.multi_items())
        response = self._emulator.handle(Request(request.method, path, query, headers, request.read()))
        return httpx.Response(response.status, headers=response.headers, content=response.body, request=request)
