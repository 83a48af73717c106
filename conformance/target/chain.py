"""Keys of the official credentials chain, which the extra `credentials` brings.

What the chain says of itself is never passed on: its errors quote lines of
credentials files, and its log the answers of token services.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.target.config import TargetError
from conformance.target.keys import IN_FILES, FlawedKeyError, key_of
from conformance.wire.signing import Credentials

MOST_SECONDS = 30.0
"""As long as the chain may take. It asks the instance metadata for about a second at a time, token services for ten."""

EVERY_SECONDS = 30.0
"""The chain is asked again after so long; it hands out a new temporary key a quarter of an hour before the old ends."""

_NOTHING = (
    "the official credentials chain has no key: it looks at ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET, OIDC, ~/.aliyun/config.json, ~/.alibabacloud/credentials.ini, the metadata of "
    "the instance (unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is true) and ALIBABA_CLOUD_CREDENTIALS_URI"
)
_MISSING = (
    "[credentials] chain needs the package alibabacloud-credentials; "
    "pip install 'alimedia-conformance[credentials]' brings it"
)
_SLOW = f"the official credentials chain gave no key within {MOST_SECONDS:g} seconds"

Look = Callable[[], Any]


@dataclass(slots=True)
class ChainKeys:
    """The key that the chain gives at present, and all that it has given.

    `look` asks the chain. A chain that gives nothing any more leaves the last
    key in place; the target says when that has expired.
    """

    look: Look
    every: float = EVERY_SECONDS
    most: float = MOST_SECONDS
    _key: Credentials | None = None
    _held: tuple[str, ...] = ()
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Credentials:
        """Return the key to sign with. Raises TargetError if the chain has never given one."""
        with self._lock:
            if self._key is None or time.monotonic() >= self._next:
                self._ask()
                self._next = time.monotonic() + self.every
            assert self._key is not None
            return self._key

    def held(self) -> tuple[str, ...]:
        """Return every secret and token that was given, for taking them out of answers."""
        return self._held

    def _ask(self) -> None:
        try:
            key = self._given()
        except TargetError:
            if self._key is None:
                raise
            return
        self._key = key
        self._held = tuple(dict.fromkeys((*self._held, *key.held())))

    def _given(self) -> Credentials:
        """Ask the chain, in a thread that may be left behind."""
        found: list[Credentials | str] = []
        thread = threading.Thread(target=lambda: found.append(_read(self.look)), daemon=True)
        thread.start()
        thread.join(self.most)
        if not found:
            raise TargetError(_SLOW)
        if isinstance(found[0], str):
            raise TargetError(found[0])
        return found[0]


def _read(look: Look) -> Credentials | str:
    """Return the key that the chain gives, or why there is none."""
    try:
        model = look()
        return key_of({name: getattr(model, name) for name in IN_FILES}, IN_FILES) or _NOTHING
    except FlawedKeyError as flaw:
        return f"the official credentials chain {flaw}"
    except Exception:  # a provider may raise anything, and what it says may hold a secret
        return _NOTHING


def chain_keys() -> ChainKeys:
    """Return the keys of the official chain.

    Raises TargetError if the package is not installed, or has no key to give.
    """
    logging.getLogger("credentials").disabled = True
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL + 1)
    try:
        from alibabacloud_credentials.client import Client  # an optional extra
    except ImportError:
        raise TargetError(_MISSING) from None
    keys = ChainKeys(_lazily(Client))
    keys.current()
    return keys


def _lazily(make: Callable[[], Any]) -> Look:
    """Return a look at a client that is made in the thread that asks, since making it may take time or fail."""
    made: list[Any] = []

    def look() -> Any:
        if not made:
            made.append(make())
        return made[0].get_credential()

    return look
