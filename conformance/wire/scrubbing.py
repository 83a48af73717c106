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
    """Replaces secrets in whatever way they are escaped: URL, JSON, HTML and Python escapes, once or twice.

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
        for secret in (*self._secrets, *self._held(), *more):
            if len(secret) >= SHORTEST and _longest_word(secret) in data and secret.encode() not in public():
                data = _pattern(secret).sub(MASK.encode(), data)
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


@lru_cache(maxsize=64)
def _pattern(secret: str) -> re.Pattern[bytes]:
    return re.compile(b"".join(_escapes(character) for character in secret))


def _escapes(character: str) -> bytes:
    """Return a pattern for one character in any of its escapes."""
    if _WORD.fullmatch(character):
        return character.encode()
    plain = re.escape(character.encode())
    code = ord(character)
    quoted = "".join(f"%{byte:02x}" for byte in character.encode())
    forms = [quoted, quoted.replace("%", "%25"), f"\\u{code:04x}", f"&#{code};", f"&#x{code:x};"]
    forms.append(quoted.replace("%", "\\x"))
    if not (character.isascii() and character.isprintable()):
        forms.append(ascii(character)[1:-1])
    # No two alternatives may match the same text: a search would try all combinations of them.
    escaped = b"|".join(re.escape(form.encode()) for form in dict.fromkeys(forms))
    space = rb"|\+" if character == " " else b""
    return rb"(?:\\?" + plain + rb"|(?i:" + escaped + rb")" + space + rb")"
