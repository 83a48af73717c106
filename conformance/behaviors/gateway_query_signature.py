"""Query-signed requests (facts rpc-protocol.md 3)."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

from conformance.behaviors.gateway_dispatch import named_by_parameters
from conformance.behaviors.gateway_header_signature import OF_SIGNATURE, changed_value, wrongly_signed
from conformance.checks.probing import (
    BY_PARAMETERS,
    a_read,
    accepted,
    ask,
    control,
    refused,
    repeatable,
    settled,
    shaped,
)
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Step, Verdict
from conformance.judge.reaction import Reaction, react, why_unusable
from conformance.wire.encoding import quote, split_pairs
from conformance.wire.redaction import MASK
from conformance.wire.signing import FORM_TYPE, query_string_to_sign
from conformance.world import BlockedError, World

_NOTE = (("Note", "a b+c%20d *(c)~'!/:?&=\u00e9\u7167\U0001f600"),)
_CHARSET = (("content-type", f"{FORM_TYPE}; charset=UTF-8"),)
_EMPTY = (("SignatureType", ""), ("RegionId", "cn-hangzhou"))
_BY_QUERY = "query-signed-post-query"
_FORMS: dict[str, dict[str, Any]] = {
    "query-signed-get": {**BY_PARAMETERS, "method": "GET"},
    _BY_QUERY: dict(BY_PARAMETERS),
    "query-signed-post-form": {**BY_PARAMETERS, "placement": "form"},
}


@check(
    "Gateway/behavior/query-signed-get",
    "Gateway/behavior/query-signed-post-query",
    "Gateway/behavior/query-signed-post-form",
    signed_only=True,
)
def query_signed(world: World) -> Flow:
    """RPC-V1-ACCEPT-GET, RPC-V1-ACCEPT-POST-QUERY, RPC-V1-ACCEPT-POST-BODY; with hard characters as well."""
    verdicts: list[Verdict] = []
    for turn, (name, form) in enumerate(_FORMS.items()):
        call = a_read(world, turn)
        headers = _CHARSET if form.get("placement") == "form" else ()
        probe, verdict = yield from _plainly(call, name, headers=headers)
        verdicts.append(verdict)
        noted = yield from ask(shaped(call, **form, extra=_NOTE))
        text = f"a correct query-signed request with {dict(_NOTE)} is accepted"
        verdicts.append(accepted(f"Gateway/behavior/{name}", noted, probe, text, *OF_SIGNATURE))
        for other in repeatable(world):
            if other.operation != call.operation:
                probe, verdict = yield from _plainly(other, name)
                unknown = name == _BY_QUERY and react(probe) is Reaction.UNKNOWN_OPERATION
                if not unknown or other not in named_by_parameters(world):
                    verdicts.append(verdict)
    yield from settled(verdicts)


def _plainly(
    call: Call, name: str, headers: tuple[tuple[str, str], ...] = ()
) -> Generator[Step, Any, tuple[Exchange, Verdict]]:
    """Send a request in one of the forms, with headers that must not matter; return what came of it."""
    form = _FORMS[name]
    twin = yield from ask(control(call, method=form.get("method", "POST")))
    probe = yield from ask(control(call, **form, headers=headers))
    text = f"a correct query-signed request {f'with {dict(headers)} ' if headers else ''}is accepted"
    return probe, accepted(f"Gateway/behavior/{name}", probe, twin, text)


@check(
    "Gateway/behavior/query-signed-wrong-signature",
    "Gateway/behavior/query-signed-server-string",
    "Gateway/behavior/wrong-signature-status",
    signed_only=True,
)
def wrong_query_signature(world: World) -> Flow:
    """RPC-V1-BADSIG, RPC-V1-BADSIG-COLON."""
    verdicts: list[Verdict] = []
    tampers = ("signature case", "signature first", "signature")
    for turn, (form, tamper) in enumerate(zip(_FORMS.values(), tampers, strict=True)):
        call = a_read(world, turn)
        twin: Exchange = yield control(call, **form)
        probe: Exchange = yield shaped(call, **form, tamper=tamper)
        verdicts += wrongly_signed("Gateway/behavior/query-signed-wrong-signature", probe, twin)
        verdicts += _server_string(probe)
    verdicts += yield from changed_value(world, "Gateway/behavior/query-signed-wrong-signature", **BY_PARAMETERS)
    yield from settled(verdicts)


def _server_string(probe: Exchange) -> list[Verdict]:
    """Judge the text behind the first colon, which an official SDK compares with its own."""
    message = probe.value.get("Message")
    if probe.answer is None or probe.answer.code != "SignatureDoesNotMatch" or not isinstance(message, str):
        return []
    wanted = _string_to_sign(probe)
    verdict = expect(
        "Gateway/behavior/query-signed-server-string",
        re.search(_pattern(wanted), message.partition(":")[2]) is not None,
        expected=f"Message has a colon and then the string to sign, '{wanted}'",
        observed=f"Message is '{message[:400]}'",
        exchange=probe,
    )
    return [verdict]


def _string_to_sign(probe: Exchange) -> str:
    """Return the string to sign of a request, secrets masked as they are in what was recorded."""
    text = f"{urlsplit(probe.sent.url).query}&{probe.sent.body.decode('utf-8', 'replace')}"
    pairs = [(n, v) for n, v in split_pairs(text) if n != "Signature"]
    return query_string_to_sign(probe.sent.method, pairs)


def _pattern(wanted: str) -> str:
    """Return a pattern for a string to sign, in which a mask stands for any one value."""
    return re.escape(wanted).replace(re.escape(quote(quote(MASK))), r"[\w.~%*-]+")


@check("Gateway/behavior/query-signed-empty-parameter", signed_only=True)
def empty_parameter(world: World) -> Flow:
    """RPC-V1-EMPTY-PARAM: signed it is accepted, in a form too, and removed after signing it is missed."""
    requirement = "Gateway/behavior/query-signed-empty-parameter"
    call = a_read(world)
    plain: Exchange = yield control(call, **BY_PARAMETERS)
    _need(plain)
    signed: Exchange = yield shaped(call, **BY_PARAMETERS, extra=_EMPTY)
    text = "a request verifies in which the empty parameter SignatureType is signed"
    removed: Exchange = yield shaped(call, **BY_PARAMETERS, extra=_EMPTY[:1], tamper="query -SignatureType")
    what = "a request from which the empty parameter SignatureType was removed after signing"
    verdicts = [accepted(requirement, signed, plain, text, *OF_SIGNATURE), refused(requirement, removed, plain, what)]
    form = _FORMS["query-signed-post-form"]
    formed: Exchange = yield control(call, **form)
    if formed.accepted:
        probe: Exchange = yield shaped(call, **form, extra=_EMPTY)
        verdicts.append(accepted(requirement, probe, formed, f"{text}, in a form", *OF_SIGNATURE))
    yield from settled(verdicts)


@check("Gateway/behavior/query-signed-method", signed_only=True)
def signed_for_get(world: World) -> Flow:
    """RPC-V1-METHOD."""
    call = a_read(world)
    got: Exchange = yield control(call, **BY_PARAMETERS, method="GET")
    posted: Exchange = yield control(call, **BY_PARAMETERS)
    _need(got)
    probe: Exchange = yield shaped(call, **BY_PARAMETERS, method="GET", tamper="method POST")
    yield refused("Gateway/behavior/query-signed-method", probe, posted, "a POST that was signed for GET")


@check("Gateway/behavior/query-signed-missing-part", signed_only=True)
def missing_part(world: World) -> Flow:
    """RPC-MISSING-COMMON."""
    call = a_read(world)
    twin: Exchange = yield control(call, **BY_PARAMETERS)
    for name in ("AccessKeyId", "Signature"):
        probe: Exchange = yield shaped(call, **BY_PARAMETERS, omit=(name,))
        yield refused(
            "Gateway/behavior/query-signed-missing-part",
            probe,
            twin,
            f"a query-signed request without {name}",
            codes=("MissingAccessKeyId", "MissingSignature", "IncompleteSignature"),
            statuses=(400,),
        )


def _need(plain: Exchange) -> None:
    """Raise BlockedError unless a query-signed request was accepted, which has requirements of its own."""
    if not plain.accepted:
        msg = f"no query-signed request was accepted: {why_unusable(plain)}"
        raise BlockedError(msg)
