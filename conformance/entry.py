"""Where the command begins: an interrupt waits until there is something to heed it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from conformance.holding import hold_interrupts


def main() -> None:
    """Import the command line, which takes a moment, and run it."""
    hold_interrupts(held=True)
    _open_streams()
    from conformance.cli.main import INTERRUPTED, fail  # an interrupt waits until it is there
    from conformance.cli.main import main as group

    try:
        hold_interrupts(held=False)
        group()
    except KeyboardInterrupt:
        fail(INTERRUPTED)


def _open_streams() -> None:
    """Put something in the place of streams that were closed before the start: others write to them unasked."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open to the end
