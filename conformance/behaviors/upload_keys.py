"""What a call of GetUrlUploadInfos asked for, and what its answer says of each key.

A key is a job id or a URL. Nothing here judges; whatever has an unexpected
type is left out, since the schema reports it.
"""

from __future__ import annotations

import hashlib
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from conformance.exchange import Call, Exchange
from conformance.wire.encoding import quote
from conformance.world import World
from strategies import RawText

OPERATION = "GetUrlUploadInfos"
MOST_KEYS = 10
MOST_RECORDS = 100
UNGUESSABLE = 16
"""Of a shorter id, or of one that is counted, the beginning may be that of another job."""
_NEAR = 2

_ID = re.compile(r"[0-9A-Za-z._-]{1,128}", re.ASCII)
_WORDS = ("null", "none", "nil", "undefined")
_URL = re.compile(r"https?://[^\s/?#]+[^\x00-\x1f\x7f\ufffd]*")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_ID_LOOK = re.compile(r"[0-9A-Za-z_-]{6,}", re.ASCII)


def same_url(one: Any, other: Any) -> bool:
    """Return whether two texts name one URL, however often it was percent-encoded (ice.md 5.18)."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return not _spellings(one).isdisjoint(_spellings(other))


def _spellings(url: str) -> set[str]:
    once = unquote(url)
    return {url, once, unquote(once)}


@dataclass(frozen=True, slots=True)
class Keys:
    """One of the two ways to ask.

    `parameter` asks, `member` answers, `same` compares the two, `spell` turns
    a key into an item of the comma list.
    """

    parameter: str
    member: str
    noun: str
    same: Callable[[Any, Any], bool]
    spell: Callable[[str], str]

    def call(self, keys: Iterable[str], *, reuse: bool = False) -> Call:
        """Return the call that asks for `keys`."""
        return Call(OPERATION, {self.parameter: [self.spell(k) for k in keys]}, reuse=reuse)

    def found(self, exchange: Exchange, key: str) -> bool:
        """Return whether the answer has an entry for `key`."""
        return any(self.tells(entry, key) for entry in entries(exchange))

    def tells(self, entry: Mapping[str, Any], key: str) -> bool:
        """Return whether an entry of an answer is one for `key`."""
        return self.same(entry.get(self.member), key)

    def found_all(self, exchange: Exchange, keys: Iterable[str]) -> bool:
        """Return whether the answer has an entry for each of `keys`."""
        return all(self.found(exchange, key) for key in keys)

    def missing(self, exchange: Exchange, key: str) -> bool:
        """Return whether the answer says that `key` has no job."""
        return any(self.same(item, key) for item in missing_keys(exchange))

    def answered(self, exchange: Exchange, keys: Sequence[str]) -> list[str]:
        """Return those of `keys` that the answer says anything about."""
        return [k for k in keys if self.found(exchange, k) or self.missing(exchange, k)]


IDS = Keys("JobIds", "JobId", "job id", operator.eq, str)
URLS = Keys("UploadURLs", "UploadURL", "URL", same_url, quote)


@dataclass(frozen=True, slots=True)
class Asked:
    """The keys of a call that leave no doubt about what was asked."""

    keys: Keys
    items: tuple[str, ...]
    both: bool = False

    @property
    def distinct(self) -> tuple[str, ...]:
        """The items without repetitions; URLs that differ only in their encoding are one."""
        if self.keys is IDS:
            return tuple(dict.fromkeys(self.items))
        return tuple({unquote(item): item for item in self.items}.values())

    def is_own(self, item: str) -> bool:
        """Return whether `item` is one of the keys that were asked for."""
        return any(self.keys.same(item, key) for key in self.items)


def asked_for(exchange: Exchange) -> Asked | None:
    """Return what a call asked for, None if a lawful server may see it otherwise.

    Blank, padded and unusual items are not judged (ice.md 5.19).
    """
    form = exchange.call.form
    names = {name for name, _ in form.extra}
    if form.action or form.version or form.tamper or names & {"JobIds", "UploadURLs"}:
        return None
    ids, urls = (_items(exchange.call.params.get(n)) for n in ("JobIds", "UploadURLs"))
    if ids and all(_ID.fullmatch(i) and i.lower() not in _WORDS for i in ids):
        return Asked(IDS, tuple(ids), both=bool(urls))
    if ids is None and urls and all(_is_plain_url(u) for u in urls):
        return Asked(URLS, tuple(urls))
    return None


def _items(value: Any) -> list[str] | None:
    """Return the items of a comma list as they are sent, None if it is not sent."""
    if value is None:
        return None
    text = value.text if isinstance(value, RawText) else value
    if isinstance(text, list | tuple) and all(isinstance(item, str) for item in text):
        text = ",".join(text)
    return text.split(",") if isinstance(text, str) else [""]


def _is_plain_url(item: str) -> bool:
    url = unquote(item)
    return _URL.fullmatch(url) is not None and url == url.strip()


def entries(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the entries of `URLUploadInfoList` that are objects."""
    found = exchange.value.get("URLUploadInfoList")
    return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []


