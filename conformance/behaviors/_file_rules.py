"""The words in which rules about one File of an answer are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conformance.behaviors._lookups import File, files_of, shows, uri_of
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict

Look = Callable[[File], Iterable[tuple[bool, str]]]


def file_rule(slug: str, expected: str, *needs: str) -> Callable[[Look], Look]:
    """Declare a passive rule about each file of every answer of BatchGetFileMeta.

    The rule yields whether it holds and what was found, once for each
    occasion. It is asked only where WithFields leaves the fields in `needs`
    in the answer.
    """
    requirement = f"BatchGetFileMeta/behavior/{slug}"

    def declare(look: Look) -> Look:
        @watch(requirement)
        def rule(exchange: Exchange) -> Iterator[Verdict]:
            if not shows(exchange, *needs):
                return
            for file in files_of(exchange):
                for holds, found in look(file):
                    observed = f"{found}, of {named(file)}"
                    yield expect(requirement, holds, expected=expected, observed=observed, exchange=exchange)

        return look

    return declare


def named(file: File) -> str:
    """Return how a text names a file."""
    uri = uri_of(file)
    return f"'{_cut(uri)}'" if uri else "a file without URI"


def shown(value: Any) -> str:
    """Return a value of an answer for a text, cut short."""
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in an array, none if it is not one."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole JSON number."""
    return isinstance(value, int) and not isinstance(value, bool)
