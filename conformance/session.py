"""The kit inside a pytest session: one per process, joined on the controller."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.checks.registry import Case, hearings, watches
from conformance.kit import Kit
from conformance.planning import all_cases
from conformance.rooms import ForeignPackageError, check_rooms
from conformance.settings import Settings
from conformance.target import TIERS, TargetError
from openapi import ContractError
from reports.junit import write_junit
from reports.model import RunInfo, build_report
from reports.tally import Tally
from reports.terminal import print_summary
from reports.verdict import exit_code


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
        self._left: set[str] | None = None
        self._lost: list[str] = []
        self._defects: list[str] = []
        self.defects: list[str] = []
        self._workers = 1
        try:
            check_rooms()
            self.kit = Kit(settings_of(config))
        except (TargetError, ContractError, ForeignPackageError) as error:
            raise UnusableError(str(error)) from None
        if config.getoption("conformance_report") and self.is_controller:
            make_folder(Path(config.getoption("conformance_report")))
        self._tally = Tally()
        self._done: set[str] = set()
        self._left_out = dict(self.kit.plan.left_out)
        self._cut: list[str] = []
        self._notes: list[str] = []
        self._remaining: list[str] = []

    @property
    def is_worker(self) -> bool:
        """Whether this process was started by pytest-xdist."""
        return hasattr(self.config, "workerinput")

    @property
    def is_controller(self) -> bool:
        """Whether this process makes the report."""
        return not self.is_worker and not self.config.option.collectonly

    def run(self, case: Case) -> None:
        """Run one case; fails the test on a broken MUST, skips what is not judged."""
        __tracebackhide__ = True
        if self.unusable:
            pytest.skip(self.unusable)
        try:
            result = self.kit.run(case)
        except TargetError as error:
            self.unusable = str(error)
            pytest.exit(self.unusable, returncode=2)
        self._done.add(case.id)
        broken = [
            f"{name}: expected {f.expected}; observed {f.observed}\n    {f.rerun}"
            for name, f in result.violations.items()
            if self.kit.contract.ledger[name].must or self.strict
        ]
        if broken:
            pytest.fail("\n".join(broken), pytrace=False)
        if result.unjudged:
            pytest.skip(result.unjudged)

    def note_defect(self, case: str, error: str) -> None:
        """Keep a defect of the kit, which is an error and never an outcome."""
        self._defects.append(f"a defect of the kit ended {case}: {error.splitlines()[-1]}")

    def finish(self) -> dict[str, Any]:
        """Clean up in a process that sent requests; return what it has seen."""
        if not self.unusable:
            try:
                self.kit.finish()
            except TargetError as error:
                self.unusable = str(error)
        notes = [self.kit.handshake.note] if self.kit.handshake and self.kit.handshake.note else []
        output = {
            "tally": self.kit.tally.to_json(),
            "done": sorted(self._done),
            "left_out": self.kit.plan.left_out,
            "cut": self.kit.cut,
            "unusable": self.unusable,
            "notes": notes,
            "remaining": self.kit.remaining,
            "defects": self._defects,
        }
        if not self.is_worker:
            self._take(output)
        return output

    def absorb(self, output: dict[str, Any] | None, error: object) -> None:
        """Add what a worker has seen; a worker without output makes the run incomplete."""
        self._workers = max(self._workers, int(self.config.option.numprocesses or 1))
        if output is None:
            self._lost.append(str(error or "a worker ended without a result"))
            return
        self._take(output)

    def _take(self, output: dict[str, Any]) -> None:
        self._tally.merge(Tally.from_json(output["tally"]))
        self._done.update(output["done"])
        self._left_out.update(output["left_out"])
        self._cut.extend(output["cut"])
        self.unusable = self.unusable or output["unusable"]
        self.defects.extend(output["defects"])
        self._notes.extend(n for n in output["notes"] if n not in self._notes)
        self._remaining.extend(output["remaining"])

    def conclude(self, session: pytest.Session) -> None:
        """Make the report, write it if asked, and set pytest's exit status."""
        if self.unusable or not self._tally.requests:
            session.exitstatus = 2
            return
        missing = [c.id for c in self.kit.plan.cases if c.id not in self._done]
        interrupted = bool(self._lost or self.defects) or session.exitstatus in (2, 3)
        self._notes.extend([*self._lost, *self.defects])
        self._explain_missing(missing)
        self.report = build_report(self.kit.contract, self._tally, self._info(complete=not interrupted))
        folder = self.config.getoption("conformance_report")
        if folder:
            try:
                write_report(self.report, Path(folder))
            except UnusableError as error:
                self.unusable = str(error)
                session.exitstatus = 2
                return
        broken_should = sum(r["outcome"] == "violates" and r["level"] == "SHOULD" for r in self.report["requirements"])
        session.exitstatus = exit_code(self.report["verdict"], strict=self.strict, broken_should=broken_should)

    def _explain_missing(self, missing: list[str]) -> None:
        """Give the requirements of cases that pytest left out a reason."""
        known = {c.id: c for c in self.kit.plan.cases}
        for case in missing:
            for requirement in known[case].requirements:
                self._left_out.setdefault(requirement, "deselected in pytest")

    def _info(self, *, complete: bool) -> RunInfo:
        kit = self.kit
        return RunInfo(
            kit_version=__version__,
            target_name=kit.target.name,
            target_version=kit.target.version,
            started=self._started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            profile=kit.settings.profile,
            seed=kit.settings.seed,
            workers=self._workers,
            wall_seconds=time.monotonic() - self._clock,
            complete=complete,
            operations=kit.plan.operations,
            left_out=self._left_out,
            cut=tuple(self._cut),
            checkable=checkable(kit),
            notes=tuple(self._notes),
            remaining=tuple(self._remaining),
        )

    def summarize(self, terminalreporter: Any) -> None:
        """Print the summary below pytest's own output."""
        from rich.console import Console  # only for people

        assert self.report is not None
        terminalreporter.section("conformance")
        console = Console(file=terminalreporter._tw._file, width=terminalreporter._tw.fullwidth)  # no public way
        print_summary(self.report, console)


def checkable(kit: Kit) -> frozenset[str]:
    """Return the ids of all requirements that some check can settle."""
    active = {r for case in all_cases(kit.contract.directory, kit.settings.profile) for r in case.requirements}
    heard = {r for hearing in hearings() for r in hearing.requirements}
    return frozenset(active | heard | {w.requirement for w in watches()})


def settings_of(config: pytest.Config) -> Settings:
    """Read the settings from pytest's options.

    Raises TargetError for an option with a wrong value.
    """
    option = config.getoption
    tier = option("conformance_tier")
    if tier is not None and tier not in TIERS:
        msg = f"tier '{tier}' is not one of {', '.join(TIERS)}"
        raise TargetError(msg)
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
    )


def _journal_path(config: pytest.Config) -> Path:
    """Return the file of this process's journal, beside the report or in the working folder."""
    folder = Path(config.getoption("conformance_report") or config.invocation_params.dir)
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    return folder / f"conformance-journal-{os.getpid()}-{worker}.jsonl"


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
    """Write `report.json` and `junit.xml` into `folder`.

    Raises UnusableError if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report, indent=1, ensure_ascii=True)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        write_junit(report, folder / "junit.xml")
    except OSError as error:
        msg = f"--report '{folder}' cannot be written: {error.strerror}"
        raise UnusableError(msg) from None
