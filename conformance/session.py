"""The kit inside a pytest session: one per process, joined on the controller."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.registry import Case
from conformance.evidence.runrecord import RunRecord
from conformance.gathering import Ending, Gathered, seen_by
from conformance.gating import Gate, GateError
from conformance.journal import JournalError
from conformance.kit import Kit
from conformance.planning import why_empty
from conformance.settings import Settings
from conformance.sharding import read_shard
from conformance.target import TIERS, TargetError
from openapi import ContractError
from reports.renderings import write_folder
from reports.runlog import LogError
from reports.tally import Finding
from reports.terminal import print_summary
from reports.text import line
from reports.waivers import WaiverError, read_waivers

_LONGEST = 4000
_MAIN = "main"
_NOTHING = "nothing was sent to the target, and nothing was judged"
_COLLECTED = (50_000, 20, 100)
"""Fewer looks for garbage than Python takes by itself: they cost a twelfth of a run, and it leaves little."""
SHARED = "conformance_shared"
"""The key under which a worker process finds the file that all share."""

JOURNAL = "conformance_journal"
"""The key under which it finds where to keep its journal, so that others know of it when the process is lost."""

RECALLED = "conformance_recalled"
"""The key under which it finds what failed before, so that all collect the same cases in the same order."""


class UnusableError(Exception):
    """The run cannot begin or go on; the text is for the user."""


class Session:
    """Runs cases in this process and, on the controller, makes the report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.strict = bool(config.getoption("conformance_strict"))
        self.report: dict[str, Any] | None = None
        self.unusable = ""
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._lost: list[str] = []
        self._left: list[str] = []
        self._defects: list[str] = []
        self._workers = 1
        self._done: set[str] = set()
        self._folder = Path(folder) if (folder := config.getoption("conformance_report")) else None
        if self._folder and self.is_controller:
            make_folder(self._folder)
        part = getattr(config, "workerinput", {}).get("workerid", "")
        self._log = RunRecord(self._folder if self.is_worker or self.is_controller else None, part)
        try:
            self._gate = Gate.of(config.getoption("conformance_baseline"), self._drafted)
        except GateError as error:
            raise UnusableError(str(error)) from None
        self._heeding(self._log.claim)  # a baseline may be what was in the folder
        try:
            self.shared_file = _shared_file(config)
            recalled = getattr(config, "workerinput", {}).get(RECALLED, {}) if self.is_worker else None
            self.kit = Kit(settings_of(config), recorder=self._log.recorder, shared=self.shared_file, recalled=recalled)
        except (TargetError, ContractError, WaiverError) as error:
            self._log.release()
            raise UnusableError(str(error)) from None
        self._heeding(partial(self._log.begin, self.kit, self._started.isoformat(timespec="seconds")))
        self._seen = Gathered(left_out=dict(self.kit.plan.left_out))
        gc.freeze()  # the contract and the plan stay until the end
        gc.set_threshold(*_COLLECTED)

    @staticmethod
    def _heeding(step: Callable[[], None]) -> None:
        """Take a step of the log. Raises UnusableError if its folder cannot be used."""
        try:
            step()
        except (LogError, OSError) as error:
            raise UnusableError(str(error)) from None

    @property
    def defects(self) -> list[str]:
        """The defects of the kit that all processes met, as sentences."""
        return self._seen.defects

    @property
    def _drafted(self) -> str | None:
        """The file to draft waivers in; one process writes it."""
        return self.config.getoption("conformance_write_waivers") if self.is_controller else None

    @property
    def is_worker(self) -> bool:
        """Whether this process was started by pytest-xdist."""
        return hasattr(self.config, "workerinput")

    @property
    def is_controller(self) -> bool:
        """Whether this process makes the report."""
        return not self.is_worker and not self.config.option.collectonly

    def look_ahead(self, cases: Sequence[Case]) -> None:
        """Allow that the kit judges cases while others wait, unless the first that fails may end the run."""
        if not self.config.getoption("maxfail"):
            self.kit.look_ahead(cases)

    def run(self, case: Case) -> None:
        """Run one case; fails the test on a broken MUST, skips what is not judged."""
        __tracebackhide__ = True
        if self.unusable:
            pytest.skip(self.unusable)
        try:
            result = self.kit.run(case)
        except (TargetError, JournalError, LogError) as error:
            self.unusable = str(error)
            pytest.exit(self.unusable, returncode=2)
        self._done.add(case.id)
        broken = [
            f"{name}: {line(f'expected {f.expected}; observed {f.observed}', _LONGEST)}\n    {line(f.rerun)}"
            for name, f in result.violations.items()
            if (self.kit.contract.ledger[name].must or self.strict) and not self._is_waived(name, f)
        ]
        if broken:
            pytest.fail("\n".join(broken), pytrace=False)
        if result.unjudged:
            pytest.skip(result.unjudged)

    def _is_waived(self, requirement: str, finding: Finding) -> bool:
        day = self._started.date().isoformat()
        return any(w.covers(requirement, finding.observed, day) for w in self.kit.settings.waivers)

    def note_defect(self, case: str, error: str) -> None:
        """Keep a defect of the kit, which is an error and never an outcome."""
        self._defects.append(f"a defect of the kit ended {case}: {error.splitlines()[-1]}")

    def finish(self) -> dict[str, Any]:
        """Clean up in a process that sent requests; return what it has seen."""
        try:
            self.kit.finish()
        except (TargetError, JournalError, LogError) as error:
            self.unusable = self.unusable or str(error)
        output = seen_by(self.kit, self._done, self._defects, self.unusable)
        if not self.is_worker:
            self._take(output)
        return output

    def absorb(self, node: str, output: dict[str, Any] | None, error: object) -> None:
        """Add what a worker has seen; a worker without output makes the run incomplete."""
        self._workers = max(self._workers, int(self.config.option.numprocesses or 1))
        try:
            if output is None:
                self._recover(self._log.read_part(node))
            self._log.join(node)
        except (LogError, OSError) as damage:
            self._lost.append(str(damage))
        if output is None:
            self._lost.append(str(error or "a worker ended without a result"))
            self._tell_of(self._journal_of(node))
            return
        self._take(output)

    def _journal_of(self, node: str) -> Path | None:
        """Return where a process keeps its journal."""
        own = self.kit.settings.journal
        return own and own.with_stem(own.stem.replace(_MAIN, node))

    def _tell_of(self, journal: Path | None) -> None:
        """Say that what a lost process made may remain, unless it had removed it and its journal with it."""
        if journal and journal.exists():
            self._left.append(f"what a lost process made may remain; 'conformance clean {journal}' removes it")

    def _recover(self, lines: list[dict[str, Any]]) -> None:
        """Judge what a process that was lost had logged, so that no finding of it is lost too.

        Raises LogError if that is not possible.
        """
        from conformance.evidence.playback import DisagreesError  # only where a process is lost
        from conformance.evidence.rejudging import judging_again, replay  # as above

        try:
            with judging_again():
                if lines:
                    settings = replace(self.kit.settings, journal=None)  # that of the lost process stays as it is
                    replay(lines, settings, self.kit.target, self._seen)
        except DisagreesError as error:
            raise LogError(str(error)) from None

    def _take(self, output: dict[str, Any]) -> None:
        self._seen.take(output)
        self.unusable = self.unusable or output["unusable"]

    def conclude(self, session: pytest.Session, *, failed_beside: bool) -> None:
        """Make the report, write it if asked, and set pytest's exit status.

        `failed_beside` says that a test of the user's own failed, which a target that conforms does not hide.
        """
        self._forget_shared()
        self.unusable = self.unusable or self._why_nothing_was_judged(session)
        if self.unusable or not (self._seen.tally.requests or self._seen.ended):
            self._report_nothing()
            session.exitstatus = 2
            return
        broken_off = bool(session.shouldfail or session.shouldstop)  # as by -x
        ending = self._ending(interrupted=broken_off or session.exitstatus in (2, 3))
        self.report = report = self._seen.report(self.kit, ending)
        try:
            if self._folder:
                write_report(report, self._folder)
                self._log.end(report, self._seen, ending)
            self._gate.write_draft(report, strict=self.strict)
            code = self._gate.exit_code(report, strict=self.strict)
            session.exitstatus = code or int(failed_beside)
        except (UnusableError, GateError, LogError, OSError) as error:
            self.unusable = str(error)
            session.exitstatus = 2

    def _report_nothing(self) -> None:
        """Write the report of a run that could not judge, if there is a reason: one that was broken off has none."""
        self._seen.ended = self._seen.ended or self.unusable
        if self._folder and self.unusable:
            with suppress(UnusableError):
                write_report(self._seen.report(self.kit, self._ending(interrupted=True)), self._folder)
        self._log.release()

    def equip(self, workerinput: dict[str, Any]) -> None:
        """Give a worker process what it shares with the others."""
        workerinput[SHARED] = str(self.shared_file)
        workerinput[JOURNAL] = str(self._journal_of(workerinput["workerid"]))
        workerinput[RECALLED] = dict(self.kit.recalled)

    def stop(self, why: str) -> None:
        """Let the run end as soon as what is under way has ended, and say why."""
        self.kit.turnstile.stop(why)

    def abandon(self) -> None:
        """Clean up nothing either; the journal stays."""
        self.kit.abandoned = True

    def _why_nothing_was_judged(self, session: pytest.Session) -> str:
        """Return why no case was judged: there was none, or the budget ended before the first; or an empty text."""
        seen, kit = self._seen, self.kit
        if not kit.plan.cases:
            return f"{_NOTHING}: {why_empty(kit.contract, kit.target, kit.settings)}"
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not seen.tally.requests:
            by = f"-k '{keyword}'" if (keyword := self.config.getoption("keyword")) else "what pytest was told"
            return f"{_NOTHING}: {by} leaves none of the {len(kit.plan.cases)} cases of the plan"
        return seen.ended if seen.ended.startswith("max_requests") and seen.done <= set(seen.cut) else ""

    def _forget_shared(self) -> None:
        if self.shared_file is not None:
            shutil.rmtree(self.shared_file.parent, ignore_errors=True)

    def _ending(self, *, interrupted: bool) -> Ending:
        return Ending(
            started=self._started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            wall_seconds=round(time.monotonic() - self._clock, 3),
            workers=self._workers,
            lost=tuple(self._lost),
            interrupted=interrupted,
            left=tuple(self._left),
        )

    def summarize(self, terminalreporter: Any) -> None:
        """Print the summary below pytest's own output."""
        from rich.console import Console  # only for people

        assert self.report is not None
        terminalreporter.section("conformance")
        console = Console(file=terminalreporter._tw._file, width=terminalreporter._tw.fullwidth)  # no public way
        print_summary(self.report, console)


