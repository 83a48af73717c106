"""`conformance certify`: a whole run, verified and signed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.cli.main import fail
from conformance.cli.run_command import command as run_command
from conformance.holding import hold_interrupts

_LEFT_OUT = {
    "select": (),
    "case": (),
    "keyword": None,
    "exitfirst": False,
    "lf": False,
    "junitxml": None,
    "pytest_args": (),
    "strict": False,
    "baseline": None,
    "write_waivers": None,
    "shard": None,
}
_KEPT = [p for p in run_command.params if p.name not in {*_LEFT_OUT, "report", "profile"}]


def _certify(key: Path, report: str, profile: str, **given: Any) -> None:
    """Run everything against a target, verify the log, and sign log and report.

    Nothing may be selected, no waiver stale, and every MUST must be settled or
    excused by what the target does not claim, verify or hold.
    """
    hold_interrupts(held=True)
    from conformance.cli.launch import launch  # slow to import; an interrupt waits until it is there
    from conformance.evidence.keys import KeyFileError, read_signer  # cryptography is slow to import

    try:
        signer = read_signer(key)
    except KeyFileError as error:
        fail(str(error))
    code, message = launch({**_LEFT_OUT, **given, "report": report, "profile": profile})
    if message:
        fail(message)
    problems = _sign(Path(report), given["contract"], signer)
    for problem in problems:
        click.echo(f"not certified: {problem}", err=True)
    sys.exit((code or 2) if problems else 0)


def _sign(folder: Path, contract: str | None, signer: Any) -> list[str]:
    """Write the certificate, or return why there is none."""
    from conformance.evidence.certificate import write_certificate  # as above
    from conformance.evidence.certifying import refusals  # loads the kit
    from conformance.evidence.verifying import UnverifiableError, verify_folder  # as above

    try:
        found = verify_folder(folder, contract)
    except UnverifiableError as error:
        return [str(error)]
    if found.objections or found.report is None or found.log is None:
        return found.objections
    problems = refusals(found.report, found.log.header)
    if not problems:
        path = write_certificate(folder, found.log, found.report, signer)
        click.echo(f"certified: {path}, signed with key {signer.public_key.keyid}")
    return problems


command = click.Command(
    "certify",
    callback=_certify,
    help=_certify.__doc__,
    params=[
        click.Option(["--key"], type=click.Path(path_type=Path), required=True, help="Private key, PEM."),
        click.Option(["--report"], metavar="DIR", required=True, help="Folder for log, report and certificate."),
        click.Option(["--profile"], type=click.Choice(["standard", "thorough"]), default="standard"),
        *_KEPT,
    ],
    epilog="Exit codes: 0 certified; 1 the target violates or a waiver is stale; 2 it could not be certified.",
)
