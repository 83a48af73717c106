"""Transport failures in words: what happened, and what a person can do about it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable

import httpx

from conformance.exchange import UNDECODED, FailureKind
from conformance.wire.answers import BodyTooLargeError
from conformance.wire.redaction import MASK
from reports.text import line

_UNSENDABLE = (httpx.InvalidURL, UnicodeError)
SENDING_ERRORS = (httpx.HTTPError, *_UNSENDABLE, BodyTooLargeError)
"""What sending and reading may raise: outcomes, not defects."""

_KINDS: dict[type[Exception], tuple[FailureKind, str]] = {
    httpx.ConnectTimeout: ("unreached", "the connection timed out"),
    httpx.ConnectError: ("unreached", "the connection was refused or failed"),
    httpx.ReadTimeout: ("silent", "no answer came in time"),
    httpx.WriteTimeout: ("silent", "the request could not be sent in time"),
    httpx.LocalProtocolError: ("broken", "the request broke the HTTP protocol"),
    httpx.RemoteProtocolError: ("broken", "the answer broke the HTTP protocol"),
    httpx.ReadError: ("broken", "the connection broke while the answer was read"),
    httpx.WriteError: ("broken", "the connection broke while the request was sent"),
    httpx.DecodingError: ("broken", UNDECODED),
    BodyTooLargeError: ("oversized", ""),
}
_QUOTED = re.compile(r"""\bb(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_TLS_ADVICE = (
    ("self-signed", "name its authority in [endpoints] ca_file"),
    ("self signed", "name its authority in [endpoints] ca_file"),
    ("unable to get local issuer", "name its authority in [endpoints] ca_file"),
    ("expired", "the server needs a new certificate"),
    ("mismatch", "use the host name that the certificate is for"),
    ("not valid for", "use the host name that the certificate is for"),
    ("wrong version number", "the port may speak plain http"),
    ("record layer failure", "the port may speak plain http"),
)


def kind_of(error: Exception) -> FailureKind:
    """Return the kind of a failure."""
    if isinstance(error, _UNSENDABLE):
        return "unreached"
    if _tls(error) is not None:
        return "untrusted"
    return _KINDS.get(type(error), ("broken", ""))[0]


def failure_text(error: Exception, clean: Callable[[str], str] = str) -> str:
    """Return one clause about a failure, with advice where there is some.

    `clean` takes secrets out of what the error says, before that is clipped.
    """
    tls = _tls(error)
    if tls is not None:
        return _tls_text(tls)
    said = _KINDS.get(type(error), ("broken", ""))[1]
    detail = line(clean(_said_by(error)))
    return f"{said} ({detail})" if said else detail


def _said_by(error: Exception) -> str:
    """Return what an error says, but nothing that it quotes of the request: that may be a signature or a token."""
    if isinstance(error, _UNSENDABLE):
        return f"the address or a header cannot be sent: {type(error).__name__}"
    text = str(error) or type(error).__name__
    return _QUOTED.sub(MASK, text) if isinstance(error, httpx.LocalProtocolError) else text


def _tls(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS error behind a failure, if it is one of a handshake."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen if isinstance(error, httpx.ConnectError) else None


def _tls_text(error: ssl.SSLError) -> str:
    reason = getattr(error, "verify_message", "") or error.reason or str(error)
    words = line(str(reason)).rstrip(".")
    advice = next((text for part, text in _TLS_ADVICE if part in f"{words} {error}".replace("_", " ").lower()), "")
    said = f"TLS failed: {words[:1].lower()}{words[1:]}"
    return f"{said}; {advice}" if advice else said
