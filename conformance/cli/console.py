"""A terminal, or what stands in its place."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class PatientConsole(Console):
    """A console whose reader may leave (`conformance run | head`): the exit code stays that of the run."""

    def on_broken_pipe(self) -> None:
        """Say nothing more; rich would end the process with exit code 1, which means «violates»."""
        self.quiet = True
        # What Python flushes at its end must not fail on the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
