"""Reading of TOML files that a user wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


class TomlFileError(Exception):
    """A file cannot be read as TOML; the text says why, as the rest of a sentence that names the file."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a file and the table that it holds. Raises TomlFileError if there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        return text, tomllib.loads(text)
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise TomlFileError(msg) from None
    except ValueError as error:  # a number may have more digits than Python reads
        msg = f"is not TOML: {error}"
        raise TomlFileError(msg) from None
    except RecursionError:
        msg = "is not TOML: it is nested too deeply"
        raise TomlFileError(msg) from None
