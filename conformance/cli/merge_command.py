"""`conformance merge`: the shards of a run become one run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.main import fail
from reports.text import visible


@click.command(
    "merge",
    epilog="Exit codes as those of 'run'; 2 as well if 'verify' objects to a folder, or if they are not the shards of "
    "one run.",
)
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path))
@click.option("--report", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the whole.")
@click.option("--contract", metavar="DIR", help="Folder of another contract.")
@click.option("--strict", is_flag=True, help="Broken SHOULD requirements fail the run too.")
def command(folders: tuple[Path, ...], report: Path, contract: str | None, strict: bool) -> None:
    """Join what `run --shard` wrote into DIR... into one verifiable report."""
    from conformance.cli.console import PatientConsole  # slow to import
    from conformance.evidence.merging import UnmergeableError, merge_folders  # as above
    from openapi import ContractError  # as above
    from reports.terminal import print_summary  # as above
    from reports.verdict import exit_code  # as above

    if report.resolve() in {folder.resolve() for folder in folders}:
        fail(f"--report '{report}' is one of the folders to join; give another one")
    try:
        whole = merge_folders(folders, report, contract)
    except (UnmergeableError, ContractError) as error:
        fail(visible(str(error)))
    print_summary(whole, PatientConsole())
    sys.exit(exit_code(whole, strict=strict))
