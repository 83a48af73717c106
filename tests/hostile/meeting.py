"""What a hostile server meets: a request, and the socket to answer on."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emulator import Emulator, Request


@dataclass
class Shared:
    """What the connections of a server share."""

    record: Path | None
    redirect: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    emulator: Emulator = field(default_factory=Emulator)
    count: int = 0
    before: bytes = b""
    under_way: "list[Meeting]" = field(default_factory=list)
    crowd: set[int] = field(default_factory=set)


@dataclass
class Meeting:
    """One request that arrived, the `first` on its connection or a later one, and the socket to answer on."""

    socket: socket.socket
    raw: bytes
    request: Request
    shared: Shared
    number: int
    status: int = 200
    first: bool = True

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def answer(self, body: bytes, status: int = 200, more: str = "") -> None:
        """Send a whole answer."""
        head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json;charset=utf-8\r\n{more}"
        self.say(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    def behave(self, change: Callable[[bytes], bytes] = lambda body: body) -> None:
        """Answer as a good server would, or nearly so."""
        with self.shared.lock:
            response = self.shared.emulator.handle(self.request)
        head = "".join(f"{k}: {v}\r\n" for k, v in response.headers if k.lower() != "content-length")
        self.answer(
            change(response.body), response.status, "".join(h for h in head.splitlines(True) if "-type" not in h)
        )


def read_request(connection: socket.socket, left: bytearray) -> tuple[bytes, Request] | None:
    """Return the next request as it came and as it is read; None at the end. `left` are bytes read too many."""
    while b"\r\n\r\n" not in left:
        more = connection.recv(65536)
        if not more:
            return None
        left += more
    head, _, _ = bytes(left).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = tuple((n.lower(), v.strip()) for n, _, v in (line.partition(":") for line in lines[1:]))
    known = dict(headers)
    del left[: len(head) + 4]
    body = (
        _chunks(connection, left)
        if "transfer-encoding" in known
        else _exactly(connection, left, int(known.get("content-length", 0)))
    )
    method, target, _ = lines[0].split(" ", 2)
    path, _, query = target.partition("?")
    return head + b"\r\n\r\n" + body, Request(method, path, query, headers, body)


def _exactly(connection: socket.socket, left: bytearray, size: int) -> bytes:
    while len(left) < size:
        left += connection.recv(65536)
    body = bytes(left[:size])
    del left[:size]
    return body


def _line(connection: socket.socket, left: bytearray) -> bytes:
    while b"\r\n" not in left:
        left += connection.recv(65536)
    line, _, rest = bytes(left).partition(b"\r\n")
    left[:] = rest
    return line


def _chunks(connection: socket.socket, left: bytearray) -> bytes:
    body = b""
    while size := int(_line(connection, left), 16):
        body += _exactly(connection, left, size)
        _line(connection, left)
    _line(connection, left)
    return body
