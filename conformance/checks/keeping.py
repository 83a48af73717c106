"""Keeping what is slow to generate, in the user's cache folder.

What is kept depends on nothing but its key, so a lost, damaged or unwritable
cache costs time and changes nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

_GENERATORS = ("alimedia-conformance", "schemathesis", "hypothesis")


def kept(kind: str, key: str, make: Callable[[], Any]) -> Any:
    """Return the JSON value that `make` makes, or made in an earlier process for the same key.

    A new version of what generates makes it anew.
    """
    file = _folder() / f"{kind}-{_digest(key)}.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = make()
    _write(file, made)
    return made


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "alimedia-conformance"


def _digest(key: str) -> str:
    versions = " ".join(version(name) for name in _GENERATORS)
    return hashlib.sha256(f"{versions} {key}".encode()).hexdigest()[:32]


def _write(file: Path, value: Any) -> None:
    """Write a file in one step; where that is not allowed, the next run makes the value again."""
    text = json.dumps(value)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(file)
    except OSError:
        return