def raw_missing(exchange: Exchange) -> list[str]:
    """Return the texts in `NonExists` as they are."""
    found = exchange.value.get("NonExists")
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def missing_keys(exchange: Exchange) -> list[str]:
    """Return the keys in `NonExists`, also those in a list as text (ice.md 5.2)."""
    return [key for item in raw_missing(exchange) for key in unpacked(item)]


def unpacked(item: str) -> list[str]:
    """Return the keys in a list as text; a plain key is a list of itself."""
    text = item.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [item]
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        quoted = [part[0] or part[1] for part in _QUOTED.findall(text)]
        read = quoted or [part.strip() for part in text[1:-1].split(",")]
    return [key for key in read if isinstance(key, str)]


def is_text(value: Any) -> bool:
    """Return whether a member is a text that is not empty."""
    return isinstance(value, str) and value != ""


def looks_like_url(item: str) -> bool:
    """Return whether a text is a URL, encoded or not."""
    return "://" in unquote(item)


def looks_like_id(item: str) -> bool:
    """Return whether a text can be an id and no part of a URL."""
    return _ID_LOOK.fullmatch(item) is not None


def unknown_ids(world: World, count: int) -> list[str]:
    """Return ids of the documented look that no job has."""
    return [hashlib.md5(f"{world.token} no job {n}".encode()).hexdigest() for n in range(count)]


def unknown_urls(world: World, count: int) -> list[str]:
    """Return URLs that nobody ever pulled; some hold reserved characters, the second is near to a known one."""
    ends = ("never.mp4", "never,ever+more.mp4?x=1&y=2")
    base = f"https://media.example.com/{world.token}/none"
    made_up = [f"{base}-{n}/{ends[n % len(ends)]}" for n in range(count)]
    known = [job.url for job in world.uploads[:1] if "?" not in job.url and "#" not in job.url]
    return [*made_up[:1], *(f"{url}?never={world.token}" for url in known), *made_up[1:]][:count]


def near_ids(world: World, seen: Iterable[Exchange]) -> list[str]:
    """Return ids that no job has: the beginning of a known one, and ids of media that jobs made."""
    known = [job.id for job in world.uploads]
    begun = [id_[:-1] for id_ in known[:1] if len(id_) >= UNGUESSABLE]
    media = [e["MediaId"] for exchange in seen for e in entries(exchange) if is_text(e.get("MediaId"))]
    return [id_ for id_ in dict.fromkeys((*begun, *media)) if _ID.fullmatch(id_) and id_ not in known][:_NEAR]


def near_urls(world: World) -> list[str]:
    """Return URLs that nobody pulled: the beginning of one that the run had pulled, and it with a part changed."""
    known = [job.url for job in world.uploads]
    own = [url for url in known if world.token in url and url.startswith("https:")][:1]
    return [near for url in own for near in _neighbours(url) if near not in known]


def _neighbours(url: str) -> tuple[str, ...]:
    """Return URLs that are nearly `url`, in the order in which servers tend to take them for it."""
    folder, _, name = url.rpartition("/")
    return (
        url[:-1],
        url.replace("https:", "http:", 1),
        f"{url}/",
        url.replace("://", "://www.", 1),
        f"{folder}//{name}",
        url.replace(host := url.split("/")[2], f"{host}:8443", 1),
    )


def in_other_case(key: str) -> str:
    """Return a key that differs from `key` in the case of letters, or `key` if there is none.

    Of a URL only the end of the path is changed, in which case counts on the web.
    """
    path, query, rest = key.partition("?")
    start, slash, end = path.rpartition("/")
    return key if "%" in end or not end.isascii() else f"{start}{slash}{end.swapcase()}{query}{rest}"
