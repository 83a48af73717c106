"""The command `conformance`, a thin wrapper around the suite."""

from conformance.cli.main import main

__all__ = ["main"]
