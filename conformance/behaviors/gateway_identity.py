"""Who signed, when, and whether for the first time: both forms of signature (facts rpc-protocol.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from conformance.checks.probing import BY_PARAMETERS, Judged, a_read, bases, control, in_turn, refused, settled, shaped
from conformance.checks.registry import check
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Steps, Verdict
from conformance.wire.encoding import split_pairs
from conformance.world import World

_PLAIN: dict[str, Any] = {}
_HALF_AN_HOUR = 1800
_YEAR = 365 * 24 * 3600


@check("Gateway/behavior/unknown-key", "Gateway/behavior/unknown-key-status", signed_only=True)
def unknown_key(world: World) -> Flow:
    """RPC-V3-UNKNOWN-KEY, RPC-V3-UNKNOWN-KEY-404."""
    key = {"key_id": f"LTAI5tConformance{world.token}"}
    codes = ("InvalidAccessKeyId.NotFound",)
    what = "an unknown key id"
    verdicts: list[Verdict] = []
    for turn, form in enumerate((_PLAIN, BY_PARAMETERS)):
        call = a_read(world, turn)
        twin: Exchange = yield control(call, **form)
        probe: Exchange = yield shaped(call, **form, **key)
        verdicts.append(refused("Gateway/behavior/unknown-key", probe, twin, what, codes=codes))
        if probe.answer is not None and probe.answer.code in codes:
            verdicts.append(refused("Gateway/behavior/unknown-key-status", probe, twin, what, statuses=(404,)))
    yield from settled(verdicts)


@check("Gateway/behavior/expired-time", signed_only=True)
def expired_time(world: World) -> Flow:
    """RPC-TIME-EXPIRED; far from the border (RPC-9.5)."""
    codes = ("InvalidTimeStamp.Expired",)
    forms = (
        {"skew_seconds": -_HALF_AN_HOUR},
        {"skew_seconds": -_YEAR, "method": "GET"},
        {"skew_seconds": -_HALF_AN_HOUR, **BY_PARAMETERS},
    )
    pairs = [*in_turn(world, forms), *((call, forms[0]) for call in bases(("CreateBinding",), world))]
    yield from settled((yield from _timed("expired-time", pairs, "a time in the past", codes)))


@check("Gateway/behavior/future-time", signed_only=True)
def future_time(world: World) -> Flow:
    """RPC-TIME-FUTURE."""
    ahead = {"skew_seconds": _HALF_AN_HOUR}
    forms = (ahead, {**ahead, **BY_PARAMETERS}, {**ahead, **BY_PARAMETERS, "placement": "form"})
    pairs = [(a_read(world, turn), form) for turn, form in enumerate(forms)]
    yield from settled((yield from _timed("future-time", pairs, "a time half an hour ahead", ())))


@check("Gateway/behavior/malformed-time", signed_only=True)
def malformed_time(world: World) -> Flow:
    """RPC-TIME-FORMAT: the present moment, written otherwise."""
    codes = ("InvalidTimeStamp.Format",)
    forms = (
        {"time": "%Y/%m/%d %H:%M:%S"},
        {"time": "%d.%m.%Y %H:%M", **BY_PARAMETERS},
    )
    pairs = [(a_read(world, turn), form) for turn, form in enumerate(forms)]
    yield from settled((yield from _timed("malformed-time", pairs, "a time that is not ISO 8601", codes)))


def _timed(slug: str, pairs: Iterable[tuple[Call, Mapping[str, Any]]], what: str, codes: tuple[str, ...]) -> Judged:
    verdicts: list[Verdict] = []
    for call, form in pairs:
        now = {name: value for name, value in form.items() if name not in ("skew_seconds", "time")}
        twin: Exchange = yield control(call, **now)
        probe: Exchange = yield shaped(call, **form)
        verdicts.append(refused(f"Gateway/behavior/{slug}", probe, twin, what, codes=codes))
    return verdicts


@check("Gateway/behavior/replayed-nonce", signed_only=True)
def replayed_nonce(world: World) -> Flow:
    """RPC-NONCE-REPLAY: the same bytes within 15 minutes (RPC-9.6), with other requests in between."""
    codes = ("SignatureNonceUsed",)
    forms: tuple[Mapping[str, Any], ...] = (
        {**BY_PARAMETERS, "method": "GET"},
        _PLAIN,
        BY_PARAMETERS,
        {"method": "GET"},
        _PLAIN,
        _PLAIN,
        BY_PARAMETERS,
    )
    sent: list[Exchange] = []
    for turn, (call, form) in enumerate(in_turn(world, forms)):
        sent.append((yield from _signed_once(call, form, f"{turn:08d}{world.token * 7}")))
    verdicts: list[Verdict] = []
    for first in sent:
        time, nonce = _stamp(first)
        again: Exchange = yield shaped(first.call, time=time, nonce=nonce)
        what = "the second of two equal signed requests"
        verdicts.append(refused("Gateway/behavior/replayed-nonce", again, first, what, codes=codes))
    yield from settled(verdicts)


def _signed_once(call: Call, form: Mapping[str, Any], nonce: str) -> Steps:
    """Send a request, that of the SDKs with a nonce of 64 characters; where that is throttled it is not sent again."""
    sent: Exchange
    if not form:
        with suppress(Inconclusive):
            sent = yield shaped(call, nonce=nonce)
            return sent
    sent = yield shaped(call, **form)
    return sent


def _stamp(exchange: Exchange) -> tuple[str, str]:
    """Return the time and the nonce that were signed."""
    sent = exchange.sent
    held = {name.lower(): value for name, value in sent.headers}
    held.update(split_pairs(urlsplit(sent.url).query))
    names = (("x-acs-date", "Timestamp"), ("x-acs-signature-nonce", "SignatureNonce"))
    time, nonce = (held.get(header) or held.get(parameter, "") for header, parameter in names)
    return time, nonce
