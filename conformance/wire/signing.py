"""Signing of requests as `httpx.Auth` flows.

Header signature `ACS3-HMAC-SHA256` and query signature `HMAC-SHA1`; the
algorithms are in facts rpc-protocol.md sections 2 and 3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx

from conformance.secret import Secret
from conformance.wire.addressing import query_of, with_pairs
from conformance.wire.encoding import Pairs, join_pairs, quote, split_pairs

ALGORITHM = "ACS3-HMAC-SHA256"
FORM_TYPE = "application/x-www-form-urlencoded"
NAMING_HEADERS = {"Action": "x-acs-action", "Version": "x-acs-version"}


class Keys(Protocol):
    """Where the key to sign with comes from; it may be another one after a while."""

    def current(self) -> Credentials:
        """Return the key to sign with now."""
        ...

    def held(self) -> tuple[str, ...]:
        """Return every secret and token that was given so far."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, and the security token that belongs to it under STS."""

    key_id: str
    secret: Secret = field(repr=False)
    token: Secret | None = field(default=None, repr=False)

    def current(self) -> Credentials:
        """Return the key itself: it stays the same."""
        return self

    def held(self) -> tuple[str, ...]:
        """Return the secret and the token, for taking them out of answers."""
        return tuple(secret.reveal() for secret in (self.secret, self.token) if secret)


def system_time() -> datetime:
    """Return the present time of this machine in UTC."""
    return datetime.now(UTC)


def _nonce() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time and the nonce that are signed.

    `time` is a fixed text or, with a `%` in it, a format of the moment;
    `skew_seconds` moves the moment.
    """

    now: Callable[[], datetime] = system_time
    nonce: Callable[[], str] = _nonce
    skew_seconds: int = 0
    time: str | None = None

    def timestamp(self) -> str:
        """Return the time to sign, `yyyy-MM-ddTHH:mm:ssZ` unless asked otherwise."""
        if self.time is not None and "%" not in self.time:
            return self.time
        moment = self.now() + timedelta(seconds=self.skew_seconds)
        return moment.astimezone(UTC).strftime(self.time or "%Y-%m-%dT%H:%M:%SZ")


class HeaderSignature(httpx.Auth):
    """Signs with the header `Authorization: ACS3-HMAC-SHA256 …`.

    The action and the version must be in the request's headers already.
    `also` and `without` change which headers are signed.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials,
        stamp: Stamp | None = None,
        *,
        also: Iterable[str] = (),
        without: Iterable[str] = (),
    ) -> None:
        self._credentials = credentials
        self._stamp = stamp or Stamp()
        self._also = frozenset(also)
        self._without = frozenset(without)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the signing headers and yield the request."""
        credentials, headers = self._credentials, request.headers
        stamped = {
            "x-acs-date": self._stamp.timestamp(),
            "x-acs-signature-nonce": self._stamp.nonce(),
            "x-acs-content-sha256": hashlib.sha256(request.content).hexdigest(),
        }
        if credentials.token:
            stamped["x-acs-accesskey-id"] = credentials.key_id
            stamped["x-acs-security-token"] = credentials.token.reveal()
        headers.update(stamped)
        names = sorted({*signed_names(headers.keys()), *self._also} - self._without)
        headers["Authorization"] = authorization(request, credentials, names)
        yield request


def signed_names(headers: Iterable[str]) -> list[str]:
    """Return the header names that the documents say are signed, sorted."""
    names = {name.lower() for name in headers}
    return sorted(n for n in names if n in ("host", "content-type") or n.startswith("x-acs-"))


def canonical_request(request: httpx.Request, names: list[str]) -> str:
    """Return the canonical request over the header `names`."""
    pairs = sorted(split_pairs(query_of(request)))
    headers = dict(request.headers.items())
    lines = [f"{name}:{headers[name.lower()].strip()}" for name in names]
    return "\n".join(
        [
            request.method,
            "/",
            join_pairs(pairs),
            *lines,
            "",
            ";".join(names),
            headers["x-acs-content-sha256"],
        ]
    )


def authorization(request: httpx.Request, credentials: Credentials, names: list[str]) -> str:
    """Return the value of the header `Authorization` for `request`."""
    canonical = canonical_request(request, names)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = credentials.secret.reveal().encode()
    digest = hmac.new(key, f"{ALGORITHM}\n{hashed}".encode(), hashlib.sha256)
    return f"{ALGORITHM} Credential={credentials.key_id},SignedHeaders={';'.join(names)},Signature={digest.hexdigest()}"


class QuerySignature(httpx.Auth):
    """Signs with the parameter `Signature` (HMAC-SHA1).

    The common parameters join the business parameters where these are: in
    the form body if the request has one, else in the query. One that is there
    already is left as it is, and those that `omit` names are not added.
    `Action` and `Version` are taken from the headers `x-acs-action` and
    `x-acs-version`, which new SDKs send in this form as well.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials,
        stamp: Stamp | None = None,
        *,
        omit: Iterable[str] = (),
    ) -> None:
        self._credentials = credentials
        self._stamp = stamp or Stamp()
        self._omit = frozenset(omit)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield the request with the common parameters and the signature."""
        query = split_pairs(query_of(request))
        body = split_pairs(request.content.decode("utf-8")) if request.content else []
        pairs = body if request.content else query
        given = {name for name, _ in (*query, *body)} | self._omit
        pairs.extend((n, v) for n, v in self._common(request) if n not in given)
        if "Signature" not in given:
            secret = self._credentials.secret
            signature = query_signature(request.method, [*query, *body], secret)
            pairs.append(("Signature", signature))
        yield _rebuilt(request, query, body)

    def _common(self, request: httpx.Request) -> Pairs:
        token = self._credentials.token
        named = [(n, request.headers[h]) for n, h in NAMING_HEADERS.items() if h in request.headers]
        return [
            ("AccessKeyId", self._credentials.key_id),
            *named,
            ("Format", "JSON"),
            *([("SecurityToken", token.reveal())] if token else []),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", self._stamp.nonce()),
            ("SignatureVersion", "1.0"),
            ("Timestamp", self._stamp.timestamp()),
        ]


def query_string_to_sign(method: str, pairs: Pairs) -> str:
    """Return the string to sign for decoded parameters without `Signature`."""
    return f"{method}&%2F&{quote(join_pairs(sorted(pairs)))}"


def query_signature(method: str, pairs: Pairs, secret: Secret) -> str:
    """Return the parameter `Signature` for decoded parameters."""
    to_sign = query_string_to_sign(method, pairs)
    key = f"{secret.reveal()}&".encode()
    return base64.b64encode(hmac.new(key, to_sign.encode(), "sha1").digest()).decode()


def _rebuilt(request: httpx.Request, query: Pairs, body: Pairs) -> httpx.Request:
    kept = [
        (k, v)
        for k, v in request.headers.multi_items()
        if k.lower() not in ("content-length", "host", "transfer-encoding")
    ]
    return httpx.Request(
        request.method,
        request.url,
        headers=[("host", request.headers["host"]), *kept],
        content=join_pairs(body).encode() if body else None,
        extensions={**request.extensions, **with_pairs(query)},
    )
