"""The command group; each command is imported when it is used."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

import click

from conformance import __version__
from conformance.cli.output import discard_output, flush_output, unwritable
from conformance.rooms import ForeignPackageError, check_rooms

INTERRUPTED = "interrupted"

_COMMANDS = {
    "run": "judge a target: one run, one verdict",
    "report": "render the report of a run again",
    "plan": "tell what a run would send and create",
    "list": "print the ledger of requirements",
    "verify": "judge a run again from its log, and check its certificate",
    "certify": "run everything, verify it, and sign the result",
    "keygen": "make a key to try certificates with",
    "diff": "tell what changed between two reports",
    "clean": "remove what a broken run left behind",
    "selftest": "plant every fault once and count what is caught",
    "merge": "join the shards of a run into one report",
    "emulator": "serve the embedded emulator on a port",
}


class _LazyGroup(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        try:
            check_rooms()
        except ForeignPackageError as error:
            fail(str(error))
        module = importlib.import_module(f"conformance.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an empty value, as of a variable that is not set, would be taken for none."""
        name, command, own = super().resolve_command(ctx, args)
        if empty := _empty(own):
            fail(f"{empty} is empty; give it a value, or leave it out")
        return name, command, own

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; what may end any of them gets a sentence."""
        try:
            result = super().invoke(ctx)
        except KeyboardInterrupt:
            fail(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read has left, and click ends quietly
                raise
            discard_output()
            fail(unwritable(error))
        if problem := flush_output():
            fail(problem)
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="conformance")
def main() -> None:
    """Check servers of eight Alibaba Cloud media operations against their contract."""


def _empty(args: Sequence[str]) -> str:
    """Return what has an empty value among arguments; what goes to pytest may have one."""
    for before, argument in pairwise(["", *args]):
        if argument == "--":
            break
        if argument.startswith("--") and argument.endswith("="):
            return argument[:-1]
        if not argument and before != "-k":
            return before if before.startswith("-") else "an argument"
    return ""


def fail(message: str) -> NoReturn:
    """Print one sentence and leave with exit code 2: the run could not judge."""
    click.echo(f"conformance: {message}", err=True)
    sys.exit(2)
