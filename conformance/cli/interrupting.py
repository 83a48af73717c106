"""Ctrl-C: the first lets the run end properly, the second ends it at once."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from conformance import __version__
from conformance.holding import INTERRUPTS, hold_interrupts
from conformance.plugin import SESSION
from conformance.session import Session, make_folder, write_report
from conformance.target.urls import harmless
from openapi import load_contract
from reports.model import RunInfo, build_report
from reports.tally import Tally

INTERRUPTED = "the run was interrupted"

_ECHO = 1.0
"""Seconds; `timeout` and its like tell a process and then its whole group, so that it hears of one end twice."""


class Interruption:
    """A pytest plugin that turns an interrupt into a stop of the run.

    What is under way ends, what the run created is removed, and the report
    says that it is not complete. The processes of a run do not hear of an
    interrupt by themselves; they are stopped through their turnstile.
    """

    def __init__(self) -> None:
        self._config: pytest.Config | None = None
        self._times = 0
        self._terminated = 0.0
        self._telling = False
        self._spawning = 0

    @property
    def seen(self) -> bool:
        """Whether there was an interrupt."""
        return self._times > 0

    @property
    def left_at_once(self) -> bool:
        """Whether a run that had begun was interrupted again."""
        return self._times > 1 and self._session is not None

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Heed interrupts while a run goes on."""
        before = {name: signal.signal(name, self._interrupt) for name in INTERRUPTS}
        try:
            hold_interrupts(held=False)
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Know where the session will be."""
        self._config = config

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_setupnodes(self, specs: list[Any]) -> None:
        """Hold interrupts back while processes are started, which inherit that and keep it."""
        self._spawning = len(specs)
        hold_interrupts(held=True)

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_configure_node(self) -> None:
        """Heed interrupts again once every process is started."""
        self._spawning -= 1
        if self._spawning == 0:
            hold_interrupts(held=False)

    @property
    def _session(self) -> Session | None:
        return self._config.stash.get(SESSION, None) if self._config else None

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._is_echo(number):
            return
        kept = self._session
        self._times += 1
        if kept is None or self._times > 1:
            if kept is not None:
                kept.abandon()
            raise KeyboardInterrupt
        self._telling = True
        kept.stop(INTERRUPTED)
        shown = sys.__stderr__ or sys.stderr  # pytest keeps the other one for itself
        print("conformance: stopping; interrupt again to leave at once", file=shown)  # a user waits
        self._telling = False

    def _is_echo(self, number: int) -> bool:
        """Return whether an interrupt is the one before, told once more."""
        now = time.monotonic()
        echo = number == signal.SIGTERM and now - self._terminated < _ECHO
        self._terminated = now if number == signal.SIGTERM else self._terminated
        return self._telling or echo


def write_unbegun_report(given: Mapping[str, Any]) -> None:
    """Write the report of a run that was interrupted before it began.

    Raises UnusableError or ContractError where that cannot be done.
    """
    contract = load_contract(Path(given["contract"]) if given["contract"] else None)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    info = RunInfo(
        kit_version=__version__,
        target_name=harmless(given["target"] or "embedded emulator"),
        target_version="",
        started=now,
        finished=now,
        profile=given["profile"],
        seed=given["seed"],
        workers=1,
        wall_seconds=0.0,
        complete=False,
        operations=frozenset(),
        ended=INTERRUPTED,
    )
    folder = Path(given["report"])
    make_folder(folder)
    write_report(build_report(contract, Tally(), info), folder)
