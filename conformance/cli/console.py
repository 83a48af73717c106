"""A terminal, or what stands in its place."""

from __future__ import annotations

from rich.console import Console

from conformance.cli.output import discard_output


class PatientConsole(Console):
    """A console whose reader may leave (`conformance run | head`): the exit code stays that of the run."""

    def on_broken_pipe(self) -> None:
        """Say nothing more; rich would end the process with exit code 1, which means «violates»."""
        self.quiet = True
        discard_output()
