"""No secret is in what is kept of a request."""

from typing import Any

import httpx
import pytest

FORMS: tuple[dict[str, Any], ...] = (
    {},
    {"method": "GET"},
    {"placement": "form"},
    {"placement": "form", "chunked": True},
    {"signature": "query"},
    {"signature": "query", "method": "GET"},
    {"signature": "query", "placement": "form"},
    {"signature": "query", "placement": "form", "chunked": True},
    {"tamper": "signature"},
    {"signature": "query", "tamper": "query RegionId=cn-beijing"},
)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_secret_is_kept(temporary: Any, form: dict[str, Any]) -> None:
    """Neither the secret, nor the token, nor a signature is in the exchange."""
    exchange = temporary.send(**form)

    received = temporary.last
    proofs = [received.headers.get("authorization", "").rpartition("Signature=")[2]]
    proofs += [received.url.params.get("Signature", "")]
    kept = repr(exchange.sent)
    assert not [proof for proof in (temporary.secret, temporary.token, *proofs) if proof and proof in kept]


def test_masked_request_keeps_the_rest(temporary: Any) -> None:
    """Parameters and headers that prove nothing are kept as they were sent."""
    exchange = temporary.send(signature="query", extra=(("Note", "a b*"),))

    assert "Note=a%20b%2A" in exchange.sent.url
    assert "SecurityToken=%2A%2A%2A" in exchange.sent.url
    assert "AccessKeyId=the-key" in exchange.sent.url


def test_unsigned_spelling_is_kept(wire: Any) -> None:
    """A query without secrets is kept in its own spelling."""
    exchange = wire.send(extra=(("Note", "a b*"),), spelling="lax")

    assert exchange.sent.url.endswith("Note=a+b*")


def test_failed_request_is_redacted(temporary: Any) -> None:
    """A request that found nobody is kept without secrets as well."""
    temporary.answer = _unreachable

    exchange = temporary.send(signature="query")

    assert exchange.failure
    assert temporary.token not in repr(exchange)


def _unreachable(request: Any) -> Any:
    raise httpx.ConnectError("nobody is there")
