"""Sending: from a `Call` to the `Exchange` that came of it."""

from __future__ import annotations

import itertools
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import httpx

from conformance.exchange import Answer, Call, Exchange, Form
from conformance.wire.addressing import target_of, with_query
from conformance.wire.answers import BodyLimits, check_headers, collect, read_body
from conformance.wire.encoding import encode_params, join_pairs
from conformance.wire.failures import SENDING_ERRORS, failure_text, kind_of
from conformance.wire.inflating import ACCEPTED, inflated
from conformance.wire.redaction import redact, unredacted_body
from conformance.wire.scrubbing import Scrubber, secrets_of
from conformance.wire.signing import (
    FORM_TYPE,
    NAMING_HEADERS,
    Credentials,
    HeaderSignature,
    Keys,
    QuerySignature,
    Stamp,
    system_time,
)
from conformance.wire.tampering import Tampered
from conformance.wire.transport import TimeLimits
from openapi import Operation

TIMEOUT = TimeLimits().timeout

_USUAL = (
    ("accept", "application/json"),
    ("accept-encoding", ACCEPTED),
    ("connection", "keep-alive"),
    ("user-agent", "alimedia-conformance"),
)
"""Headers of every request, unless a form has others of these names."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the operations of one service are: base URL and API version."""

    url: str
    version: str


class Client:
    """Sends calls to one target over one httpx transport, by itself: without redirects, cookies and environment.

    `endpoints` maps a service (`imm`, `ice`) to its endpoint, `operations`
    the contract's operations by name; other operations are provisioning
    operations, found in `services`.
    """

    def __init__(  # noqa: PLR0913  # one place builds clients, by keyword
        self,
        transport: httpx.BaseTransport,
        endpoints: Mapping[str, Endpoint],
        keys: Keys | None,
        *,
        operations: Mapping[str, Operation],
        services: Mapping[str, str],
        now: Callable[[], datetime] = system_time,
        limits: BodyLimits | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._transport = transport
        self._extensions = {"timeout": timeout.as_dict()}
        self._endpoints = endpoints
        self._roots = {name: httpx.URL(e.url).copy_with(path="/", query=None) for name, e in endpoints.items()}
        self._keys = keys
        self._operations = operations
        self._services = services
        self._now = now
        self._limits = limits or BodyLimits()
        self._scrubber = Scrubber(held=keys.held if keys else tuple)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def send(self, call: Call) -> Exchange:
        """Send one call; a transport failure is part of the exchange."""
        return self._send(call, next(self._numbers), self._limits)

    def send_together(
        self, calls: Sequence[Call], apart: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> list[Exchange]:
        """Send calls at the same time, each in a thread of its own; return what came of them in the same order.

        `apart` keeps their connections apart from others. All of their answers
        may take as much memory as one.
        """
        limits = self._limits.shared(len(calls))
        begin = threading.Barrier(len(calls))

        def send(number: int, call: Call) -> Exchange:
            begin.wait()
            return self._send(call, number, limits)

        with apart(), ThreadPoolExecutor(len(calls)) as threads:
            begun = [threads.submit(send, next(self._numbers), call) for call in calls]
            return [one.result() for one in begun]

    def _send(self, call: Call, number: int, limits: BodyLimits) -> Exchange:
        request = plain = self._request(call)
        auth = self._auth(call.form)
        started = time.monotonic()
        try:
            if auth is not None:
                request = next(auth.sync_auth_flow(plain))
            response = self._transport.handle_request(request)
            try:
                body = _body(response, limits)
            except httpx.DecodingError as error:
                body = failure_text(error).encode()
            finally:
                response.close()
        except SENDING_ERRORS as error:
            failure = failure_text(error, partial(self._scrubber.text, more=secrets_of(request)))
            return Exchange(call, redact(request), None, failure, number, kind_of(error))
        seconds = time.monotonic() - started
        answer = self._answer(response, body, seconds, request, plain)
        return Exchange(call, redact(request), answer, "", number)

    def _answer(
        self, response: httpx.Response, received: bytes, seconds: float, request: httpx.Request, plain: httpx.Request
    ) -> Answer:
        """Return what was received in answer to `request`, which was `plain` before it was signed."""
        own = secrets_of(request)
        public = partial(_public, plain)
        body = self._scrubber.clean(received, own, public)
        value, problem, flaws = read_body(body, self._limits)
        headers = self._scrubber.texts(dict(response.headers.items()), own, public)
        return Answer(response.status_code, headers, body, value, problem, flaws, seconds)

    def _request(self, call: Call) -> httpx.Request:
        operation = self._operations.get(call.operation)
        service = operation.service if operation else self._services[call.operation]
        endpoint = self._endpoints[service]
        form = call.form
        naming = {
            "Action": call.operation if form.action is None else form.action,
            "Version": endpoint.version if form.version is None else form.version,
        }
        pairs = [*encode_params(call.params, operation), *_named_in_parameters(form, naming), *form.extra]
        whole = form.placement == "form" and form.method == "POST"
        in_body = [(name, value) for name, value in pairs if whole or name in form.in_form]
        in_query = [(name, value) for name, value in pairs if not (whole or name in form.in_form)]
        body = (("content-type", FORM_TYPE),) if whole or in_body else ()
        headers = [*_USUAL, *_named_in_headers(form, naming).items(), *body, *form.headers]
        query = None if whole else join_pairs(in_query, form.spelling)
        content = join_pairs(in_body, form.spelling).encode()
        named = list({name.lower(): (name, value) for name, value in headers}.values())
        extensions = {**self._extensions, **with_query(query)}
        return httpx.Request(form.method, self._roots[service], headers=named, content=content, extensions=extensions)

    def _auth(self, form: Form) -> httpx.Auth | None:
        if form.signature == "none" or self._keys is None:
            return None
        credentials = self._keys.current()
        if form.key_id is not None:
            credentials = Credentials(form.key_id, credentials.secret)
        stamp = Stamp(self._now, skew_seconds=form.skew_seconds, time=form.time)
        if form.nonce is not None:
            nonce = form.nonce
            stamp = replace(stamp, nonce=lambda: nonce)
        signing: httpx.Auth
        if form.signature == "header":
            signing = HeaderSignature(credentials, stamp, also=form.also_signed, without=form.unsigned)
        else:
            signing = QuerySignature(credentials, stamp, omit=form.omit)
        if form.tamper or form.chunked:
            return Tampered(signing, form.tamper, chunked=form.chunked)
        return signing


def _body(response: httpx.Response, limits: BodyLimits) -> bytes:
    """Read a body within the limits; that of a transport in memory is there already."""
    check_headers(response.headers.raw, limits)
    if response.is_stream_consumed:
        return collect(response.iter_bytes(), limits)
    encoding = response.headers.get("content-encoding", "")
    return collect(inflated(response.iter_raw(), encoding), limits)


def _public(request: httpx.Request) -> bytes:
    """Return what a request says in clear before it is signed."""
    return urllib.parse.unquote_to_bytes(target_of(request)) + urllib.parse.unquote_to_bytes(unredacted_body(request))


def _named_in_headers(form: Form, naming: Mapping[str, str]) -> dict[str, str]:
    if form.named_by == "parameters":
        return {}
    return {NAMING_HEADERS[name]: value for name, value in naming.items()}


def _named_in_parameters(form: Form, naming: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Return what the signature does not add by itself."""
    if form.named_by in ("parameters", "both"):
        return naming.items()
    return ()
