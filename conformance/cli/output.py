"""Standard output that cannot be written: one sentence, and nothing that fails again at the end."""

from __future__ import annotations

import os
import sys


def unwritable(error: OSError) -> str:
    """Return the sentence for an error of writing, to standard output or to the file that it names."""
    what = f"'{error.filename}'" if error.filename else "the output"
    return f"{what} cannot be used: {error.strerror}"


def flush_output() -> str:
    """Give out what is still held for standard output; return why that cannot be, or an empty text.

    A reader that has left is no error: the exit code stays that of the run.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        return unwritable(error)
    return ""


def discard_output() -> None:
    """Let what Python flushes at its end not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
