"""What every answer shows of the gateway (facts rpc-protocol.md 6 and 8, imm.md 1.7).

An answer that is no JSON object has one finding of its own, from its schema;
these watches then say nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from conformance.checks.probing import a_read, plain, settled, shaped
from conformance.checks.registry import check, expect, watch
from conformance.exchange import Answer, Exchange, Flow, Verdict
from conformance.handshake import is_greeting
from conformance.judge.reaction import THROTTLING, Reaction, matches, react, summarize
from conformance.world import World

_TRACE = re.compile(r"[0-9a-f]{32}")
_SUCCESS_CODES = ("", "200", "ok", "success")
_ENVELOPE = frozenset(
    {"RequestId", "HostId", "Code", "Message", "Recommend", "AccessDeniedDetail", "Success", "HttpStatusCode"}
)
_FORBIDDEN = ("Forbidden*", "NoPermission", "StatusForbidden")
_DENIALS = (*_FORBIDDEN, "*NoPermission*", "AccessDenied*", "Unauthorized*", "NotAuthorized*")


def _envelope(answer: Answer | None) -> bool:
    """Return whether an answer is a failure that the service itself reports."""
    return answer is not None and answer.status >= 400 and bool(answer.code)


@watch("Gateway/behavior/request-id-header", operation="*", scope="any")
def request_id_header(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-REQID-HEADER."""
    given = exchange.value.get("RequestId")
    if exchange.answer is not None and isinstance(given, str):
        header = exchange.answer.headers.get("x-acs-request-id")
        yield expect(
            "Gateway/behavior/request-id-header",
            header == given,
            expected="the header x-acs-request-id equals RequestId of the body",
            observed="there is no such header" if header is None else f"the header is '{header[:80]}'",
            exchange=exchange,
        )


