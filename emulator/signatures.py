"""The two signature forms: their canonical texts and their values (rpc-protocol.md 2 and 3).

Pure functions; ``credentials`` decides with them whether a request is accepted.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from emulator.http import Pair

HEADER_ALGORITHM = "ACS3-HMAC-SHA256"
QUERY_METHOD = "HMAC-SHA1"


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of an ``Authorization`` header of the header-signed form."""

    algorithm: str
    key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def read_authorization(text: str) -> Authorization | None:
    """Return the parts of the header, or None if one is missing."""
    algorithm, _, rest = text.strip().partition(" ")
    parts = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in rest.split(","))}
    key_id, signed, signature = (parts.get(name, "") for name in ("Credential", "SignedHeaders", "Signature"))
    if not (key_id and signed and signature):
        return None
    return Authorization(algorithm, key_id, tuple(name.lower() for name in signed.split(";")), signature)


def encode(value: bytes) -> str:
    """Percent-encode everything but letters, digits and ``-_.~``."""
    return quote(value, safe="~")


def canonical_query(pairs: Iterable[Pair]) -> str:
    """Return the parameters sorted by name, each encoded again from its decoded bytes (RPC-V3-QUERY-ENCODINGS)."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def canonical_request(
    method: str, pairs: Iterable[Pair], headers: Mapping[str, list[str]], signed: Iterable[str], payload_hash: str
) -> str:
    """Return the canonical request of the header-signed form; every signed header must be among the headers."""
    names = sorted(signed)
    lines = [f"{name}:{','.join(sorted(headers[name]))}" for name in names]
    # The blank line is part of the rule: each header line ends in a line feed of its own.
    return "\n".join([method, "/", canonical_query(pairs), *lines, "", ";".join(names), payload_hash])


def header_string_to_sign(canonical: str) -> str:
    """Return the string to sign of the header-signed form."""
    return f"{HEADER_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def header_signature(secret: str, string_to_sign: str) -> str:
    """Return the signature of the header-signed form; the key is the secret as it is."""
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def query_string_to_sign(method: str, pairs: Iterable[Pair]) -> str:
    """Return the string to sign of the query-signed form, empty parameters included (RPC-V1-EMPTY-PARAM)."""
    query = canonical_query(pair for pair in pairs if pair[0] != b"Signature")
    return f"{method}&%2F&{encode(query.encode())}"


def query_signature(secret: str, string_to_sign: str) -> str:
    """Return the signature of the query-signed form; the key is the secret and an ampersand."""
    digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def equal(expected: str, found: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(expected.encode(), found.encode())
