"""`conformance run`: one run, one verdict."""

from __future__ import annotations

import sys
from typing import Any

import click

from conformance.cli.main import fail


@click.command(
    "run",
    context_settings={"ignore_unknown_options": False},
    epilog="What follows '--' goes to pytest. Exit codes: 0 conforms, 1 violates, 2 could not judge.",
)
@click.option("--target", help="URL, module:app or TOML file (default: the embedded emulator).")
@click.option("--report", metavar="DIR", help="Folder for report.json, run.jsonl and junit.xml.")
@click.option("--select", multiple=True, metavar="GLOB", help="Only requirements whose id matches; repeatable.")
@click.option("--case", multiple=True, metavar="ID", help="Only this case; repeatable.")
@click.option("--profile", type=click.Choice(["smoke", "standard", "thorough"]), default="standard")
@click.option("--seed", type=int, default=0, help="Seed of what is drawn.")
@click.option("-n", "workers", metavar="N", help="Processes (a number or 'auto').")
@click.option("--max-requests", type=click.IntRange(1), help="Never send more requests than this.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second.")
@click.option("--tier", type=click.Choice(["reads", "refused-only", "create-and-clean", "full"]))
@click.option("--yes-create", is_flag=True, help="Allow creating things on a target that is not on this machine.")
@click.option("--wait", type=click.FloatRange(0), default=0.0, help="Seconds to wait for a target that starts.")
@click.option("--contract", metavar="DIR", help="Folder of another contract.")
@click.option("--waivers", metavar="FILE", help="Known gaps (TOML); a stale one fails the run.")
@click.option("--write-waivers", metavar="FILE", help="Draft waivers for what is broken.")
@click.option("--baseline", metavar="REPORT", help="An earlier report: only what broke since fails the run.")
@click.option("--strict", is_flag=True, help="Broken SHOULD requirements fail the run too.")
@click.option("-k", "keyword", help="As in pytest.")
@click.option("-x", "exitfirst", is_flag=True, help="As in pytest.")
@click.option("--lf", is_flag=True, help="As in pytest.")
@click.option("--junitxml", metavar="FILE", help="As in pytest: one test case for each case.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(**given: Any) -> None:
    """Judge a target and say what is wrong in one sentence each."""
    from conformance.cli.launch import launch  # pytest is slow to import

    code, message = launch(given)
    if message:
        fail(message)
    sys.exit(code)
