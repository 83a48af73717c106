"""The signer reproduces the published vectors, and the vectors computed with an official SDK."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.secret import Secret
from conformance.wire.addressing import query_of
from conformance.wire.encoding import split_pairs
from conformance.wire.signing import (
    Credentials,
    HeaderSignature,
    QuerySignature,
    Stamp,
    canonical_request,
    query_signature,
)

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text())
BY_SIGNER = ("x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")


def signed(auth: httpx.Auth, request: httpx.Request) -> httpx.Request:
    """Return a request as a signature's flow would send it."""
    return next(iter(auth.sync_auth_flow(request)))


def header_request(vector: dict[str, Any]) -> httpx.Request:
    """Return the request of a vector before it is signed."""
    url = httpx.URL(f"https://{vector['headers']['host']}/").copy_with(query=vector["query"].encode())
    given = {name: value for name, value in vector["headers"].items() if name not in BY_SIGNER}
    return httpx.Request(vector["method"], url, headers=given, content=vector.get("body", "").encode())


def header_signed(vector: dict[str, Any]) -> httpx.Request:
    """Return the request of a vector, signed at its time with its nonce."""
    headers = vector["headers"]
    stamp = Stamp(time=headers["x-acs-date"], nonce=lambda: headers["x-acs-signature-nonce"])
    credentials = Credentials("any", Secret(vector["secret"]))
    extra = [name for name in headers if name in ("accept", "user-agent")]
    return signed(HeaderSignature(credentials, stamp, also=extra), header_request(vector))


@pytest.mark.parametrize("vector", VECTORS["header"], ids=lambda vector: vector["name"])
def test_header_vector_has_its_signature(vector: dict[str, Any]) -> None:
    """A request with the vector's inputs gets the vector's signature and signed headers."""
    request = header_signed(vector)

    names = ";".join(sorted(vector["headers"]))
    assert request.headers["authorization"].endswith(f"SignedHeaders={names},Signature={vector['signature']}")


@pytest.mark.parametrize("vector", VECTORS["header"], ids=lambda vector: vector["name"])
def test_header_vector_has_its_canonical_request(vector: dict[str, Any]) -> None:
    """The canonical request of a signed vector hashes to the stated value."""
    request = header_signed(vector)

    text = canonical_request(request, sorted(vector["headers"]))

    assert hashlib.sha256(text.encode()).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["query"], ids=lambda vector: vector["name"])
def test_query_vector_has_its_signature(vector: dict[str, Any]) -> None:
    """The decoded parameters of a query-signed vector have its signature."""
    signature = query_signature(vector["method"], split_pairs(vector["query"]), Secret(vector["secret"]))

    assert signature == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["query"], ids=lambda vector: vector["name"])
def test_query_signature_adds_what_a_vector_has(vector: dict[str, Any]) -> None:
    """The flow adds the common parameters of a vector and its signature, whatever is given already."""
    held = dict(split_pairs(vector["query"]))
    business = {n: v for n, v in held.items() if n in ("UploadURLs", "RegionId", "Format", "Action", "Version")}
    stamp = Stamp(time=held["Timestamp"], nonce=lambda: held["SignatureNonce"])
    auth = QuerySignature(Credentials(held["AccessKeyId"], Secret(vector["secret"])), stamp)

    request = signed(auth, httpx.Request(vector["method"], "https://ice.example.test/", params=business))

    assert dict(split_pairs(query_of(request))) == {**held, "Signature": vector["signature"]}


def test_action_and_version_come_from_the_headers() -> None:
    """A query-signed request is named by its headers unless the parameters name it."""
    headers = {"x-acs-action": "GetTask", "x-acs-version": "2020-09-30"}
    auth = QuerySignature(Credentials("id", Secret("secret")))

    request = signed(auth, httpx.Request("GET", "https://imm.example.test/", headers=headers))

    params = dict(split_pairs(query_of(request)))
    assert params["Action"] == "GetTask"
    assert params["Version"] == "2020-09-30"


@pytest.mark.parametrize(
    ("time", "skew", "expected"),
    [
        (None, 0, "2024-01-02T03:04:05Z"),
        (None, -3600, "2024-01-02T02:04:05Z"),
        ("%Y/%m/%d %H:%M", 60, "2024/01/02 03:05"),
        ("yesterday", 60, "yesterday"),
    ],
)
def test_time_is_stamped(time: str | None, skew: int, expected: str) -> None:
    """The time is that of the clock, moved, formatted or replaced as asked."""
    stamp = Stamp(lambda: datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC), skew_seconds=skew, time=time)

    assert stamp.timestamp() == expected


def test_nonces_differ() -> None:
    """Two stamps have two nonces."""
    assert Stamp().nonce() != Stamp().nonce()


def test_secret_is_not_in_the_text_of_credentials() -> None:
    """Credentials can be printed."""
    credentials = Credentials("id", Secret("hush"), Secret("quiet"))

    assert "hush" not in repr(credentials)
    assert "quiet" not in repr(credentials)
