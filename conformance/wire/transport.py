"""HTTP over sockets with an end to everything: connecting, the first byte, the whole answer.

httpx bounds each read; a server that sends a byte now and then never exceeds
that. Here each exchange has a deadline of its own as well.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from conformance.wire.addressing import target_of

KEEPALIVE_SECONDS = 1.5
"""Less than the time after which usual servers close an idle connection, lest a request meets the closing."""

_MOST_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for connecting, for the next byte, and for a whole exchange."""

    connect: float = 5.0
    first_byte: float = 10.0
    answer: float = 30.0

    @property
    def timeout(self) -> httpx.Timeout:
        """The part of the limits that httpx keeps."""
        return httpx.Timeout(self.first_byte, connect=self.connect)


class BoundedTransport(httpx.BaseTransport):
    """Sends over sockets; an exchange that is not over at its deadline fails with ReadTimeout.

    Each thread has one exchange at a time. No proxy and no variable of the
    environment is heeded. Once a connection that was kept open turns out to
    be closed, none is kept any more: who closes it without saying so does it
    behind each answer, and what creates something is not sent twice.
    """

    def __init__(self, trust: ssl.SSLContext | None = None, limits: TimeLimits | None = None) -> None:
        self._limits = limits or TimeLimits()
        self._deadline = _Deadline()
        self._trust = trust
        self._pool = self._new_pool(_MOST_CONNECTIONS)

    def _new_pool(self, kept: int) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._trust,
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=kept,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_Backend(self._deadline),
        )

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Close what is open, and leave no connection open behind a request for as long as this lasts.

        A server that serves one connection at a time takes the next one when
        that is closed.
        """
        self._pool.close()
        kept, self._pool = self._pool, self._new_pool(0)
        try:
            yield
        finally:
            self._pool.close()
            self._pool = kept

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its answer is read as it is asked for."""
        self._deadline.start(self._limits.answer)
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=target_of(request)
        )
        sent = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        try:
            with _IN_WORDS_OF_HTTPX:
                response = self._pool.handle_request(sent)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if self._deadline.on_kept_connection:
                self._pool.close()
                self._pool = self._new_pool(0)
            raise
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Deadline(threading.local):
    """When the exchange of the current thread must be over, and whether it is on a connection that was open before."""

    _end = 0.0
    _seconds = 0.0
    on_kept_connection = False

    def start(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self.on_kept_connection = True

    def left(self, timeout: float | None) -> float:
        """Return how long the next step may take. Raises httpcore.ReadTimeout if the exchange is overdue."""
        left = self._end - time.monotonic()
        if left <= 0:
            msg = f"the answer took longer than {self._seconds:g} seconds"
            raise httpcore.ReadTimeout(msg)
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        allowed = self._deadline.left(timeout)
        try:
            return self._inner.read(max_bytes, allowed)
        except httpcore.ReadTimeout:
            self._deadline.left(timeout)
            raise httpcore.ReadTimeout(f"nothing came for {allowed:g} seconds") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        allowed = self._deadline.left(timeout)
        self._deadline.on_kept_connection = False
        stream = self._inner.connect_tcp(host, port, allowed, local_address, socket_options)
        return _Stream(stream, self._deadline)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _IN_WORDS_OF_HTTPX:
            yield from self._response.iter_stream()

    def close(self) -> None:
        with _IN_WORDS_OF_HTTPX:
            self._response.close()


_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


class _Translation:
    """Raises what httpcore raises in the words of httpx; a generator would cost each request three of its own."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        told = _ERRORS.get(type(error)) if isinstance(error, Exception) else None
        if told is not None:
            raise told(str(error)) from error


_IN_WORDS_OF_HTTPX = _Translation()
