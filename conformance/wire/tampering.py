"""Changes made to a request after it was signed, to see them refused."""

from __future__ import annotations

from collections.abc import Callable, Generator

import httpx

Change = Callable[[httpx.Request], httpx.Request]


def _flip(text: str) -> str:
    """Return `text` with its last letter or digit exchanged for another."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def _with(
    request: httpx.Request,
    *,
    url: httpx.URL | None = None,
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
    method: str | None = None,
) -> httpx.Request:
    kept = [
        (k, v)
        for k, v in request.headers.multi_items()
        if k.lower() not in ("content-length", *(headers or {}))
    ]
    return httpx.Request(
        method or request.method,
        url or request.url,
        headers=[*kept, *(headers or {}).items()],
        content=request.content if content is None else content,
        extensions=request.extensions,
    )


def _signature(request: httpx.Request) -> httpx.Request:
    """Exchange the last character of the header signature."""
    return _with(
        request, headers={"authorization": _flip(request.headers["authorization"])}
    )


def _query_signature(request: httpx.Request) -> httpx.Request:
    """Sign-looking text of the right form in place of the parameter."""
    wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D"
    query = request.url.query.decode()
    body = request.content.decode()
    if "Signature=" in query:
        head = query.rsplit("Signature=", 1)[0]
        url = request.url.copy_with(query=f"{head}Signature={wrong}".encode())
        return _with(request, url=url)
    head = body.rsplit("Signature=", 1)[0]
    return _with(request, content=f"{head}Signature={wrong}".encode())


def _query(request: httpx.Request) -> httpx.Request:
    """Add one letter to the value of the first parameter."""
    first, mark, rest = request.url.query.decode().partition("&")
    return _with(request, url=request.url.copy_with(query=f"{first}x{mark}{rest}".encode()))


def _body(request: httpx.Request) -> httpx.Request:
    """Add one letter to the body, and leave its signed hash alone."""
    return _with(request, content=request.content + b"x")


def _action(request: httpx.Request) -> httpx.Request:
    """Name another read operation of the same service than was signed."""
    other = {"GetTask": "GetBinding", "GetBinding": "GetTask"}
    signed = request.headers["x-acs-action"]
    return _with(request, headers={"x-acs-action": other.get(signed, f"{signed}s")})


def _as_post(request: httpx.Request) -> httpx.Request:
    """Send with POST what was signed for GET."""
    return _with(request, method="POST")


CHANGES: dict[str, Change] = {
    "signature": _signature,
    "query-signature": _query_signature,
    "query": _query,
    "body": _body,
    "action": _action,
    "method": _as_post,
}


class Tampered(httpx.Auth):
    """Signs, then makes the named change; may send the body in chunks."""

    requires_request_body = True

    def __init__(self, signing: httpx.Auth, change: str, *, chunked: bool) -> None:
        self._signing = signing
        self._change = change
        self._chunked = chunked

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield the signed request with the change."""
        signed = next(iter(self._signing.auth_flow(request)))
        if self._change:
            signed = CHANGES[self._change](signed)
        if self._chunked:
            signed = _chunked(signed)
        yield signed


def _chunked(request: httpx.Request) -> httpx.Request:
    content = request.content
    kept = [
        (k, v)
        for k, v in request.headers.multi_items()
        if k.lower() not in ("content-length", "transfer-encoding")
    ]
    return httpx.Request(
        request.method,
        request.url,
        headers=kept,
        content=iter([content[:7], content[7:]]),
        extensions=request.extensions,
    )
