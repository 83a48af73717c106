"""Driving a Hypothesis test as a flow, so that it too does no I/O of its own.

Hypothesis calls a test from the inside out; a flow is asked from the outside
in. The test runs in a thread of its own and hands each step over.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait

_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class _Done:
    error: BaseException | None


class ClosedError(Exception):
    """The flow was given up while the test was asking."""


class Bridge:
    """What the test in the thread talks to: `ask` a call, `wait` a while."""

    def __init__(self) -> None:
        self._steps: queue.Queue[Step | _Done] = queue.Queue(1)
        self._answers: queue.Queue[Exchange | ClosedError | None] = queue.Queue(1)

    def ask(self, call: Call) -> Exchange:
        """Have a call sent and return the exchange."""
        received = self._hand_over(call)
        assert isinstance(received, Exchange)
        return received

    def wait(self, wait: Wait) -> None:
        """Let time pass on the target's clock."""
        self._hand_over(wait)

    def _hand_over(self, step: Step) -> Exchange | None:
        self._steps.put(step)
        received = self._answers.get(timeout=_PATIENCE)
        if isinstance(received, ClosedError):
            raise received
        return received

    def drive(self, test: Callable[[], None]) -> Generator[Step, Any, None]:
        """Run `test` and yield what it hands over; raise what it raises."""

        def body() -> None:
            error: BaseException | None = None
            try:
                test()
            except BaseException as raised:  # it is raised again in the flow
                error = raised
            self._steps.put(_Done(error))

        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        while True:
            step = self._steps.get(timeout=_PATIENCE)
            if isinstance(step, _Done):
                thread.join()
                if step.error is not None:
                    raise step.error
                return
            try:
                received = yield step
            except BaseException:
                self._answers.put(ClosedError())
                raise
            self._answers.put(received)