def settings_of(config: pytest.Config) -> Settings:
    """Read the settings from pytest's options.

    Raises TargetError for an option with a wrong value, WaiverError for a
    waiver file that cannot be used.
    """
    option = config.getoption
    tier = option("conformance_tier")
    if tier is not None and tier not in TIERS:
        msg = f"tier '{tier}' is not one of {', '.join(TIERS)}"
        raise TargetError(msg)
    try:
        shard = read_shard(option("conformance_shard"))
    except ValueError as error:
        raise TargetError(str(error)) from None
    return Settings(
        target=option("conformance_target"),
        contract=option("conformance_contract"),
        select=tuple(option("conformance_select")),
        cases=tuple(option("conformance_case")),
        profile=option("conformance_profile"),
        seed=option("conformance_seed"),
        max_requests=option("conformance_max_requests"),
        rate=option("conformance_rate"),
        tier=tier,
        yes_create=option("conformance_yes_create"),
        wait=option("conformance_wait"),
        journal=_journal_path(config),
        waivers=read_waivers(Path(waivers)) if (waivers := option("conformance_waivers")) else (),
        shard=shard,
        example_database=option("conformance_example_database"),
    )


def _shared_file(config: pytest.Config) -> Path | None:
    """Return the file by which processes share their budget; None if there is but one."""
    given = getattr(config, "workerinput", {}).get(SHARED)
    if given:
        return Path(given)
    several = getattr(config.option, "tx", None) or getattr(config.option, "numprocesses", None)
    return Path(tempfile.mkdtemp(prefix="conformance-")) / "shared" if several else None


def _journal_path(config: pytest.Config) -> Path:
    """Return the file of this process's journal, beside the report or in the working folder."""
    if given := getattr(config, "workerinput", {}).get(JOURNAL):
        return Path(given)
    folder = Path(config.getoption("conformance_report") or config.invocation_params.dir)
    return folder / f"conformance-journal-{os.getpid()}-{_MAIN}.jsonl"


def make_folder(folder: Path) -> None:
    """Make the folder of a report, so that a wrong one shows before anything is sent.

    Raises UnusableError if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--report '{folder}' cannot be written: {error.strerror}"
        raise UnusableError(msg) from None


def write_report(report: dict[str, Any], folder: Path) -> None:
    """Write `report.json`, `report.html` and `junit.xml` into `folder`.

    Raises UnusableError if the folder cannot be written.
    """
    try:
        write_folder(report, folder)
    except OSError as error:
        msg = f"--report '{folder}' cannot be written: {error.strerror}"
        raise UnusableError(msg) from None
