"""`conformance emulator`: the embedded target on a socket."""

from __future__ import annotations

import click

from conformance.cli.main import fail

KEY_ID = "testid"
KEY_SECRET = "testsecret"  # noqa: S105  # the published key of a test server


@click.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--auth", is_flag=True, help=f"Verify signatures; the key is {KEY_ID} / {KEY_SECRET}.")
def command(port: int, host: str, auth: bool) -> None:
    """Serve the embedded emulator until interrupted; prints its address when ready."""
    from emulator import Emulator, serve  # noqa: PLC0415  # only this command needs them

    credentials = {KEY_ID: KEY_SECRET} if auth else None
    try:
        serve(Emulator(credentials=credentials), host, port, click.echo)
    except OSError as error:
        fail(f"port {port} of {host} cannot be opened: {error.strerror}")
    except KeyboardInterrupt:
        return
