"""Holding interrupts back while nothing could be made of them."""

from __future__ import annotations

import signal

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""What ends a run: Ctrl-C, and what `timeout`, `kill` and service managers send."""


def hold_interrupts(*, held: bool) -> None:
    """Let interrupts wait, or let those that waited come.

    Processes that are started meanwhile never hear of them. Does nothing
    where a system has no such thing.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK if held else signal.SIG_UNBLOCK, INTERRUPTS)
