"""Whether a file can be written, asked before what it is to hold is worked for."""

from __future__ import annotations

from pathlib import Path


def why_unwritable(path: Path) -> str:
    """Return why a file cannot be written, or an empty text; what is in it stays, and none is left that was not."""
    there = path.exists()
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        return error.strerror or type(error).__name__
    if not there:
        path.unlink()
    return ""
