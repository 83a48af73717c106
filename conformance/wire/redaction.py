"""What of a request may be kept: everything but what proves the identity."""

from __future__ import annotations

import httpx

from conformance.exchange import Sent
from conformance.wire.addressing import query_of, url_of
from conformance.wire.encoding import join_pairs, split_pairs
from conformance.wire.tampering import BODY

MASK = "***"
SECRET_HEADERS = ("authorization", "x-acs-security-token", "x-acs-bearer-token")
SECRET_PARAMS = ("Signature", "SecurityToken", "BearerToken")


def redact(request: httpx.Request) -> Sent:
    """Return the request as sent, without signatures and security tokens."""
    headers = tuple(
        (name, MASK if name.lower() in SECRET_HEADERS else value) for name, value in request.headers.multi_items()
    )
    return Sent(request.method, url_of(request, _without_secrets(query_of(request))), headers, _body(request))


def _body(request: httpx.Request) -> bytes:
    content: bytes = request.extensions.get(BODY, b"") or unredacted_body(request)
    text = content.decode("utf-8", "replace")
    clean = _without_secrets(text)
    return content if clean is text else clean.encode()


def unredacted_body(request: httpx.Request) -> bytes:
    """Return the body of a request as it is, empty if it is sent in chunks."""
    try:
        return request.content
    except httpx.RequestNotRead:
        return b""


def _without_secrets(text: str) -> str:
    if not any(f"{name}=" in text for name in SECRET_PARAMS):
        return text
    pairs = split_pairs(text)
    return join_pairs((n, MASK if n in SECRET_PARAMS else v) for n, v in pairs)
