"""`conformance verify`: judge a run again from its log, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.main import fail
from reports.text import visible

if TYPE_CHECKING:
    from conformance.evidence.verifying import Verification


@click.command(
    "verify",
    epilog="Exit codes: 0 everything agrees; 1 something does not; 2 the run was not complete, or nothing could be "
    "checked. Without --key only damage is found, and not a rewrite of the whole log.",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="Public key that must have signed the certificate.")
@click.option("--contract", metavar="DIR", help="Folder of the contract, if it is not the kit's own.")
@click.option("--rebuild", is_flag=True, help="Write report.json of a killed run from its log.")
def command(folder: Path, key: Path | None, contract: str | None, rebuild: bool) -> None:  # click's way
    """Recompute every verdict in DIR from run.jsonl and compare it with report.json and the certificate."""
    from conformance.evidence.verifying import UnverifiableError, verify_folder  # loads the kit
    from openapi import ContractError  # as above

    try:
        found = verify_folder(folder, contract)
    except (UnverifiableError, ContractError) as error:
        fail(visible(str(error)))
    _check_certificate(folder, key, found)
    for objection in found.objections:
        click.echo(f"objection: {visible(objection)}")
    for note in found.notes:
        click.echo(f"note: {note}")
    if found.objections:
        sys.exit(1)
    _conclude(folder, found, rebuild=rebuild)


def _check_certificate(folder: Path, key: Path | None, found: Verification) -> None:
    """Add what is wrong with the certificate, if there is one or a key asks for it."""
    from conformance.evidence.certificate import FILE, check_certificate  # cryptography is slow to import
    from conformance.evidence.keys import KeyFileError, read_public  # as above

    try:
        public = read_public(key) if key else None
    except KeyFileError as error:
        fail(str(error))
    if found.log is None or found.report is None or not (key or (folder / FILE).exists()):
        return
    found.objections += check_certificate(folder, found.log, found.report, public)
    if public is None:
        found.notes.append(f"the signature of {FILE} was not checked; give --key")


def _conclude(folder: Path, found: Verification, *, rebuild: bool) -> None:
    assert found.report is not None
    assert found.log is not None
    if rebuild and found.log.footer is None:
        from conformance.session import UnusableError, write_report  # loads pytest

        try:
            write_report(found.report, folder)
        except UnusableError as error:
            fail(str(error))
    lines, requests = len(found.log.lines), found.report["requests"]
    state = "verified" if found.complete else "incomplete"
    click.echo(f"{state}: {lines} lines, {requests} requests judged again; the verdict is {found.report['verdict']}")
    sys.exit(0 if found.complete else 2)