@watch("Gateway/behavior/trace-id-header", operation="*", scope="any")
def trace_id_header(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-TRACE-HEADER."""
    if exchange.answer is not None and exchange.answer.value is not None:
        header = exchange.answer.headers.get("x-acs-trace-id")
        yield expect(
            "Gateway/behavior/trace-id-header",
            header is not None and _TRACE.fullmatch(header) is not None,
            expected="the header x-acs-trace-id with 32 lower-case hexadecimal digits",
            observed="there is no such header" if header is None else f"the header is '{header[:80]}'",
            exchange=exchange,
        )


@watch("Gateway/behavior/content-type", operation="*", scope="any")
def content_type(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-CONTENT-TYPE; blanks, quotes and case do not matter (RFC 9110, 8.3.1)."""
    if exchange.answer is not None and exchange.answer.value is not None:
        header = exchange.answer.headers.get("content-type", "")
        essence = re.sub(r'[\s"]', "", header).lower()
        yield expect(
            "Gateway/behavior/content-type",
            essence == "application/json;charset=utf-8",
            expected="the content type application/json;charset=utf-8",
            observed=f"it is '{header[:80]}'" if header else "there is none",
            exchange=exchange,
        )


@watch("Gateway/behavior/no-empty-body", operation="*", scope="any")
def no_empty_body(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-NO-EMPTY-BODY."""
    if exchange.answer is not None:
        yield expect(
            "Gateway/behavior/no-empty-body",
            bool(exchange.answer.body),
            expected="a body",
            observed=f"HTTP {exchange.answer.status} with an empty body",
            exchange=exchange,
        )


@watch("Gateway/behavior/no-server-error", operation="*", scope="any")
def no_server_error(exchange: Exchange) -> Iterable[Verdict]:
    """No source allows a 5xx answer to a request; throttling is told apart."""
    if exchange.answer is not None and react(exchange) is not Reaction.THROTTLED:
        yield expect(
            "Gateway/behavior/no-server-error",
            exchange.answer.status < 500,
            expected="an answer below HTTP 500",
            observed=summarize(exchange),
            exchange=exchange,
        )


@watch("Gateway/behavior/status-class", operation="*", scope="any")
def status_class(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-STATUS-CLASS, IMM-COM-ERR-STATUS."""
    answer = exchange.answer
    if answer is None:
        return
    failure = 200 <= answer.status < 300 and _reports_failure(exchange)
    known = 200 <= answer.status < 300 or 400 <= answer.status < 600
    yield expect(
        "Gateway/behavior/status-class",
        known and not failure,
        expected="2xx for a success, 4xx or 5xx for a failure",
        observed=f"{'a failure with ' if failure else ''}{summarize(exchange)}",
        exchange=exchange,
    )


def _reports_failure(exchange: Exchange) -> bool:
    """Return whether a body is an error envelope, which the answer about a failed task is not."""
    value, code = exchange.value, exchange.answer.code if exchange.answer else ""
    if code.lower() in _SUCCESS_CODES or not isinstance(value.get("Message"), str):
        return False
    return "HostId" in value or not set(value) - _ENVELOPE


@watch("Gateway/behavior/error-recommend", operation="*", scope="any")
def error_recommend(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-ERR-RECOMMEND; its type is judged with the envelope."""
    if _envelope(exchange.answer):
        yield expect(
            "Gateway/behavior/error-recommend",
            exchange.value.get("Recommend") is not None,
            expected="an error body has Recommend",
            observed=f"{summarize(exchange)} without it",
            exchange=exchange,
        )


@watch("Gateway/behavior/error-host-id", operation="*", scope="any")
def error_host_id(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-ERR-HOSTID; with or without the port."""
    host = exchange.value.get("HostId")
    if _envelope(exchange.answer) and isinstance(host, str):
        asked = _hosts(exchange)
        yield expect(
            "Gateway/behavior/error-host-id",
            host.lower() in asked,
            expected=f"HostId is the endpoint that was called, '{asked[0]}'",
            observed=f"it is '{host[:80]}'",
            exchange=exchange,
        )


def _hosts(exchange: Exchange) -> list[str]:
    """Return how the endpoint can be written."""
    url = urlsplit(exchange.sent.url)
    header = next((v for n, v in exchange.sent.headers if n.lower() == "host"), "")
    names = (header, url.netloc, header.rpartition(":")[0], url.hostname or "")
    return [name.lower() for name in names if name]


@watch("Gateway/behavior/not-found-status", operation="*", scope="any")
def not_found_status(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-COM-ERR-NOTFOUND-STATUS; 404 is tolerated."""
    if exchange.answer is not None and exchange.answer.code == "ResourceNotFound" and not exchange.accepted:
        yield expect(
            "Gateway/behavior/not-found-status",
            exchange.answer.status in (400, 404),
            expected="ResourceNotFound comes with HTTP 400",
            observed=summarize(exchange),
            exchange=exchange,
        )


@watch("Gateway/behavior/throttling", operation="*", scope="any")
def throttling(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-THROTTLE; both statuses of RPC-9.7."""
    answer = exchange.answer
    if answer is not None and (answer.status == 429 or matches(answer.code, THROTTLING[:1])):
        yield expect(
            "Gateway/behavior/throttling",
            answer.status in (400, 429) and answer.code.startswith("Throttling"),
            expected="too many calls are refused with HTTP 400 or 429 and a Code that starts with Throttling",
            observed=summarize(exchange),
            exchange=exchange,
        )


@watch("Gateway/behavior/throttling-hint", operation="*", scope="any")
def throttling_hint(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-THROTTLE-HINT."""
    answer = exchange.answer
    if answer is not None and (answer.status == 429 or matches(answer.code, THROTTLING[:1])):
        hint = answer.headers.get("x-acs-retry-after")
        yield expect(
            "Gateway/behavior/throttling-hint",
            hint is not None and hint.isascii() and hint.isdigit() and int(hint[:19]) > 0,
            expected="x-acs-retry-after holds a number of milliseconds",
            observed="there is no such header" if hint is None else f"it is '{hint[:40]}'",
            exchange=exchange,
        )


@watch("Gateway/behavior/forbidden", operation="*", scope="any")
def forbidden(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-FORBIDDEN."""
    answer = exchange.answer
    if answer is not None and answer.status >= 400 and matches(answer.code, _DENIALS):
        yield expect(
            "Gateway/behavior/forbidden",
            answer.status == 403 and matches(answer.code, _FORBIDDEN),
            expected="a lack of permission is answered with HTTP 403 and the Code NoPermission or Forbidden",
            observed=summarize(exchange),
            exchange=exchange,
        )


@watch("Gateway/behavior/header-signed-accepted", operation="*", scope="any")
def signature_verifies(exchange: Exchange) -> Iterable[Verdict]:
    """RPC-V3-ACCEPT: a correct signature is never called wrong, whatever is signed; the first of a run may be wrong."""
    told_wrong = exchange.answer is not None and exchange.answer.code == "SignatureDoesNotMatch"
    if told_wrong and plain(exchange.call.form) and not is_greeting(exchange.call):
        yield expect(
            "Gateway/behavior/header-signed-accepted",
            False,
            expected="a correct header-signed request is accepted",
            observed=summarize(exchange),
            exchange=exchange,
        )


@check("Gateway/behavior/request-id-differs")
def request_ids_differ(world: World) -> Flow:
    """RPC-REQID-UNIQUE: equal calls, other calls and refused calls; `parallel-reads` looks at more of them."""
    call, other = a_read(world), a_read(world, 1)
    refused = shaped(call, action=f"{call.operation}Never")
    seen: dict[str, Exchange] = {}
    verdicts: list[Verdict] = []
    for each in (shaped(call), shaped(call), refused, refused, shaped(other)):
        exchange: Exchange = yield each
        given = exchange.value.get("RequestId")
        if not isinstance(given, str) or not given:
            continue
        if seen:
            verdicts.append(
                expect(
                    "Gateway/behavior/request-id-differs",
                    given not in seen,
                    expected="a RequestId that no other call has",
                    observed=f"RequestId '{given[:80]}' of an earlier call",
                    exchange=exchange,
                    control=seen.get(given),
                )
            )
        seen[given] = exchange
    yield from settled(verdicts)
