"""Where a request goes, and with what query: kept apart, since to parse a URL takes as long as to sign a request.

httpx sends the extension `target` of a request, as it is, in the place of the
path and query of its URL. The URL is that of the endpoint's root.
"""

from __future__ import annotations

import httpx

from conformance.wire.encoding import Pairs, join_pairs

_TARGET = "target"


def with_query(query: str | None) -> dict[str, bytes]:
    """Return the extension of a request to the root with the encoded `query`, None for none."""
    return {_TARGET: b"/" if query is None else b"/?" + query.encode("ascii")}


def with_pairs(pairs: Pairs) -> dict[str, bytes]:
    """Return the extension of a request to the root with decoded `pairs` as its query."""
    return with_query(join_pairs(pairs))


def target_of(request: httpx.Request) -> bytes:
    """Return path and query as they are sent."""
    target: bytes = request.extensions.get(_TARGET, b"") or request.url.raw_path
    return target


def query_of(request: httpx.Request) -> str:
    """Return the query as it is sent, empty if there is none."""
    return target_of(request).partition(b"?")[2].decode("ascii")


def url_of(request: httpx.Request, query: str | None = None) -> str:
    """Return the URL as it is sent, or with another query."""
    root = str(request.url).removesuffix(request.url.raw_path.decode("ascii"))
    path, mark, sent = target_of(request).decode("ascii").partition("?")
    return f"{root}{path}{mark}{sent if query is None else query}"


class Resolving(httpx.BaseTransport):
    """Puts the target into the URL, for a transport that looks only there."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose URL says it all."""
        kept = {name: value for name, value in request.extensions.items() if name != _TARGET}
        url, headers = url_of(request), request.headers.multi_items()
        sent = httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=kept)
        return self._inner.handle_request(sent)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
