"""Drawn examples that failed, in an example database of Hypothesis that runs and machines share.

What is kept is what Hypothesis draws an example by (its choices), so that
another run draws the same one first. The kit's key of a case holds no
version: choices that mean nothing any more are passed over by Hypothesis.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from conformance.target.config import TargetError
from conformance.target.urls import harmless
from conformance.wire.redaction import MASK

_QUOTED = re.compile("""['"].*['"]""", re.DOTALL)
_SECONDS = 5.0
_MOST = 20
"""Examples of one case that are drawn again at most, the simplest ones first."""


class Memory:
    """The examples that failed before, by case.

    Raises TargetError if the database cannot be used, now or later.
    """

    def __init__(self, given: str) -> None:
        self._shown = shown(given)
        self._failures: tuple[type[Exception], ...] = (OSError,)
        self._database = self._redis(given) if re.match("(redis|rediss|unix)://", given) else self._directory(given)

    def recall(self, cases: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return what failed before, for each case that has anything, as texts of hexadecimal digits."""
        found = {case: sorted(self._fetched(case), key=lambda choices: (len(choices), choices)) for case in cases}
        return {case: tuple(choices.hex() for choices in kept[:_MOST]) for case, kept in found.items() if kept}

    def learn(self, case: str, failed: Collection[str], held: Collection[str]) -> None:
        """Keep the examples of a case that failed, and forget those that do not fail any more."""
        try:
            for choices in failed:
                self._database.save(_key(case), bytes.fromhex(choices))
            for choices in held:
                self._database.delete(_key(case), bytes.fromhex(choices))
        except self._failures as error:
            raise self._unusable(error) from None

    def _fetched(self, case: str) -> set[bytes]:
        try:
            return set(self._database.fetch(_key(case)))
        except self._failures as error:
            raise self._unusable(error) from None

    def _directory(self, given: str) -> ExampleDatabase:
        if "://" in given:
            msg = f"--example-database '{self._shown}' is neither a folder nor a URL that begins with redis://"
            raise TargetError(msg)
        try:
            Path(given).mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=given).close()
        except OSError as error:
            raise self._unusable(error) from None
        return DirectoryBasedExampleDatabase(given)

    def _redis(self, given: str) -> ExampleDatabase:
        if self._shown.endswith(f"://{MASK}"):
            msg = (
                f"--example-database '{self._shown}' names no host that can be told from a password; "
                "in a user or password write '/' as %2F, '?' as %3F, '#' as %23 and '@' as %40"
            )
            raise TargetError(msg)
        try:
            import redis  # an extra
            from hypothesis.extra.redis import RedisExampleDatabase  # it needs that extra
        except ImportError:
            msg = (
                f"--example-database '{self._shown}' needs the package 'redis'; "
                "install it with: pip install 'alimedia-conformance[redis]'"
            )
            raise TargetError(msg) from None
        self._failures = (OSError, redis.RedisError)
        try:
            client = redis.Redis.from_url(given, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
            client.ping()
        except self._failures as error:
            raise self._unusable(error) from None
        except ValueError as error:  # it quotes what may be a password
            raise self._unusable(_QUOTED.sub(MASK, str(error))) from None
        return RedisExampleDatabase(client, key_prefix=b"alimedia-conformance:")

    def _unusable(self, error: Exception | str) -> TargetError:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        return TargetError(f"--example-database '{self._shown}' cannot be used: {why}")


def shown(given: str) -> str:
    """Return the name of a database without a password in it; the name of a folder has no colon."""
    return harmless(given) if ":" in given else given


def recalled_from_json(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what a process of a logged run drew first."""
    return {case: tuple(kept) for case, kept in data.get("recalled", {}).items()}


def _key(case: str) -> bytes:
    return f"alimedia-conformance {case}".encode()
