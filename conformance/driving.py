"""Driving a flow whose return value matters: greeting, provisioning, cleaning."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from conformance.exchange import Call, Exchange, Step, Wait

R = TypeVar("R")


def drive(flow: Generator[Step, Any, R], send: Callable[[Call], Exchange], sleep: Callable[[float], None]) -> R:
    """Send what `flow` yields, wait when it waits, and return what it returns."""
    received: Exchange | None = None
    while True:
        try:
            step = flow.send(received)
        except StopIteration as stop:
            result: R = stop.value
            return result
        received = None
        if isinstance(step, Wait):
            sleep(step.seconds)
        elif isinstance(step, Call):
            received = send(step)
