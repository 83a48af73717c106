"""Which call a message tells of.

The message does not say (its RequestId is not that of the call, facts imm.md
C25), so it is found by what both hold: the URIs of the files, UserData, and
the names of project and dataset.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from conformance.exchange import Exchange, Notice
from conformance.journal import INDEXING


def topic_of(exchange: Exchange) -> str | None:
    """Return the topic that a call names, None if it names none."""
    notification = exchange.call.params.get("Notification")
    mns = notification.get("MNS") if isinstance(notification, dict) else None
    topic = mns.get("TopicName") if isinstance(mns, dict) else None
    return topic if isinstance(topic, str) else None


def files_asked(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the files that an index call names; what is no object is left out."""
    params = exchange.call.params
    given = params.get("Files") if exchange.call.operation == "BatchIndexFileMeta" else [params.get("File")]
    return [f for f in given if isinstance(f, dict)] if isinstance(given, list) else []


def uris_of(files: Iterable[Any]) -> list[str]:
    """Return the URIs of files, asked for or told of, as far as they are texts."""
    found = [f.get("URI") for f in files if isinstance(f, dict)]
    return [uri for uri in found if isinstance(uri, str)]


def entries_of(notice: Notice) -> list[dict[str, Any]] | None:
    """Return the entries of a message's Files, None if it is not a list of objects."""
    files = (notice.value or {}).get("Files")
    if isinstance(files, list) and all(isinstance(f, dict) for f in files):
        return files
    return None


def failed_as_a_whole(notice: Notice) -> bool:
    """Whether a message tells that a call failed, and of no file; no source shows its members (mns.md 5.10)."""
    value = notice.value or {}
    return value.get("Success") is False and not value.get("Files")


@dataclass(frozen=True, slots=True)
class _Asked:
    """An accepted index call, as far as messages can be told by it."""

    exchange: Exchange
    uris: frozenset[str]
    user_data: str
    topic: str | None


class _Score(NamedTuple):
    """How well a message fits a call; the most telling marks come first."""

    marked: bool
    exact: bool
    common: int
    bare: bool
    named: bool
    place: int


@dataclass(slots=True)
class Links:
    """The index calls of a run, and the messages that came about them.

    Only calls that hold the run's token can be told from those of others.
    """

    token: str
    topic: str
    _asked: list[_Asked] = field(default_factory=list)
    _seen: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def note(self, exchange: Exchange) -> None:
        """Remember a call, if messages about it may come; so they may when no answer came."""
        call = exchange.call
        refused = exchange.answer is not None and not exchange.accepted
        if call.operation not in INDEXING or refused or call.form.action or call.form.extra:
            return
        given = call.params.get("UserData")
        user_data = given if isinstance(given, str) else ""
        uris = frozenset(uris_of(files_asked(exchange)))
        if any(self.token in text for text in (*uris, user_data)):
            self._asked.append(_Asked(exchange, uris, user_data, topic_of(exchange)))

    def link(self, notice: Notice) -> Notice:
        """Return the message with its cause, if there is exactly one that fits best."""
        cause = self._cause(notice)
        if cause is None:
            return notice
        seen = self._seen.setdefault((cause.number, notice.source.name), [])
        if _identity(notice) not in seen:
            seen.append(_identity(notice))
        return replace(notice, topic=self.topic, cause=cause, rank=seen.index(_identity(notice)) + 1)

    def _cause(self, notice: Notice) -> Exchange | None:
        scored = [(self._score(asked, notice), asked) for asked in self._asked]
        best = max((score for score, _ in scored), default=None)
        if best is None or not (best.marked or best.common):
            return self._waiting(notice)
        fitting = [asked for score, asked in scored if score == best]
        return self._untold(fitting, notice) if _alike(fitting) else None

    def _untold(self, fitting: list[_Asked], notice: Notice) -> Exchange:
        """Return, of calls that asked for the same, the first of which no other message told."""
        for asked in fitting:
            seen = self._seen.get((asked.exchange.number, notice.source.name), [])
            if not seen or _identity(notice) in seen:
                return asked.exchange
        return fitting[-1].exchange

    def _score(self, asked: _Asked, notice: Notice) -> _Score:
        value = notice.value or {}
        told = set(uris_of(entries_of(notice) or ()))
        common = asked.uris & told if told else {uri for uri in asked.uris if _written(uri, notice.text)}
        params = asked.exchange.call.params
        return _Score(
            marked=self._is_marked(asked, notice),
            exact=common == asked.uris and told <= asked.uris,
            common=len(common),
            bare=not asked.user_data and not value.get("UserData"),
            named=asked.topic == self.topic,
            place=sum(value.get(name) == params.get(name) for name in ("ProjectName", "DatasetName")),
        )

    def _is_marked(self, asked: _Asked, notice: Notice) -> bool:
        """Whether a message carries the UserData of a call; where it does not belong, only what is the run's own."""
        told = (notice.value or {}).get("UserData")
        return bool(asked.user_data) and (
            told == asked.user_data or (self.token in asked.user_data and _written(asked.user_data, notice.text))
        )

    def _waiting(self, notice: Notice) -> Exchange | None:
        """Return the oldest call that waits for a message, for one that names nothing of any call."""
        user_data = (notice.value or {}).get("UserData", "")
        for asked in self._asked:
            waits = asked.topic == self.topic and (asked.exchange.number, notice.source.name) not in self._seen
            if waits and self.token in notice.text and bool(user_data) == bool(asked.user_data):
                return asked.exchange
        return None


def _written(value: str, text: str) -> bool:
    """Whether a JSON text holds a string, however its characters are escaped."""
    return any(json.dumps(value, ensure_ascii=plain)[1:-1] in text for plain in (False, True))


def _identity(notice: Notice) -> str:
    """Return what tells one published message from another, however often it is delivered (mns.md 3.1).

    Each copy in a queue has an id of its own; that of the topic's message is in the envelope, if there is one.
    """
    return notice.fields.get("MessageId") or (notice.id if notice.source.kind == "push" else "") or notice.text


def _alike(fitting: list[_Asked]) -> bool:
    """Whether it does not matter which of the calls it is: they asked for the same, but for UserData that is lost."""
    wanted = [(a.exchange.call.operation, {**a.exchange.call.params, "UserData": ""}) for a in fitting]
    return all(one == wanted[0] for one in wanted)
