"""Taking out of answers what proves the run's identity, should a target send it back.

It happens before anything judges or keeps an answer, so that a verdict made
from the log is made from what the run itself has seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import httpx

from conformance.wire.addressing import query_of
from conformance.wire.encoding import split_pairs
from conformance.wire.redaction import MASK, SECRET_HEADERS, SECRET_PARAMS, unredacted_body
from conformance.wire.unescaping import Unescaped, hides_words

SHORTEST = 8
"""Characters; a shorter text is no secret, and taking it out would change answers that have nothing to do with it."""

_WORD = re.compile(r"[A-Za-z0-9]+")


def secrets_of(request: httpx.Request) -> tuple[str, ...]:
    """Return the signature and the tokens that a signed request carries."""
    held = [request.headers[name] for name in SECRET_HEADERS if name in request.headers]
    held += [value.rpartition("Signature=")[2] for value in held if "Signature=" in value]
    body = unredacted_body(request).decode("utf-8", "replace")
    texts = (text for text in (query_of(request), body) if any(name in text for name in SECRET_PARAMS))
    pairs = (pair for text in texts for pair in split_pairs(text))
    return tuple({*held, *(value for name, value in pairs if name in SECRET_PARAMS)})


def _nothing() -> bytes:
    return b""


class Scrubber:
    """Replaces secrets in whatever way they are escaped: URL, JSON, HTML and Python escapes, also within each other.

    A secret that occurs in what the request itself says in clear (`public`)
    is left: it is no secret there, as with an emulator whose key is `test`.
    What that is, is asked only if it matters.
    `held` gives further secrets, of which there may be more after a while.
    """

    def __init__(self, secrets: Iterable[str] = (), held: Callable[[], Iterable[str]] = tuple) -> None:
        self._secrets = tuple(secrets)
        self._held = held

    def clean(self, data: bytes, more: Iterable[str] = (), public: Callable[[], bytes] = _nothing) -> bytes:
        """Return `data` without the secrets and without `more`, which a request carried."""
        hiding = hides_words(data)  # asked once, not for each secret
        read: Unescaped | None = None
        for secret in (*self._secrets, *self._held(), *more):
            if len(secret) < SHORTEST or not (hiding or _longest_word(secret) in data) or secret.encode() in public():
                continue
            read = read or Unescaped(data)
            masked = _masked(data, read.find(secret))
            masked = masked.replace(secret.encode(), MASK.encode())  # with what is before it, it may read as an escape
            if masked != data:
                data, read = masked, None
        return data

    def text(self, text: str, more: Iterable[str] = (), public: Callable[[], bytes] = _nothing) -> str:
        """Return a text without the secrets."""
        return self.clean(text.encode("utf-8", "surrogateescape"), more, public).decode("utf-8", "surrogateescape")

    def texts(
        self, texts: Mapping[str, str], more: Iterable[str] = (), public: Callable[[], bytes] = _nothing
    ) -> dict[str, str]:
        """Return texts by name without the secrets; most hold none, which one look tells."""
        whole = "\n".join(texts.values())
        if self.text(whole, more, public) == whole:
            return dict(texts)
        return {name: self.text(text, more, public) for name, text in texts.items()}


@lru_cache(maxsize=64)
def _longest_word(secret: str) -> bytes:
    """Return the longest part of a secret that no escaping changes; most answers do not hold even that."""
    return max(_WORD.findall(secret), key=len, default="").encode()


def _masked(data: bytes, places: Iterable[tuple[int, int]]) -> bytes:
    parts: list[bytes] = []
    done = 0
    for begin, end in places:
        parts += (data[done:begin], MASK.encode())
        done = end
    return b"".join((*parts, data[done:]))
