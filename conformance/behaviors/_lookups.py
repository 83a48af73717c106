"""Reading of exchanges of BatchGetFileMeta: what was asked, what came back.

An answer may have any shape; what has the wrong type is left to the schema
judge and skipped here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from conformance.behaviors.own import undisguised
from conformance.exchange import Call, Exchange, Step
from conformance.judge.reaction import misses_some, not_missed
from conformance.polling import insist
from conformance.wire.encoding import LONGEST_QUERY, quote
from conformance.world import Place, World
from strategies import RawText

File = dict[str, Any]

_PDS = re.compile(r"pds://domains/[^/]+/drives/[^/]+/files/[^/]+/revisions/[^/]+")
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def look_up(place: Place, uris: Sequence[str], fields: Sequence[str] | None = None) -> Call:
    """Return the call that reads files; `fields` is the value of WithFields."""
    projection = {} if fields is None else {"WithFields": list(fields)}
    return Call("BatchGetFileMeta", {**place.params, "URIs": list(uris), **projection})


@dataclass(slots=True)
class Reader:
    """Reads files of the run, which one of several servers may know later than another.

    It insists on those that are missing until that was in vain: what is lost costs a wait once.
    """

    world: World
    in_vain: bool = False

    def read(self, call: Call) -> Generator[Step, Any, Exchange]:
        """Ask for files, and again while one of the run's is missing."""
        seen: Exchange = (yield call) if self.in_vain else (yield from insist(call, self._shows_known))
        self.in_vain = self.in_vain or not self._shows_known(seen)
        return seen

    def _shows_known(self, seen: Exchange) -> bool:
        """Return whether no file of the run is missing; which ones are there a projection may not tell."""
        if not seen.accepted:
            return not_missed(seen) or misses_some(seen, self.world.known)
        return len(files_of(seen)) >= len(self.world.known.intersection(asked_of(seen) or ()))


def files_of(exchange: Exchange) -> list[File]:
    """Return the files of an answer."""
    files = exchange.value.get("Files")
    if not isinstance(files, list) or not undisguised(exchange) or exchange.call.form.extra:
        return []
    return [file for file in files if isinstance(file, dict)]


def asked_of(exchange: Exchange) -> list[str] | None:
    """Return the URIs that were asked for, None if they were not texts."""
    return _texts(exchange.call.params.get("URIs"))


def fields_of(exchange: Exchange) -> list[str] | None:
    """Return the names in WithFields, empty for all, None if they were not texts."""
    given = exchange.call.params.get("WithFields")
    return [] if given is None else _texts(_read(given) if isinstance(given, RawText) else given)


def _read(given: RawText) -> Any:
    try:
        return json.loads(given.text)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any) -> list[str] | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def shows(exchange: Exchange, *names: str) -> bool:
    """Return whether WithFields leaves all fields in `names` in the answer."""
    fields = fields_of(exchange)
    return fields is not None and (not fields or set(names) <= set(fields))


def uri_of(file: File) -> str:
    """Return the URI of a file, empty if it has none."""
    uri = file.get("URI")
    return uri if isinstance(uri, str) else ""


def by_uri(exchange: Exchange) -> dict[str, File]:
    """Return the files of an answer by their URI."""
    return {uri_of(file): file for file in files_of(exchange) if uri_of(file)}


def has(file: File, name: str) -> bool:
    """Return whether a file has a value for a field; empty ones are none (IMM-COM-NULL)."""
    return file.get(name) not in _NOTHING


def is_whole(file: File) -> bool:
    """Return whether nothing of a file is still to come: no source excludes a status before 'Indexed'."""
    return not has(file, "ObjectStatus") or file["ObjectStatus"] == "Indexed"


def object_key(uri: str) -> str | None:
    """Return the object key of an OSS file URI, None for another URI."""
    bucket, slash, key = uri.removeprefix("oss://").partition("/")
    return key if uri.startswith("oss://") and bucket and slash and key else None


def is_pds(uri: str) -> bool:
    """Return whether a URI names a PDS file (IMM-URI-PDS)."""
    return _PDS.fullmatch(uri) is not None


def with_pds(world: World, uris: list[str]) -> list[str]:
    """Return as many URIs of indexed files, with one in PDS in the last place if there is one beside them."""
    pds = [file.uri for file in world.files if is_pds(file.uri)][:1]
    return uris if not pds or pds[0] in uris else [*uris[:-1], *pds]


def folded(uri: str) -> str:
    """Return what careless handling takes a URI for: one text for all its spellings."""
    text = unicodedata.normalize("NFKC", unquote_plus(uri)).casefold()
    return re.sub(r"/+", "/", text).strip()


def in_a_query(uris: Sequence[str]) -> list[str]:
    """Return the first, the last and as many of the others as a query may hold."""
    most = list(uris)
    while len(quote(json.dumps(most))) > LONGEST_QUERY and len(most) > 2:
        del most[len(most) // 2]
    return most
