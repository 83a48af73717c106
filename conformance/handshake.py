"""The first exchanges of a run: who is there, and does it verify signatures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from conformance.exchange import Call, Exchange, Form, Step
from conformance.judge.reaction import Reaction, react, summarize
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


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the first exchanges told: whether signatures are judged, and why."""

    verifies: bool
    note: str


def greet(services: frozenset[str], mode: SignatureMode) -> Generator[Step, Any, Handshake]:
    """Talk to each service once, then see how wrong signatures fare.

    Raises TargetError if nothing answers or the credentials are refused.
    """
    first: Exchange | None = None
    for operation, service in (("GetTask", "imm"), ("GetUrlUploadInfos", "ice")):
        if service not in services:
            continue
        call = Call(operation, _PROBES[operation])
        exchange: Exchange = yield call
        _refuse_unusable(exchange)
        first = first or exchange
    assert first is not None
    if mode != "auto":
        verifies = mode == "verify"
        return Handshake(verifies, "as the target file says")
    for form in _FORMS:
        probe: Exchange = yield replace(first.call, form=form)
        if _refused_for_identity(probe) and not _refused_for_identity(first):
            return Handshake(verifies=True, note="")
    return Handshake(
        verifies=False,
        note="the target takes an unknown key, a wrong signature and an unsigned request",
    )


def _refused_for_identity(exchange: Exchange) -> bool:
    if react(exchange) is Reaction.AUTHENTICATION:
        return True
    return exchange.answer is not None and exchange.answer.status in (401, 403)


def _refuse_unusable(exchange: Exchange) -> None:
    if exchange.answer is None:
        usable = "usable " if exchange.failed in ("oversized", "untrusted") else ""
        msg = f"no {usable}answer from {exchange.sent.url.split('?')[0]}: {exchange.failure}"
        raise TargetError(msg)
    if react(exchange) is Reaction.AUTHENTICATION:
        msg = (
            f"the target refuses the credentials: {summarize(exchange)}; give an access key in "
            "[credentials] or in ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
        )
        raise TargetError(msg)
