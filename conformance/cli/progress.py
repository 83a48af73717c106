"""What is shown while a run goes on, and after it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from conformance.cli.console import PatientConsole
from conformance.plugin import SESSION, open_session
from reports.terminal import print_summary

PLAIN_SECONDS = 5.0

_TELLING = 0.1
"""The share of the cases that have to be done before the time of the others is told."""


class Progress:
    """A pytest plugin in the place of its terminal reporter.

    On a terminal it draws a bar with counts, rate and time left; otherwise it
    prints a line every few seconds, as far as these can be told. `message` is the sentence for a run that
    could not be judged, `report` what was made of one that could.
    """

    def __init__(self, err: PatientConsole, out: PatientConsole) -> None:
        self.message = ""
        self.report: dict[str, Any] | None = None
        self._err = err
        self._out = out
        self._total = 0
        self._done = 0
        self._failed = 0
        self._started = time.monotonic()
        self._next_line = self._started + PLAIN_SECONDS
        self._bar: Bar | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Refuse what cannot be judged before any process is started."""
        try:
            open_session(config)
        except pytest.UsageError as error:
            self.message = str(error)
            return int(pytest.ExitCode.USAGE_ERROR)
        return None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the display once the number of cases is known."""
        if hasattr(session.config, "workerinput"):
            return
        self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Start the display when processes collect the cases."""
        del node
        self._begin(len(ids))

    def _begin(self, total: int) -> None:
        if self._total or not total:
            return
        self._total = total
        self._started = time.monotonic()
        if self._err.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self._err,
                transient=True,
            )
            self._bar.add_task("judging", total=total, rate="")
            self._bar.start()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case that ended."""
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            self._done += 1
            self._failed += report.failed
            self._show()

    def _show(self) -> None:
        seconds = time.monotonic() - self._started
        rate = f"{self._done / seconds:.0f} cases/s" if self._done >= seconds > 0 else ""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done, rate=rate)
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + PLAIN_SECONDS
            parts = (f"{self._done} of {self._total} cases", f"{self._failed} failed", rate, self._left(seconds))
            self._err.print(", ".join(filter(None, parts)), highlight=False, soft_wrap=True)

    def _left(self, seconds: float) -> str:
        """Return how long the rest takes, unless too few are done to tell: those that wait come first."""
        if self._done < _TELLING * self._total:
            return ""
        return f"{(self._total - self._done) * seconds / self._done:.0f} s left"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the reason when the suite itself cannot be collected."""
        if report.failed:
            last = str(report.longrepr).strip().splitlines()[-1]
            self.message = self.message or last.rpartition("pytest.UsageError: ")[2]

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep the last line of an error inside pytest or a plugin."""
        last = [line for line in str(excrepr).strip().splitlines() if line.strip()][-1]
        self.message = self.message or f"a defect of the kit ended the run: {last.strip()}"

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep the sentence with which a run was ended."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.message = self.message or str(excinfo.value.msg)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop the display and print the summary."""
        if self._bar is not None:
            self._bar.stop()
        kept = session.config.stash.get(SESSION, None)
        if kept is None:
            return
        self.message = self.message or kept.unusable
        self.report = kept.report
        if kept.defects and not (kept.report and kept.report["verdict"] == "violates"):
            self.message = self.message or kept.defects[0]
        if self.report is not None:
            print_summary(self.report, self._out)
