"""`conformance clean`: remove what a broken run left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.main import fail


@click.command("clean")
@click.argument("journal", type=click.Path(path_type=Path))
@click.option("--target", help="Another way to reach the target than the one that the journal names.")
def command(journal: Path, target: str | None) -> None:
    """Remove what the run of JOURNAL created, and nothing else.

    The journal is deleted when nothing remains that the API can delete.
    """
    from conformance.cleaning import clean  # slow to import
    from conformance.driving import drive  # as above
    from conformance.journal import JournalError, read_journal  # as above
    from conformance.target import TargetError, connect, read_target  # as above
    from openapi import load_contract  # as above
    from reports.model import removable  # as above

    try:
        kept = read_journal(journal)
        described = read_target(target or kept.target or None)
        connection = connect(described, load_contract())
    except (JournalError, TargetError) as error:
        fail(str(error))
    try:
        remaining = drive(clean(kept, described.limits.settle_seconds), connection.send, connection.sleep)
    finally:
        connection.close()
    for text in remaining:
        click.echo(text)
    if removable(remaining):
        sys.exit(2)
    journal.unlink(missing_ok=True)
    click.echo("everything that can be removed is removed")
