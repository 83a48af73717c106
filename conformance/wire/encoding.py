"""From parameter values to the text that real clients send.

Sources: facts imm.md 1.2 and rpc-protocol.md sections 1 and 5.1.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from openapi import Encoding, Operation
from strategies import RawText

LONGEST_QUERY = 7000
"""Characters of a query that servers take: the least bound in wide use is 8 KB for the whole head of a request."""

_UNRESERVED = "-_.~"
_LEFT_RAW = {"raw": "-_.~*()!'", "lax": "-_.~*():/"}
Pairs = list[tuple[str, str]]


@lru_cache(maxsize=64)
def quote(text: str, left: str = _UNRESERVED) -> str:
    """Percent-encode `text` as UTF-8, leaving only A-Z a-z 0-9 - _ . ~ and what else is `left`.

    A value is encoded for the URL and once more to be signed.
    """
    return urllib.parse.quote(text, safe=left)


def encode_value(value: Any, encoding: Encoding = "text") -> str:
    """Return the wire text of one parameter value.

    Lists and objects become compact JSON in UTF-8, or joined by commas for a
    comma list; a string is sent as it is unless the parameter holds JSON;
    booleans are spelled `true` and `false`; a `RawText` is sent as it is.
    """
    if isinstance(value, RawText):
        return value.text
    if isinstance(value, str) and encoding != "json":
        return value
    if encoding == "comma" and isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    text: str = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text


def encode_params(params: Mapping[str, Any], operation: Operation | None) -> Pairs:
    """Return name and wire text of each parameter, in the order given.

    `operation` says how each parameter is encoded; None (a provisioning
    operation) goes by the values.
    """
    known = operation.parameters if operation else {}
    return [
        (name, encode_value(value, known[name].encoding if name in known else "text")) for name, value in params.items()
    ]


def join_pairs(pairs: Iterable[tuple[str, str]], spelling: str = "percent") -> str:
    """Return pairs as a query string or form body.

    `spelling` is how clients differ (rpc-protocol.md 5.1): `percent` (space
    as `%20`), `plus` (space as `+`), `raw` (`*()` and their like left as they
    are), `lax` (`:/*()` left as they are and space as `+`).
    """
    left = _LEFT_RAW.get(spelling, _UNRESERVED)
    text = "&".join(f"{quote(n)}={quote(v, left)}" for n, v in pairs)
    return text.replace("%20", "+") if spelling in ("plus", "lax") else text


def split_pairs(text: str) -> Pairs:
    """Return the decoded pairs of a query string or form body, blanks kept."""
    return urllib.parse.parse_qsl(text, keep_blank_values=True, separator="&")
