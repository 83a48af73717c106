"""Choosing requirements by globs of their ids."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Return whether an id matches one of the globs or stands below one.

    `*` and `?` are wildcards; brackets, which ids are full of, mean themselves.
    """
    return any(fnmatchcase(name, glob.replace("[", "[[]")) or name.startswith(f"{glob}/") for glob in globs)


def unmatched(globs: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the globs that match none of the ids."""
    known = tuple(names)
    return [glob for glob in globs if not any(matches(name, (glob,)) for name in known)]
