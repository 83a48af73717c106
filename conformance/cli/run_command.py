"""`conformance run`: one run, one verdict."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from conformance.cli.main import fail
from conformance.cli.output import flush_output
from conformance.holding import hold_interrupts
from conformance.outputs import why_unwritable


def _finite(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse infinity and what is no number, which lie in no range and in every one."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.", param=parameter)
    return value


def _processes(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what pytest-xdist would take for another number of processes, or not at all."""
    if value is not None and value not in ("auto", "logical") and not (value.isascii() and value.isdigit()):
        raise click.BadParameter(f"{value!r} is neither a number of processes nor 'auto'.", param=parameter)
    return value


@click.command(
    "run",
    context_settings={"ignore_unknown_options": False},
    epilog="What follows '--' goes to pytest. Exit codes: 0 conforms, 1 violates, 2 could not judge.",
)
@click.option("--target", help="URL, module:app or TOML file (default: the embedded emulator).")
@click.option("--report", metavar="DIR", help="Folder for report.json, report.html, run.jsonl and junit.xml.")
@click.option("--select", multiple=True, metavar="GLOB", help="Only requirements whose id matches; repeatable.")
@click.option("--case", multiple=True, metavar="ID", help="Only this case; repeatable.")
@click.option("--profile", type=click.Choice(["smoke", "standard", "thorough"]), default="standard")
@click.option("--seed", type=int, default=0, help="Seed of what is drawn.")
@click.option("-n", "workers", metavar="N", callback=_processes, help="Processes (a number or 'auto').")
@click.option("--max-requests", type=click.IntRange(1), help="Never send more requests than this.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), callback=_finite, help="Requests a second.")
@click.option("--tier", type=click.Choice(["reads", "refused-only", "create-and-clean", "full"]))
@click.option("--yes-create", is_flag=True, help="Allow creating things on a target that is not on this machine.")
@click.option(
    "--wait", type=click.FloatRange(0), callback=_finite, default=0.0, help="Seconds to wait for a target that starts."
)
@click.option("--contract", metavar="DIR", help="Folder of another contract.")
@click.option("--waivers", metavar="FILE", help="Known gaps (TOML); a stale one fails the run.")
@click.option("--write-waivers", metavar="FILE", help="Draft waivers for what is broken.")
@click.option("--baseline", metavar="REPORT", help="An earlier report: only what broke since fails the run.")
@click.option("--shard", metavar="I/N", help="Only the I-th of N parts; 'conformance merge' joins their reports.")
@click.option("--example-database", metavar="DIR|URL", help="Folder or Redis with examples that failed, drawn first.")
@click.option("--strict", is_flag=True, help="Broken SHOULD requirements fail the run too.")
@click.option("-k", "keyword", help="As in pytest.")
@click.option("-x", "exitfirst", is_flag=True, help="As in pytest.")
@click.option("--lf", is_flag=True, help="As in pytest.")
@click.option("--junitxml", metavar="FILE", help="As in pytest: one test case for each case.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(**given: Any) -> None:
    """Judge a target and say what is wrong in one sentence each."""
    _refuse(given["pytest_args"])
    _make_way(given["junitxml"])
    hold_interrupts(held=True)
    from conformance.cli.launch import launch  # slow to import; an interrupt waits until all is there that a run needs

    code, message = launch(given)
    if message := message or flush_output():
        fail(message)
    sys.exit(code)


def _refuse(pytest_args: Sequence[str]) -> None:
    """Leave with a sentence if what goes to pytest is meant for nobody there."""
    if pytest_args and not pytest_args[0].startswith("-"):
        fail(f"'{pytest_args[0]}' is not an option; a target is given with --target, what follows '--' goes to pytest")
    if {"-h", "--help"}.intersection(pytest_args):
        fail("the options of pytest are shown by 'pytest --help', those of the command by 'conformance run --help'")


def _make_way(junitxml: str | None) -> None:
    """Leave with a sentence if a file of results cannot be written, before anything is sent."""
    if junitxml is None:
        return
    with suppress(OSError):  # the file is looked at next, for the same reason
        Path(junitxml).parent.mkdir(parents=True, exist_ok=True)
    if why := why_unwritable(Path(junitxml)):
        fail(f"--junitxml '{junitxml}' cannot be written: {why}")
