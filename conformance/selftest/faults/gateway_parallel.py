"""Faults that show only while several requests are under way.

Each holds a request up for a moment, as a server that works does, so that
others come in meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from conformance.checks.probing import READS
from conformance.selftest.faults._gateway import Hooks, amended, gateway
from emulator import Answer, Call, Emulator
from emulator.errors import ApiError

_WORK_SECONDS = 0.002


def _working(call: Call, emulator: Emulator) -> None:
    del call, emulator
    time.sleep(_WORK_SECONDS)


def _under_load(call: Call, emulator: Emulator) -> bool:
    return call.action in READS and emulator.under_way > 1


def _shared(take: Callable[[Answer, Answer], Answer]) -> Callable[[], Hooks]:
    """Make a fault in which something of an answer stays for the next one that is under way."""

    def make() -> Hooks:
        last: Answer | None = None

        def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
            nonlocal last
            left, last = last, answer
            return take(left, answer) if left is not None and _under_load(call, emulator) else answer

        return _working, after

    return make


def _body_of(left: Answer, answer: Answer) -> Answer:
    return amended(replace(left, headers=answer.headers), RequestId=answer.payload["RequestId"])


def _id_of(left: Answer, answer: Answer) -> Answer:
    named = {**answer.headers, "x-acs-request-id": str(left.payload["RequestId"])}
    return amended(replace(answer, headers=named), RequestId=left.payload["RequestId"])


gateway("shared-buffer", "parallel-reads", "A read among others gets the answer of the one before it.")(
    _shared(_body_of)
)
gateway("shared-request-id", "request-id-differs", "A read among others has the RequestId of the one before it.")(
    _shared(_id_of)
)


def _lost() -> Hooks:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        gone = ApiError(404, "ResourceNotFound", "The specified resource is not found.")
        return emulator.refuse(call, gone) if _under_load(call, emulator) else answer

    return _working, after


gateway("lost-under-load", "parallel-reads", "A read among others finds nothing.")(_lost)
