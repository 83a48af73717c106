"""Values of one HTTP exchange, and the decoding of query strings and forms.

No socket is involved: the adapters turn what they receive into a ``Request`` and send what a ``Response`` holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

FORM_TYPE = "application/x-www-form-urlencoded"

Headers = tuple[tuple[str, str], ...]
Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was received; ``query`` is the raw text behind the ``?``, ``body`` is free of chunk framing."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer ready to be sent."""

    status: int
    headers: Headers
    body: bytes


def header_values(headers: Headers) -> dict[str, list[str]]:
    """Return the trimmed values of every header by lower-case name, in order of arrival."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value.strip())
    return values


def utf8_values(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return header values as clients mean them that send UTF-8, which arrives one character for each byte."""
    return {name: [_utf8(value) for value in found] for name, found in values.items()}


def _utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def joined_headers(headers: Headers) -> dict[str, str]:
    """Return one text per lower-case header name; several values are joined by commas (RFC 9110, 5.3)."""
    return {name: ",".join(values) for name, values in header_values(headers).items()}


def decoded_pairs(data: bytes) -> Iterator[Pair]:
    """Yield the decoded name and value of every parameter, with ``+`` and ``%20`` both read as a space."""
    for piece in data.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            yield _decoded(name), _decoded(value)


def _decoded(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


def query_pairs(request: Request) -> list[Pair]:
    """Return the decoded parameters of the query string."""
    return list(decoded_pairs(request.query.encode(errors="replace")))


def form_pairs(request: Request) -> list[Pair]:
    """Return the decoded parameters of the body; none unless its content type says that it is a form."""
    content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        return []
    return list(decoded_pairs(request.body))
