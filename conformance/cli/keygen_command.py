"""`conformance keygen`: a key to try certificates with."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.main import fail


@click.command("keygen", epilog="For real certificates use a key that is kept the way your organisation keeps keys.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--type", "kind", type=click.Choice(["ed25519", "ecdsa"]), default="ed25519")
def command(file: Path, kind: str) -> None:
    """Write a private key to FILE and its public half beside it, with the ending .pub.pem."""
    from conformance.evidence.keys import KeyFileError, write_pair  # cryptography is slow to import

    try:
        public = write_pair(file, kind)
    except KeyFileError as error:
        fail(str(error))
    click.echo(f"private key: {file}\npublic key:  {public}")
