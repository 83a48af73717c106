"""`conformance diff`: what changed between two reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.main import fail


@click.command(
    "diff",
    epilog="Exit codes: 0 no MUST requirement broke; 1 some did (with --strict SHOULD too); 2 a report is unusable.",
)
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text")
@click.option("--strict", is_flag=True, help="Broken SHOULD requirements count too.")
def command(before: Path, after: Path, form: str, strict: bool) -> None:  # click's way
    """Compare report A with report B; each is a report.json or its folder."""
    from reports.diff import compare  # only when used, as all that follows
    from reports.diff_text import to_json, to_markdown, to_text
    from reports.reading import ReportError, read_report

    try:
        found = compare(read_report(before), read_report(after))
    except ReportError as error:
        fail(str(error))
    shown = {"text": to_text, "markdown": to_markdown, "json": to_json}[form]
    click.echo(shown(found), nl=False)
    sys.exit(1 if found.regressions(strict=strict) else 0)
