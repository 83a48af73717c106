"""`conformance selftest`: the sensitivity matrix."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from conformance.cli.main import fail
from conformance.outputs import why_unwritable

PLAIN_SECONDS = 10.0
MOST = 25


@click.command("selftest", epilog="Exit codes: 0 nothing to complain of, 1 something, 2 wrong options.")
@click.option("-n", "workers", type=click.IntRange(1), default=None, help="Processes (default: one for each core).")
@click.option("--select", multiple=True, metavar="GLOB", help="Only faults against these requirements; repeatable.")
@click.option("--thorough", is_flag=True, help="Each variation alone with three seeds, and on a socket.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write the matrix as JSON.")
@click.option("--page", type=click.Path(path_type=Path), help="Write the matrix as a page.")
@click.option("--publish", type=click.Path(path_type=Path), help="Write the figures that reports carry.")
def command(
    workers: int | None,
    select: tuple[str, ...],
    thorough: bool,
    path: Path | None,
    page: Path | None,
    publish: Path | None,
) -> None:
    """Try every fault and every lawful variation once, and count what is caught and what alarms.

    Exit code 0 if every fault was reported under its own requirement or its
    survival is explained, at most 2 % only under another one, each behaviour
    by a fault that only its own check found or explained, and no lawful
    server was found to break a MUST.
    """
    from conformance.selftest.matrix import complaints, summarize, try_all, work  # slow to import
    from conformance.selftest.page import render_page  # as above
    from conformance.selftest.publishing import published  # as above

    if select and publish is not None:
        fail("--publish needs the whole matrix; leave out --select")
    for file in filter(None, (path, page, publish)):
        if why := why_unwritable(file):
            fail(f"'{file}' cannot be written: {why}")
    items = work(select, thorough=thorough)
    if not items:
        fail(f"no fault is against {', '.join(select)}")
    matrix = summarize(_shown(try_all(items, workers or os.cpu_count() or 1), len(items)))
    if path is not None:
        _write(path, json.dumps(matrix, indent=1))
    if page is not None:
        _write(page, render_page(matrix))
    if publish is not None:
        _write(publish, json.dumps(published(matrix), indent=1))
    found = complaints(matrix)
    _print(matrix, found)
    sys.exit(1 if found else 0)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"'{file}' cannot be written: {error.strerror}")


def _shown(results: Iterable[Any], total: int) -> Iterator[Any]:
    """Pass results through a progress bar; through lines every few seconds if there is no terminal."""
    from rich.console import Console  # as above
    from rich.progress import track  # as above

    console = Console(stderr=True)
    if console.is_terminal:
        yield from track(results, "trying", total=total, console=console)
        return
    started = time.monotonic()
    following = started + PLAIN_SECONDS
    for done, result in enumerate(results, 1):
        yield result
        now = time.monotonic()
        if now >= following or done == total:
            following = now + PLAIN_SECONDS
            click.echo(f"{done} of {total} tried in {now - started:.0f} s", err=True)


def _print(matrix: dict[str, Any], found: list[str]) -> None:
    click.echo("; ".join(found) if found else "nothing to complain of")
    click.echo(
        f"{matrix['faults']} faults over {len(matrix['requirements'])} requirements: {matrix['caught']} caught, "
        f"{len(matrix['collateral'])} reported only under another requirement, {len(matrix['survived'])} survived"
    )
    silent = len(matrix["variations"]) - len(matrix["alarms"])
    click.echo(f"{len(matrix['variations'])} lawful servers: {silent} found to conform")
    _list("reported only under another requirement", [_collateral(entry) for entry in matrix["collateral"]])
    _list("survived", [f"{entry['fault']}: {entry['reason'] or entry['fate']}" for entry in matrix["survived"]])
    _list("trials broke off", [f"{entry['fault']}: {entry['error']}" for entry in matrix["errors"]])
    _list("checks never caught anything", matrix["idle_checks"])
    _list("behaviours that no fault breaks alone", matrix["never_alone"])
    _list("alarms at lawful servers", [_alarm(entry) for entry in matrix["alarms"]])


def _collateral(entry: dict[str, Any]) -> str:
    return f"{entry['fault']}: reported as {', '.join(entry['reported'][:3])}"


def _alarm(entry: dict[str, Any]) -> str:
    names = entry["variations"]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    said = entry["error"] or "; ".join([*entry["alarms"][:3], *entry["reasons"][:2]])
    return f"{shown} (seed {entry['seed']}, {entry['where']}): {entry['verdict']}: {said}"


def _list(title: str, lines: list[str]) -> None:
    if not lines:
        return
    click.echo(f"\n{len(lines)} {title}:")
    for line in lines[:MOST]:
        click.echo(f"  {line}")
    if len(lines) > MOST:
        click.echo(f"  and {len(lines) - MOST} more; --json has all")
