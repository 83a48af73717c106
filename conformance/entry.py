"""Where the command begins: an interrupt waits until there is something to heed it."""

from __future__ import annotations

from conformance.holding import hold_interrupts


def main() -> None:
    """Import the command line, which takes a moment, and run it."""
    hold_interrupts(held=True)
    from conformance.cli.main import INTERRUPTED, fail  # an interrupt waits until it is there
    from conformance.cli.main import main as group

    try:
        hold_interrupts(held=False)
        group()
    except KeyboardInterrupt:
        fail(INTERRUPTED)
