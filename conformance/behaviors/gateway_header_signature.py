"""Header-signed requests: what verifies, and what was changed and must not (facts rpc-protocol.md 2)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st

from conformance.behaviors.zones import clock_ahead
from conformance.checks.drawing import draw
from conformance.checks.probing import (
    REGION,
    Judged,
    a_read,
    accepted,
    ask,
    bases,
    control,
    reads,
    refused,
    settled,
    shaped,
)
from conformance.checks.registry import check, expect, watch
from conformance.checks.rows import WRITING
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict
from conformance.judge.reaction import matches, react, why_unusable
from conformance.world import BlockedError, World

OF_SIGNATURE = ("SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignature*", "MissingSignature*")
_AHEAD = "Gateway/behavior/time-minutes-ahead"
_OF_TOKEN = ("InvalidSecurityToken*", "MissingSecurityToken")
_TOKEN = "x-acs-security-token"  # noqa: S105  # the name of a header
_HARD = "a b+c%20d&=*()'!~/:?#,;\u00e9\u7167\U0001f600"
_SIX_MINUTES = 360
_ATTEMPTS = 6


def _hard_texts() -> st.SearchStrategy[str]:
    return st.text(_HARD, min_size=6, max_size=12)


@check("Gateway/behavior/header-signed-accepted", _AHEAD, signed_only=True)
def header_signed(world: World) -> Flow:
    """RPC-V3-ACCEPT: hard characters, order of names, an empty value, a long nonce, times within ten minutes."""
    requirement = "Gateway/behavior/header-signed-accepted"
    texts = draw(_hard_texts, count=2, start=3)
    hard = tuple((("Note", text),) for text in (_HARD, *texts))
    verdicts: list[Verdict] = []
    for turn, extra in enumerate((*hard, (("b", "1"), ("B-1", "2"), ("B.", ""), ("a", "3"), ("B", "4")))):
        call = a_read(world, turn)
        twin: Exchange = yield call
        skew = 0 if turn else round(clock_ahead(twin)) + _SIX_MINUTES
        probe: Exchange = yield shaped(call, extra=extra, skew_seconds=skew)
        text = f"a correctly signed request with {dict(extra)} is accepted"
        verdicts.append(accepted(requirement, probe, twin, text, *OF_SIGNATURE))
        if skew:
            ahead = probe if probe.accepted else (yield shaped(call, skew_seconds=skew))
            text = "a correctly signed request of six minutes ahead is accepted"
            verdicts.append(accepted(_AHEAD, ahead, twin, text, "InvalidTimeStamp*"))
    twin = yield a_read(world)
    early = yield from _signed_early(twin, world.token * 7)
    text = "a correctly signed request of six minutes ago with a nonce of 64 characters is accepted"
    verdicts.append(accepted(requirement, early, twin, text))
    yield from settled(verdicts)


def _signed_early(twin: Exchange, nonce: str) -> Generator[Step, Any, Exchange]:
    """Sign a time before the clock of the target; where that throttles, once more with another nonce."""
    skew = round(clock_ahead(twin)) - _SIX_MINUTES
    for attempt in range(_ATTEMPTS):
        with suppress(Inconclusive):
            early: Exchange = yield shaped(twin.call, skew_seconds=skew, nonce=f"{nonce}{attempt:08d}")
            return early
    msg = f"{_ATTEMPTS} requests with nonces of their own were throttled"
    raise Inconclusive(msg)


@check("Gateway/behavior/header-signed-any-headers", signed_only=True)
def any_headers(world: World) -> Flow:
    """RPC-V3-HEADERS-ANY."""
    provider = ("x-acs-credentials-provider", "static_ak")
    verdicts: list[Verdict] = []
    for turn, (also, headers) in enumerate(
        (
            (("accept",), (("accept", "*/*"),)),
            (("user-agent",), (("user-agent", "curl/8.5.0"),)),
            (("accept", "user-agent"), (provider,)),
            (("accept", "x-sdk-client"), (("x-sdk-client", "Conformance/1  (two  blanks)"),)),
        )
    ):
        call = a_read(world, turn)
        twin = yield from ask(call)
        probe = yield from ask(shaped(call, also_signed=also, headers=headers))
        text = f"a request verifies that signs {' and '.join(also)} as well"
        verdicts.append(accepted("Gateway/behavior/header-signed-any-headers", probe, twin, text))
    yield from settled(verdicts)


@check("Gateway/behavior/header-signed-wrong-signature", "Gateway/behavior/wrong-signature-status", signed_only=True)
def wrong_signature(world: World) -> Flow:
    """RPC-V3-BADSIG, RPC-V3-BADSIG-400."""
    verdicts: list[Verdict] = []
    for turn, tamper in ((0, "signature"), (1, "signature first")):
        call = a_read(world, turn)
        twin: Exchange = yield call
        probe: Exchange = yield shaped(call, tamper=tamper)
        verdicts += wrongly_signed("Gateway/behavior/header-signed-wrong-signature", probe, twin)
    verdicts += yield from _signed_for_post(a_read(world, 2))
    for turn, length in ((3, "shorter"), (4, "longer")):  # malformed to some, who have a Code of its own for that
        call = a_read(world, turn)
        twin = yield call
        probe = yield shaped(call, tamper=f"signature {length}")
        what = f"a signature that is one character {length}"
        verdicts.append(refused("Gateway/behavior/header-signed-wrong-signature", probe, twin, what))
    for call in bases(WRITING, world):  # what is wrongly signed makes nothing
        twin = yield call
        probe = yield shaped(call, tamper="signature")
        verdicts += wrongly_signed("Gateway/behavior/header-signed-wrong-signature", probe, twin)
    yield from settled(verdicts)


def _signed_for_post(call: Call) -> Judged:
    """Send by GET what was signed for POST; not where GET is not served."""
    twin: Exchange = yield control(call, method="GET")
    if not twin.accepted:
        return []
    probe: Exchange = yield shaped(call, tamper="method GET")
    what = f"{call.operation} by GET with the signature of a POST"
    return wrongly_signed("Gateway/behavior/header-signed-wrong-signature", probe, twin, what)


def wrongly_signed(requirement: str, probe: Exchange, twin: Exchange, what: str = "a wrong signature") -> list[Verdict]:
    """Judge the fate of a wrong signature, and its status once it is refused for that."""
    codes = ("SignatureDoesNotMatch",)
    verdicts = [refused(requirement, probe, twin, what, codes=codes)]
    if probe.answer is not None and probe.answer.code == codes[0]:
        status = "Gateway/behavior/wrong-signature-status"
        verdicts.append(refused(status, probe, twin, what, statuses=(400,)))
    return verdicts


@check("Gateway/behavior/header-signed-changed-query", signed_only=True)
def changed_query(world: World) -> Flow:
    """RPC-V3-TAMPER-QUERY: what is changed would be accepted if it were signed."""
    call = a_read(world)
    unsigned: Exchange = yield call
    region: Exchange = yield control(call, extra=REGION)
    verdicts: list[Verdict] = []
    for twin, extra, tamper, what in (
        (region, REGION, "query RegionId=cn-beijing", "a request with a value changed after signing"),
        (unsigned, REGION, "query -RegionId", "a request with a parameter removed after signing"),
        (region, (), "query RegionId=cn-hangzhou", "a request with a parameter added after signing"),
    ):
        probe: Exchange = yield shaped(call, extra=extra, tamper=tamper)
        verdicts.append(refused("Gateway/behavior/header-signed-changed-query", probe, twin, what))
    verdicts += yield from changed_value(world, "Gateway/behavior/header-signed-changed-query")
    yield from settled(verdicts)


def changed_value(world: World, requirement: str, **form: Any) -> Judged:
    """Exchange the value of a parameter, after signing, for another that is answered as well."""
    call = next((c for c in reads(world) if c.operation == "GetUrlUploadInfos"), None)
    if call is None:
        return []
    other = next(id_ for id_ in ("f" * 32, "e" * 32) if id_ not in call.params.get("JobIds", ()))
    twin: Exchange = yield Call(call.operation, {"JobIds": [other]}, reuse=True)
    probe: Exchange = yield shaped(call, tamper=f"query JobIds={other}", **form)
    what = "a request with JobIds changed after signing"
    return [refused(requirement, probe, twin, what)]


@check("Gateway/behavior/header-signed-changed-body", signed_only=True)
def changed_body(world: World) -> Flow:
    """RPC-V3-TAMPER-BODY: a body added, changed, and changed along with its hash."""
    call = a_read(world, 1)
    empty: Exchange = yield call
    form: Exchange = yield control(call, placement="form", extra=REGION)
    verdicts: list[Verdict] = []
    for twin, placement, extra, tamper, what in (
        (empty, "query", (), "form RegionId=cn-hangzhou", "a request with a body added after signing"),
        (form, "form", REGION, "form RegionId=cn-beijing", "a request with its body changed after signing"),
        (form, "form", REGION, "rehashed RegionId=cn-beijing", "a request with body and hash changed after signing"),
    ):
        probe: Exchange = yield shaped(call, placement=placement, extra=extra, tamper=tamper)
        verdicts.append(refused("Gateway/behavior/header-signed-changed-body", probe, twin, what))
    yield from settled(verdicts)


@check("Gateway/behavior/header-signed-changed-header", signed_only=True)
def changed_header(world: World) -> Flow:
    """RPC-V3-TAMPER-HEADER: headers of every kind, the others being right."""
    call = a_read(world, 1)
    provider = (("x-acs-credentials-provider", "static_ak"),)
    twin: Exchange = yield shaped(call, headers=provider)
    date = next((v for n, v in twin.sent.headers if n.lower() == "x-acs-date"), "")
    verdicts: list[Verdict] = []
    for form, tamper in (
        ({}, "header x-acs-credentials-provider=static_sts"),
        ({}, f"header x-acs-signature-nonce={world.token}-another"),
        ({"skew_seconds": -_SIX_MINUTES}, f"header x-acs-date={date}"),
        ({"also_signed": ("accept",)}, "header accept=*/*"),
    ):
        probe: Exchange = yield shaped(call, headers=provider, tamper=tamper, **form)
        name = tamper.split()[1].split("=")[0]
        what = f"a request with {name} changed after signing"
        verdicts.append(refused("Gateway/behavior/header-signed-changed-header", probe, twin, what))
    probe = yield shaped(call, action="GetProject", tamper=f"header x-acs-action={call.operation}")
    what = "a request with x-acs-action changed after signing"
    verdicts.append(refused("Gateway/behavior/header-signed-changed-header", probe, twin, what))
    yield from settled(verdicts)


@check("Gateway/behavior/header-signed-query-spellings", signed_only=True)
def query_spellings(world: World) -> Flow:
    """RPC-V3-QUERY-ENCODINGS: the spellings of four SDKs."""
    note = (("Note", "a b *(c)~'!' d"),)
    call = a_read(world, 1)
    twin = yield from ask(control(call, extra=note))
    if react(twin).refuses and (yield call).accepted:
        msg = f"{why_unusable(twin)}; the characters are carried by a parameter that no operation has"
        raise BlockedError(msg)
    verdicts: list[Verdict] = []
    for spelling, shown in (("plus", "+ for a blank"), ("raw", "*()'! as they are"), ("lax", "*():/ as they are")):
        probe = yield from ask(shaped(call, extra=note, spelling=spelling))
        text = f"a query verifies that is written with {shown}"
        verdicts.append(accepted("Gateway/behavior/header-signed-query-spellings", probe, twin, text))
    yield from settled(verdicts)


@check("Gateway/behavior/header-signed-chunked", signed_only=True)
def chunked(world: World) -> Flow:
    """RPC-V3-CHUNKED."""
    verdicts: list[Verdict] = []
    for turn in (0, 1):
        call = a_read(world, turn)
        twin = yield from ask(control(call, placement="form"))
        if twin.accepted:
            probe = yield from ask(shaped(call, placement="form", chunked=True))
            text = "a form body in chunks is accepted"
            verdicts.append(accepted("Gateway/behavior/header-signed-chunked", probe, twin, text))
    if not verdicts:
        msg = f"no form body was accepted: {why_unusable(twin)}"
        raise BlockedError(msg)
    yield from settled(verdicts)


@check("Gateway/behavior/host-with-port", signed_only=True)
def host_with_port(world: World) -> Flow:
    """RPC-HOST-PORT: the port of the target's URL or, if it has none, the default port written out.

    No client writes a default port, and what stands before a target on another machine may take it off.
    """
    call = a_read(world)
    probe: Exchange = yield call
    url = urlsplit(probe.sent.url)
    twin = probe
    if url.port is None:
        host = f"{url.hostname}:{443 if url.scheme == 'https' else 80}"
        probe = yield shaped(call, headers=(("host", host),))
    text = "a signed host header with a port verifies"
    verdict = accepted("Gateway/behavior/host-with-port", probe, twin, text, *OF_SIGNATURE)
    if verdict.outcome == "inconclusive" or (verdict.outcome == "violates" and probe is not twin and not world.local):
        msg = f"the target is not found by a host header with a port: {why_unusable(probe)}"
        raise BlockedError(msg)
    yield verdict


@watch("Gateway/behavior/header-signed-security-token", operation="*", scope="any")
def security_token(exchange: Exchange) -> list[Verdict]:
    """RPC-V3-STS: wherever the credentials hold a token."""
    sent = any(n.lower() == _TOKEN for n, _ in exchange.sent.headers)
    if not sent or exchange.call.form.tamper or exchange.answer is None:
        return []
    doubted = matches(exchange.answer.code, _OF_TOKEN)
    if not (doubted or exchange.accepted):
        return []
    verdict = expect(
        "Gateway/behavior/header-signed-security-token",
        not doubted,
        expected="the security token among the signed headers is accepted",
        observed=why_unusable(exchange),
        exchange=exchange,
    )
    return [verdict]
