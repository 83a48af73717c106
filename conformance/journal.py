"""The journal: what a run creates, written down before it is created.

One JSON object a line. A creating call is written before it is sent and once
more with its result, so that after a crash everything that may exist is
known, and so is what was refused and therefore belongs to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from conformance.exchange import Call, Exchange
from conformance.wire.encoding import LONGEST_QUERY, quote
from strategies import RawText

State = Literal["sent", "accepted", "refused", "removed"]

CREATING: Mapping[str, tuple[str, ...]] = {
    "CreateProject": ("ProjectName",),
    "CreateDataset": ("ProjectName", "DatasetName"),
    "CreateBinding": ("ProjectName", "DatasetName", "URI"),
    "IndexFileMeta": ("ProjectName", "DatasetName", "File"),
    "BatchIndexFileMeta": ("ProjectName", "DatasetName", "Files"),
    "CreateFileCompressionTask": ("ProjectName",),
    "UploadMediaByURL": ("UploadURLs",),
    "SubmitBatchMediaProducingJob": (),
}
"""Operations that create something, and the parameters that name it."""

INDEXING = ("IndexFileMeta", "BatchIndexFileMeta")
"""Operations that index what is named, which need not be there."""

_REMOVING = {f"Delete{kind}": f"Create{kind}" for kind in ("Project", "Dataset", "Binding")}
"""Operations that remove something, and those that create it."""

_BATCH = 100
"""So many index entries at most one request removes."""

_SPARE = 4
"""Requests to repeat removals with, at least; of many, a quarter."""


_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, RecursionError)


class JournalError(Exception):
    """A journal cannot be read or written; the text says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was, or may have been, created."""

    operation: str
    names: Mapping[str, Any]
    state: State
    id: str = ""


@dataclass(slots=True)
class Journal:
    """The entries of one run, in memory and, if `path` is given, on disk.

    `mark` is a text that only this run knows; it stands in the description
    of what the run creates. `foreign` names the bindings that a given dataset
    had before the run asked for them: they are not its own, even if a target
    answers their creation with success. `objects` are URIs of objects that a
    binding may have indexed, which no call of the run names.
    """

    target: str
    token: str
    mark: str
    path: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    foreign: list[Mapping[str, Any]] = field(default_factory=list)
    objects: tuple[str, ...] = ()
    _file: IO[str] | None = None
    _removals: int = 0
    _files: int = 0

    def before(self, call: Call) -> None:
        """Write down a creating call before it is sent. Raises JournalError if that fails."""
        if call.operation in CREATING:
            self.entries.append(Entry(call.operation, _names(call), "sent"))
            self._count(self.entries[-1], 1)
            self._write({"entry": len(self.entries) - 1, **_plain(self.entries[-1])})

    def after(self, exchange: Exchange) -> None:
        """Write down what became of the creating call that was written last, or what a call has removed."""
        if exchange.answer is None or exchange.answer.status >= 500:
            return
        if exchange.call.operation in CREATING:
            made = exchange.accepted and self.entries[-1].names not in self.foreign
            self._change(len(self.entries) - 1, "accepted" if made else "refused", _created_id(exchange))
        elif exchange.call.operation == "GetBinding" and exchange.accepted:
            self._note_foreign(exchange.call)
        elif exchange.call.operation in _REMOVING and exchange.accepted:
            self._note_removal(exchange.call)

    def cost(self, pending: Call | None = None) -> int:
        """Return how many requests to keep for removing everything, what `pending` creates included.

        Some more than all removals take, since one may have to be repeated.
        """
        removals, files = self._removals, self._files
        if pending is not None and pending.operation in CREATING:
            entry = Entry(pending.operation, _names(pending), "sent")
            removals, files = removals + _removals_of(entry), files + self._files_of(entry)
        removals += files // LONGEST_QUERY + bool(files)
        return removals + max(_SPARE, removals // _SPARE) if removals else 0

    def scanned(self, entry: Entry) -> list[str]:
        """Return the URIs of the known objects in the bucket that a binding is to."""
        bucket = f"{entry.names.get('URI')}/"
        return [uri for uri in self.objects if entry.operation == "CreateBinding" and uri.startswith(bucket)]

    def is_foreign(self, call: Call) -> bool:
        """Return whether a call is about a binding that was there before the run asked for it."""
        return _named(call, "CreateBinding") in self.foreign

    def _note_foreign(self, call: Call) -> None:
        found = _named(call, "CreateBinding")
        asked = (e.names for e in self.entries if e.operation == "CreateBinding")
        place = found["ProjectName"] + found["DatasetName"]
        if self.token not in place and found not in asked:
            self.foreign.append(found)

    def _note_removal(self, call: Call) -> None:
        operation = _REMOVING[call.operation]
        removed = _named(call, operation)
        for number, entry in enumerate(self.entries):
            if entry.operation == operation and entry.names == removed and entry.state in ("sent", "accepted"):
                self._change(number, "removed", entry.id)

    def _change(self, number: int, state: State, created: str) -> None:
        known = self.entries[number]
        self.entries[number] = Entry(known.operation, known.names, state, created)
        self._count(known, -1)
        self._count(self.entries[number], 1)
        self._write({"entry": number, "state": state, "id": created})

    def _count(self, entry: Entry, sign: int) -> None:
        self._removals += sign * _removals_of(entry)
        self._files += sign * self._files_of(entry)

    def _files_of(self, entry: Entry) -> int:
        scanned = self.scanned(entry) if entry.state != "removed" else []
        return sum(map(_size, [*uris_of(entry), *scanned])) if entry.state != "refused" else 0

    def close(self, *, keep: bool) -> None:
        """Close the file; remove it unless it is still needed."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if self.path is not None and not keep:
                self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            self._append(line)
        except OSError as error:
            msg = (
                f"the journal '{self.path}' cannot be written: {error.strerror}; nothing is created without it, so "
                "run from a folder that can be written, or give one with --report"
            )
            raise JournalError(msg) from None

    def _append(self, line: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
            head = {"journal": 1, "target": self.target, "token": self.token, "mark": self.mark}
            self._file.write(json.dumps({**head, "objects": self.objects}) + "\n")
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def read_journal(path: Path) -> Journal:
    """Read a journal that a run left behind; a torn last line is ignored.

    Raises JournalError if it is not one.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        head = json.loads(lines[0])
        objects = tuple(str(uri) for uri in head.get("objects", ()))
        journal = Journal(head["target"], head["token"], head["mark"], objects=objects)
    except OSError as error:
        msg = f"journal '{path}' cannot be read: {error.strerror}"
        raise JournalError(msg) from None
    except _UNREADABLE:
        msg = f"'{path}' is not a journal: its first line is not the head of one"
        raise JournalError(msg) from None
    for number, line in enumerate(lines[1:], 2):
        try:
            _apply(journal.entries, json.loads(line))
        except _UNREADABLE:
            if number < len(lines):
                msg = f"journal '{path}', line {number} is damaged"
                raise JournalError(msg) from None
    return journal


def _apply(entries: list[Entry], line: Mapping[str, Any]) -> None:
    if "operation" in line:
        entries.append(Entry(line["operation"], line["names"], line["state"]))
        return
    known = entries[line["entry"]]
    entries[line["entry"]] = Entry(known.operation, known.names, line["state"], line["id"])


def _removals_of(entry: Entry) -> int:
    """Return how many calls of its own it takes to remove what an entry names: what is unsure is looked at first."""
    if entry.operation not in _REMOVING.values():
        return 0
    return {"sent": 2, "accepted": 1}.get(entry.state, 0)


def batches(uris: Iterable[str]) -> Iterator[list[str]]:
    """Yield URIs by as many as one request removes."""
    batch: list[str] = []
    room = LONGEST_QUERY
    for uri in uris:
        if batch and _size(uri) > room:
            yield batch
            batch, room = [], LONGEST_QUERY
        batch.append(uri)
        room -= _size(uri)
    if batch:
        yield batch


def _size(uri: str) -> int:
    """Return what a URI takes of a request: characters of a JSON text in a query, or its part of a full batch."""
    return max(len(quote(f'"{uri}",')), LONGEST_QUERY // _BATCH)


def uris_of(entry: Entry) -> list[str]:
    """Return the URIs that an index call named."""
    given = entry.names.get("Files", entry.names.get("File"))
    files: Iterable[Any] = given if isinstance(given, list) else [given]
    return [f for f in files if isinstance(f, str)]


def asked_uris(call: Call) -> list[str]:
    """Return the URIs of the files that an index call asks for."""
    return _uris(call.params.get("Files", call.params.get("File")))


def _names(call: Call) -> dict[str, Any]:
    texts = {n: text_of(call.params.get(n)) for n in CREATING[call.operation] if n not in ("File", "Files")}
    names: dict[str, Any] = {n: text for n, text in texts.items() if text}
    for key in ("Files", "File"):
        if key in CREATING[call.operation]:
            names[key] = _uris(call.params.get(key))
    return names


def _named(call: Call, created_by: str) -> dict[str, str]:
    """Return what a call names of a thing by the parameters that name it when it is made."""
    return {name: text_of(call.params.get(name)) for name in CREATING[created_by]}


def text_of(value: Any) -> str:
    """Return what a parameter that names something is on the wire."""
    return value.text if isinstance(value, RawText) else value if isinstance(value, str) else ""


def _uris(given: Any) -> list[str]:
    if isinstance(given, RawText):
        try:
            given = json.loads(given.text)
        except ValueError:
            return []
    files = given if isinstance(given, list) else [given]
    uris = [f.get("URI") for f in files if isinstance(f, dict)]
    return [u for u in uris if isinstance(u, str)]


def _created_id(exchange: Exchange) -> str:
    value = exchange.value
    for key in ("TaskId", "JobId"):
        if isinstance(value.get(key), str):
            return str(value[key])
    jobs = value.get("UploadJobs")
    found = [j.get("JobId") for j in jobs if isinstance(j, dict)] if isinstance(jobs, list) else []
    return ",".join(str(j) for j in found)


def _plain(entry: Entry) -> dict[str, Any]:
    return {"operation": entry.operation, "names": dict(entry.names), "state": entry.state}
