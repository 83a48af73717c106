"""Starting pytest for `conformance run`, untouched by the user's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.console import PatientConsole
from conformance.cli.interrupting import INTERRUPTED, Interruption, write_unbegun_report
from conformance.cli.output import unwritable
from conformance.cli.progress import Progress
from conformance.cli.step_summary import add_step_summary
from conformance.holding import hold_interrupts
from conformance.session import UnusableError
from openapi import ContractError

_HOME = Path(__file__).resolve().parent.parent
_VALUES = (
    *("target", "report", "profile", "seed", "max_requests", "rate", "tier", "wait", "contract"),
    *("waivers", "write_waivers", "baseline", "shard", "example_database"),
)
_FLAGS = ("yes_create", "strict")
_UNUSED = {"logging": "--log", "warnings": "-W"}
"""Plugins of pytest that cost a tenth of a run, by the beginning of the options that ask for them."""

_LEFT = (
    f"{INTERRUPTED} twice and left at once, without a report; what it made may remain: 'conformance clean' with its "
    "journal removes it"
)
_CLEARED = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def launch(given: Mapping[str, Any]) -> tuple[int, str]:
    """Run the suite with the options of the command.

    Returns the exit code, and a sentence when the run could not be judged.
    """
    for name in _CLEARED:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    progress, interruption = Progress(PatientConsole(stderr=True), PatientConsole()), Interruption()
    try:
        with interruption.heeded():
            code = pytest.main([*_arguments(given)], plugins=[progress, interruption])
    except KeyboardInterrupt:  # before pytest could turn it into an exit code
        code = pytest.ExitCode.INTERRUPTED
    except OSError as error:
        return 2, unwritable(error)
    if interruption.seen and progress.report is None and not progress.message:
        return (2, _LEFT) if interruption.left_at_once else _unbegun(given)
    if progress.message:
        return 2, progress.message
    if progress.report is None:
        return 2, f"nothing was judged (pytest ended with status {int(code)})"
    if problem := add_step_summary(progress.report):
        PatientConsole(stderr=True).print(f"conformance: {problem}", markup=False, highlight=False, soft_wrap=True)
    return int(code), ""


def _unbegun(given: Mapping[str, Any]) -> tuple[int, str]:
    """Say that a run was interrupted before anything was sent, in its report too."""
    hold_interrupts(held=True)  # to the end, which is near
    try:
        if given["report"]:
            write_unbegun_report(given)
    except (UnusableError, ContractError) as error:
        return 2, f"{INTERRUPTED}; {error}"
    return 2, f"{INTERRUPTED} before anything was sent"


def _arguments(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield pytest's arguments: our ini file, our root, our plugins only."""
    yield from ("-c", str(_HOME / "suite.ini"), "--rootdir", str(_HOME), "--noconftest")
    yield from ("-p", "conformance.plugin", "-p", "xdist.plugin", "-p", "no:terminal")
    yield "--capture=sys"  # that of file descriptors takes a twentieth of the time of rows
    yield from ("-p", "no:unraisableexception", "-p", "no:threadexception")  # they collect garbage for long at the end
    for plugin, option in _UNUSED.items():
        if not any(argument.startswith(option) for argument in given["pytest_args"]):
            yield from ("-p", f"no:{plugin}")
    yield from ("--import-mode", "importlib", "-o", f"cache_dir={Path.cwd() / '.conformance_cache'}")
    for name in _VALUES:
        if given[name] is not None:
            yield f"--conformance-{name.replace('_', '-')}={given[name]}"
    for name in _FLAGS:
        if given[name]:
            yield f"--conformance-{name.replace('_', '-')}"
    for name in ("select", "case"):
        for value in given[name]:
            yield f"--conformance-{name}={value}"
    yield from _pytest_own(given)
    yield str(_HOME / "test_contract.py")


def _pytest_own(given: Mapping[str, Any]) -> Iterator[str]:
    if given["workers"]:
        # A run that has lost a process is not complete, and pytest-xdist may wait for ever for a new one in its place.
        yield from ("-n", given["workers"], "--dist", "loadgroup", "--max-worker-restart", "0")
    if given["keyword"]:
        yield from ("-k", given["keyword"])
    if given["exitfirst"]:
        yield "-x"
    if given["lf"]:
        yield "--lf"
    if given["junitxml"]:
        yield f"--junitxml={given['junitxml']}"
    yield from given["pytest_args"]
