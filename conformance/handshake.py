"""The first exchanges of a run: who is there, and does it verify signatures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from conformance.exchange import Answer, Call, Exchange, Form, Step
from conformance.judge.reaction import Reaction, is_denied, matches, react, summarize, why_unusable
from conformance.target.config import SignatureMode, TargetError

_PROBES: dict[str, dict[str, Any]] = {
    "GetTask": {"ProjectName": "conformance-probe", "TaskType": "FileCompression", "TaskId": "none"},
    "GetUrlUploadInfos": {"JobIds": ["00000000000000000000000000000000"]},
}
_FORMS = (
    Form(key_id="conformance-unknown-key"),
    Form(tamper="signature"),
    Form(signature="none"),
)
_WRONG_TIME = ("InvalidTimeStamp*", "IllegalTimestamp")
"""Codes for a request whose time is not the target's (rpc-protocol.md 7)."""


def is_greeting(call: Call) -> bool:
    """Return whether a call is the first to its service, which shows whether the key is the right one."""
    return dict(call.params) == _PROBES.get(call.operation)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the first exchanges told: whether signatures are judged, and why."""

    verifies: bool
    note: str


def greet(services: frozenset[str], mode: SignatureMode) -> Generator[Step, Any, Handshake]:
    """Talk to each service once, then see how wrong signatures fare.

    A key may be denied what the kit asks here and allowed what a run needs.
    Raises TargetError if nothing answers or the credentials are refused.
    """
    met: list[Exchange] = []
    for operation, service in (("GetTask", "imm"), ("GetUrlUploadInfos", "ice")):
        if service not in services:
            continue
        exchange: Exchange = yield Call(operation, _PROBES[operation])
        yield from _refuse_unusable(exchange)
        met.append(exchange)
    note = "; ".join(why_unusable(exchange) for exchange in met if is_denied(exchange))
    if mode != "auto":
        verifies = mode == "verify"
        return Handshake(verifies, "as the target file says")
    # Who looks at a signature last shows it on what is accepted only.
    for known in sorted(met, key=lambda exchange: not exchange.accepted):
        for form in _FORMS:
            probe: Exchange = yield replace(known.call, form=form)
            if _refused_for_identity(probe) and not _alike(probe, known):
                return Handshake(verifies=True, note=note)
    return Handshake(
        verifies=False,
        note="the target takes an unknown key, a wrong signature and an unsigned request",
    )


def _refused_for_identity(exchange: Exchange) -> bool:
    if react(exchange) is Reaction.AUTHENTICATION:
        return True
    return exchange.answer is not None and exchange.answer.status in (401, 403)


def _alike(one: Exchange, other: Exchange) -> bool:
    """Whether two requests were answered with the same status and Code."""
    return one.answer is not None and other.answer is not None and _outcome(one.answer) == _outcome(other.answer)


def _outcome(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


def _refuse_unusable(exchange: Exchange) -> Generator[Step, Any, None]:
    """Raise TargetError unless the key is known.

    One that is only denied fares otherwise than a stranger, or, where no key
    is looked at, otherwise with a request that names nothing that may be denied.
    """
    undecoded = exchange.answer.undecoded if exchange.answer else ""
    if exchange.answer is None or undecoded:
        usable = "usable " if undecoded or exchange.failed in ("oversized", "untrusted") else ""
        msg = f"no {usable}answer from {exchange.sent.url.split('?')[0]}: {exchange.failure or undecoded}"
        raise TargetError(msg)
    if react(exchange) is not Reaction.AUTHENTICATION:
        return
    if is_denied(exchange):
        for other in (replace(exchange.call, form=_FORMS[0]), replace(exchange.call, params={})):
            told: Exchange = yield other
            if not _alike(told, exchange):
                return
    msg = (
        f"the target refuses the credentials: {summarize(exchange)}, to a request with the header signature (V3); "
        f"{_advice(exchange.answer)}"
    )
    raise TargetError(msg)


def _advice(answer: Answer) -> str:
    """Return what a user can do about credentials that are refused."""
    if matches(answer.code, _WRONG_TIME):
        told = answer.headers.get("date", "")
        return f"set the clock of this machine, or the target's{f', which says {told}' if told else ''}"
    return "give its access key in [credentials] or in ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
