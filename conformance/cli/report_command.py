"""`conformance report`: render the report of a run again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.main import fail
from reports.renderings import FORMATS, render


@click.command("report")
@click.argument("report", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--format", "name", type=click.Choice(FORMATS), required=True, help="What to render.")
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE, not to standard output."
)
def command(report: Path, name: str, output: Path | None) -> None:
    """Render report.json of DIR (or a file like it) in another format."""
    from reports.reading import ReportError, read_whole_report  # slow to import

    try:
        text = render(name, read_whole_report(report))
    except ReportError as error:
        fail(str(error))
    if output is None:
        sys.stdout.buffer.write(text.encode())
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"--output '{output}' cannot be written: {error.strerror}")
