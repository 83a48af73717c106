"""Changes made to a request after it was signed, to see them refused.

A change is a short text: its kind and, behind a blank, what it is about.

| Change | Does |
|---|---|
| `signature`, `signature first` | exchanges the last or the first character of the signature |
| `signature case` | exchanges the case of its letters |
| `signature longer`, `signature shorter` | adds a character, or drops the last one |
| `query N=V`, `query -N` | sets or removes a parameter of the query |
| `form N=V` | sets a field of the form body, whose signed hash stays |
| `rehashed N=V` | the same, and gives the hash of the new body in its header |
| `header N=V` | sets a header |
| `method M` | sends with another method |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator

import httpx

from conformance.wire.addressing import query_of, with_pairs
from conformance.wire.encoding import Pairs, join_pairs, split_pairs
from conformance.wire.signing import FORM_TYPE

BODY = "conformance.body"
"""Extension of a request that holds the body that is sent in chunks."""

Change = Callable[[httpx.Request, str], httpx.Request]


def _with(
    request: httpx.Request,
    *,
    query: Pairs | None = None,
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
    method: str | None = None,
) -> httpx.Request:
    kept = [(k, v) for k, v in request.headers.multi_items() if k.lower() not in ("content-length", *(headers or {}))]
    return httpx.Request(
        method or request.method,
        request.url,
        headers=[*kept, *(headers or {}).items()],
        content=request.content if content is None else content,
        extensions=request.extensions if query is None else {**request.extensions, **with_pairs(query)},
    )


def _signature(request: httpx.Request, which: str) -> httpx.Request:
    """Change the signature, wherever it is."""
    held = request.headers.get("authorization")
    if held is not None:
        head, mark, value = held.rpartition("Signature=")
        return _with(request, headers={"authorization": head + mark + _exchanged(value, which)})
    query, body = _query_of(request), _fields_of(request)
    changed = [(n, _exchanged(v, which) if n == "Signature" else v) for n, v in (body or query)]
    if body:
        return _with(request, content=join_pairs(changed).encode())
    return _with(request, query=changed)


_WHOLE: dict[str, Callable[[str], str]] = {
    "case": str.swapcase,
    "longer": lambda value: f"{value}0",
    "shorter": lambda value: value[:-1],
}


def _exchanged(value: str, which: str) -> str:
    """Return `value` with one character exchanged for another of its alphabet, or changed as a whole."""
    if which in _WHOLE:
        return _WHOLE[which](value)
    at = 0 if which == "first" else len(value.rstrip("=")) - 1
    # The last character of a Base64 text holds bits that decoding drops; these two differ in the others.
    other = "8" if value[at] in "4567" else "4"
    return value[:at] + other + value[at + 1 :]


def _query(request: httpx.Request, change: str) -> httpx.Request:
    return _with(request, query=_changed(_query_of(request), change))


def _form(request: httpx.Request, change: str) -> httpx.Request:
    content = join_pairs(_changed(_fields_of(request), change)).encode()
    return _with(request, headers={"content-type": FORM_TYPE}, content=content)


def _rehashed(request: httpx.Request, change: str) -> httpx.Request:
    changed = _form(request, change)
    hashed = hashlib.sha256(changed.content).hexdigest()
    return _with(changed, headers={"x-acs-content-sha256": hashed})


def _header(request: httpx.Request, change: str) -> httpx.Request:
    name, _, value = change.partition("=")
    return _with(request, headers={name: value})


def _method(request: httpx.Request, method: str) -> httpx.Request:
    return _with(request, method=method)


def _query_of(request: httpx.Request) -> Pairs:
    return split_pairs(query_of(request))


def _fields_of(request: httpx.Request) -> Pairs:
    return split_pairs(request.content.decode("utf-8"))


def _changed(pairs: Pairs, change: str) -> Pairs:
    """Return `pairs` with one removed (`-N`), replaced or put first (`N=V`)."""
    if change.startswith("-"):
        return [(n, v) for n, v in pairs if n != change[1:]]
    name, _, value = change.partition("=")
    if any(n == name for n, _ in pairs):
        return [(n, value if n == name else v) for n, v in pairs]
    return [(name, value), *pairs]


CHANGES: dict[str, Change] = {
    "signature": _signature,
    "query": _query,
    "form": _form,
    "rehashed": _rehashed,
    "header": _header,
    "method": _method,
}


class Tampered(httpx.Auth):
    """Signs, then makes the change; may send the body in chunks."""

    requires_request_body = True

    def __init__(self, signing: httpx.Auth, change: str, *, chunked: bool) -> None:
        kind, _, self._about = change.partition(" ")
        self._change = CHANGES[kind] if kind else None
        self._signing = signing
        self._chunked = chunked

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield the signed request with the change."""
        signed = next(iter(self._signing.auth_flow(request)))
        if self._change:
            signed = self._change(signed, self._about)
        yield _chunked(signed) if self._chunked else signed


def _chunked(request: httpx.Request) -> httpx.Request:
    content = request.content
    kept = [
        (k, v) for k, v in request.headers.multi_items() if k.lower() not in ("content-length", "transfer-encoding")
    ]
    return httpx.Request(
        request.method,
        request.url,
        headers=kept,
        content=iter([content[:7], content[7:]]),
        extensions={**request.extensions, BODY: content},
    )
