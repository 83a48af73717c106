"""The journal: what a run creates, written down before it is created.

One JSON object a line. A creating call is written before it is sent and once
more with its result, so that after a crash everything that may exist is
known, and so is what was refused and therefore belongs to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from conformance.exchange import Call, Exchange
from strategies import RawText

State = Literal["sent", "accepted", "refused"]

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
    of what the run creates.
    """

    target: str
    token: str
    mark: str
    path: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    _file: IO[str] | None = None
    _counted: int = 0
    _single: int = 0
    _files: int = 0

    def before(self, call: Call) -> None:
        """Write down a creating call before it is sent. Raises JournalError if that fails."""
        if call.operation in CREATING:
            self.entries.append(Entry(call.operation, _names(call), "sent"))
            self._write({"entry": len(self.entries) - 1, **_plain(self.entries[-1])})

    def after(self, exchange: Exchange) -> None:
        """Write down what became of the creating call that was written last."""
        if exchange.call.operation not in CREATING or exchange.answer is None:
            return
        if exchange.answer.status >= 500:
            return
        last = self.entries[-1]
        state: State = "accepted" if exchange.accepted else "refused"
        self.entries[-1] = Entry(last.operation, last.names, state, _created_id(exchange))
        self._write({"entry": len(self.entries) - 1, "state": state, "id": self.entries[-1].id})

    def cost(self, pending: Call | None = None) -> int:
        """Return how many requests it takes at most to remove everything, what `pending` creates included."""
        while self._counted < len(self.entries) - 1:
            self._count(self.entries[self._counted])
            self._counted += 1
        last = self.entries[self._counted :]
        if pending is not None and pending.operation in CREATING:
            last = [*last, Entry(pending.operation, _names(pending), "sent")]
        single = self._single + sum(_is_single(e) for e in last)
        files = self._files + sum(len(uris_of(e)) for e in last if e.state != "refused")
        return 3 * single + 2 * (files // 100 + bool(files))

    def _count(self, entry: Entry) -> None:
        """Add up an entry that does not change any more."""
        self._single += _is_single(entry)
        self._files += len(uris_of(entry)) if entry.state != "refused" else 0

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
            self._file.write(json.dumps(head) + "\n")
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def read_journal(path: Path) -> Journal:
    """Read a journal that a run left behind; a torn last line is ignored.

    Raises JournalError if it is not one.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        head = json.loads(lines[0])
        journal = Journal(head["target"], head["token"], head["mark"])
    except OSError as error:
        msg = f"journal '{path}' cannot be read: {error.strerror}"
        raise JournalError(msg) from None
    except (ValueError, KeyError, IndexError, TypeError):
        msg = f"'{path}' is not a journal: its first line is not the head of one"
        raise JournalError(msg) from None
    for number, line in enumerate(lines[1:], 2):
        try:
            _apply(journal.entries, json.loads(line))
        except (ValueError, KeyError, IndexError, TypeError):
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


def _is_single(entry: Entry) -> bool:
    """Return whether it takes calls of its own to remove what an entry names."""
    return entry.state != "refused" and entry.operation in ("CreateProject", "CreateDataset", "CreateBinding")


def uris_of(entry: Entry) -> list[str]:
    """Return the URIs that an index call named."""
    given = entry.names.get("Files", entry.names.get("File"))
    files: Iterable[Any] = given if isinstance(given, list) else [given]
    return [f for f in files if isinstance(f, str)]


def _names(call: Call) -> dict[str, Any]:
    texts = {n: _text(call.params.get(n)) for n in CREATING[call.operation] if n not in ("File", "Files")}
    names: dict[str, Any] = {n: text for n, text in texts.items() if text}
    for key in ("Files", "File"):
        if key in CREATING[call.operation]:
            names[key] = _uris(call.params.get(key))
    return names


def _text(value: Any) -> str:
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
