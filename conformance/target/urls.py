"""URLs that a user gives: what is wrong with one, and how much of it may be shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx

from conformance.wire.redaction import MASK

_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[\w.-]{0,253})(?::(?P<port>\d{0,5}))?", re.IGNORECASE)
_BEHIND = re.compile(r"(?:/\d{0,2})?")  # in a URL of Redis the number of a database
_HOST = re.compile(r"[\w.-]{1,253}|[\da-f.]*:[\da-f:.]*(?:%[\w.-]+)?", re.ASCII)
_LAST_PORT = 65535


def harmless(given: str) -> str:
    """Return what of a URL can hold no secret: scheme, host and port, with `***` in the place of all else.

    A text of another kind is shown up to what may be a query, and not at all
    if an `@` in it may follow a password.
    """
    found = _URL.fullmatch(given)
    if found is None:
        return MASK if "@" in given or "://" in given else re.sub("[?#].*", MASK, given, flags=re.DOTALL)
    scheme, authority, rest = found.groups()
    if "@" in rest:  # then what seems to be the host may be a user
        return f"{scheme}://{MASK}"
    user, _, place = authority.rpartition("@")
    behind = rest if _BEHIND.fullmatch(rest) else f"/{MASK}"
    return f"{scheme}://{f'{MASK}@' if user else ''}{_place(place)}{behind}"


def _place(place: str) -> str:
    """Return host and port; what stands for a port and is none may be a password."""
    found = _PLACE.match(place)
    if found and found[0] == place and int(found["port"] or 0) <= _LAST_PORT:
        return place
    is_host = found and found["host"] and place.startswith(f"{found['host']}:")
    return f"{found['host']}:{MASK}" if found and is_host else MASK


def flaw_of_url(url: str) -> str:
    """Return why a URL cannot be that of a target, empty if it can; nothing of the URL is repeated."""
    if " " in url or not url.isprintable():
        return "holds a blank, a line break or another character that cannot be seen"
    try:
        parts = urlsplit(url)
    except ValueError:  # what it says may quote a password
        return "is not a URL"
    flaws = {
        "is not an http or https URL with a host": parts.scheme not in ("http", "https") or not parts.netloc,
        "may hold scheme, host and port only": bool(set("@?#").intersection(url)),
        f"has a port that is not a number from 1 to {_LAST_PORT}": not _has_port(url),
        "has a host that is neither a name nor an address": not _has_host(url),
        "has a path, but every operation is on '/'": bool(parts.path.strip("/")),
    }
    return next((flaw for flaw, found in flaws.items() if found), "")


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _has_host(url: str) -> bool:
    """Return whether the host can be asked for in the way that it is when a request is sent."""
    try:
        host = httpx.URL(url).raw_host.decode("ascii")
        host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        return False
    return _HOST.fullmatch(host) is not None
