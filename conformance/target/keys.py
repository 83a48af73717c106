"""Access keys as they are given: whole and fit for a header, or refused without showing any of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.secret import Secret
from conformance.wire.signing import Credentials

IN_FILES = ("access_key_id", "access_key_secret", "security_token")
"""What id, secret and token of a key are called in a target file, and by the official chain."""

IN_ENVIRONMENT = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
"""What they are called in the environment."""


class FlawedKeyError(ValueError):
    """A key cannot be used; the text continues the name of where it comes from, and shows nothing of the key."""


def key_of(given: Mapping[str, Any], names: tuple[str, str, str]) -> Credentials | None:
    """Return the key that is `given` under the names of its id, secret and token; None if there is nothing.

    Raises FlawedKeyError for half a key and for characters that no key has:
    they come from copying, and a header library shows the value that it refuses.
    """
    key_id, secret, token = (given.get(name) or "" for name in names)
    for name, text in zip(names, (key_id, secret, token), strict=True):
        _check(name, text, in_header=text is not secret)
    if not (key_id or secret or token):
        return None
    if not (key_id and secret):
        msg = f"needs both {names[0]} and {names[1]}, or neither"
        raise FlawedKeyError(msg)
    return Credentials(key_id, Secret(secret), Secret(token) if token else None)


def _check(name: str, text: str, *, in_header: bool) -> None:
    if text != text.strip() or not text.isprintable():
        msg = f"has a blank around '{name}', or a line break or another character in it that cannot be seen"
        raise FlawedKeyError(f"{msg}; expected none")
    if in_header and not text.isascii():
        msg = f"has a character in '{name}' that no header can hold; expected ASCII only"
        raise FlawedKeyError(msg)
