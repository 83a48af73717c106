"""`conformance selftest`: the sensitivity matrix."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click


@click.command("selftest")
@click.option("-n", "workers", type=click.IntRange(1), default=None, help="Processes (default: one for each core).")
@click.option("--select", multiple=True, metavar="GLOB", help="Only faults against these requirements; repeatable.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write the matrix as JSON.")
def command(workers: int | None, select: tuple[str, ...], path: Path | None) -> None:
    """Plant every fault in the embedded emulator, one at a time, and count what is caught.

    Exit code 0 if every fault that altered an answer was reported under its
    own requirement, else 1.
    """
    from conformance.selftest.matrix import fault_ids, summarize, try_all  # slow to import

    names = fault_ids(select)
    if not names:
        click.echo(f"conformance: no fault is against {', '.join(select)}", err=True)
        sys.exit(2)
    matrix = summarize(_shown(try_all(names, workers or os.cpu_count() or 1), len(names)))
    if path is not None:
        path.write_text(json.dumps(matrix, indent=1) + "\n", encoding="utf-8")
    _print(matrix)
    sys.exit(1 if matrix["survived"] or matrix["collateral"] else 0)


def _shown(results: Iterable[Any], total: int) -> Iterator[Any]:
    """Pass results through a progress bar; lines if there is no terminal."""
    from rich.console import Console  # as above
    from rich.progress import track  # as above

    console = Console(stderr=True)
    yield from track(results, "planting", total=total, console=console, disable=not console.is_terminal)


def _print(matrix: dict[str, Any]) -> None:
    click.echo(
        f"{matrix['faults']} faults, {matrix['planted']} altered an answer, {matrix['caught']} of these were "
        "reported under their own requirement"
    )
    for title, key in (
        ("survived", "survived"),
        ("reported only under another requirement", "collateral"),
        ("without an occasion on the embedded target", "without_occasion"),
    ):
        if matrix[key]:
            click.echo(f"\n{len(matrix[key])} {title}:")
            for name in matrix[key]:
                click.echo(f"  {name}")
