"""A terminal, or what stands in its place."""

from __future__ import annotations

import os
import sys

from rich.console import Console


def flush_output() -> str:
    """Give out what is still held for standard output; return why that cannot be, or an empty text.

    A reader that has left is no error: the exit code stays that of the run.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        return f"'the output' cannot be used: {error.strerror}"
    return ""


def _discard_output() -> None:
    """Let what Python flushes at its end not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class PatientConsole(Console):
    """A console whose reader may leave (`conformance run | head`): the exit code stays that of the run."""

    def on_broken_pipe(self) -> None:
        """Say nothing more; rich would end the process with exit code 1, which means «violates»."""
        self.quiet = True
        _discard_output()
