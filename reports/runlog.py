"""`run.jsonl`: the log of a run, append-only and hash-chained (design section 7).

One JSON object a line, in canonical form; `prev` is the SHA-256 of the line
before, byte for byte. The chain shows damage; only a certificate, which signs
the hash of the last line, shows a rewrite.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from reports.fitting import misfit

SCHEMA = "conformance-log/1"
NAME = "run.jsonl"
START = "0" * 64
"""The `prev` of the first line."""

_RESERVED = ("seq", "kind", "prev")
_EXCHANGES = {"call": "called", "channels": "opened", "received": "received"}
"""The definition in the schema for each `what` of an exchange."""


class LogError(Exception):
    """A log cannot be read or written or is damaged; the text names file and line."""


class NoLogError(LogError):
    """There is no log, or it cannot be read."""


def canonical(value: Any) -> str:
    """Return the one text of a JSON value that logs, reports' hashes and certificates use."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def digest(text: str | bytes) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


@dataclass(slots=True)
class LogWriter:
    """Appends lines to a log; each is on disk before the next thing happens.

    Raises LogError if the file cannot be written, and writes no more then.
    """

    path: Path
    _seq: int = 0
    _prev: str = START
    _file: IO[str] | None = None
    _broken: bool = False

    def append(self, kind: str, members: Mapping[str, Any]) -> int:
        """Write one line and return its number."""
        line = canonical({**members, "seq": self._seq, "kind": kind, "prev": self._prev})
        if not self._broken:
            self._write(line)
        self._seq, self._prev = self._seq + 1, digest(line)
        return self._seq - 1

    def _write(self, line: str) -> None:
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="ascii", newline="\n")
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            self._broken = True
            self._abandon()
            msg = f"log '{self.path}' cannot be written: {error.strerror}"
            raise LogError(msg) from None

    def _abandon(self) -> None:
        """Close the file without what could not be written, which closing would try again."""
        with contextlib.suppress(OSError):
            self.close()
        self._file = None

    def extend(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines of another log, chained anew."""
        for line in lines:
            self.append(line["kind"], {k: v for k, v in line.items() if k not in _RESERVED})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class RunLog:
    """The lines of a log whose chain holds, and the hash of the last one."""

    lines: tuple[dict[str, Any], ...]
    last: str

    @property
    def header(self) -> dict[str, Any]:
        """The first line: what was to be run, against what."""
        return self.lines[0]

    @property
    def footer(self) -> dict[str, Any] | None:
        """The last line of a run that came to its end, None if it did not."""
        return self.lines[-1] if self.lines[-1]["kind"] == "footer" else None

    @property
    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """The lines of each process, in the order in which it wrote them."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in self.lines[1:]:
            if line["kind"] != "footer":
                found.setdefault(line["part"], []).append(line)
        return found


def part_path(folder: Path, part: str) -> Path:
    """Return the file in which a process other than the first writes its lines."""
    return folder / f"run-{part}.jsonl"


def read_log(path: Path) -> RunLog:
    """Read a log and check its chain; a torn last line of a killed run is left out.

    Raises LogError for the first line that is not as it was written, NoLogError if the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"log '{path}' cannot be read: {error.strerror}"
        raise NoLogError(msg) from None
    raw = data.split(b"\n")
    torn = raw.pop()
    lines: list[dict[str, Any]] = []
    prev = START
    for number, text in enumerate(raw, 1):
        lines.append(_checked(path, number, text, prev))
        prev = digest(text)
    if not lines or lines[0]["kind"] != "header":
        msg = f"log '{path}' has no header; expected its first line to be of the kind 'header'"
        raise LogError(msg)
    if any(line["kind"] == "footer" for line in (lines if torn else lines[:-1])):
        msg = f"log '{path}' goes on after its footer"
        raise LogError(msg)
    _check_parts(path, lines)
    return RunLog(tuple(lines), prev)


def _checked(path: Path, number: int, text: bytes, prev: str) -> dict[str, Any]:
    """Return one line. Raises LogError if it is damaged or does not follow the one before."""
    try:
        line = json.loads(text)
        exact = isinstance(line, dict) and canonical(line).encode() == text
    except (ValueError, RecursionError):
        exact = False
    if not exact:
        msg = f"log '{path}', line {number} is damaged: it is not a JSON object in canonical form"
        raise LogError(msg)
    if line.get("prev") != prev:
        msg = f"log '{path}', line {number} does not follow line {number - 1}: its 'prev' is not that line's SHA-256"
        raise LogError(msg)
    if line.get("seq") != number - 1 or line.get("kind") not in ("header", "exchange", "verdict", "footer"):
        msg = f"log '{path}', line {number} has seq {line.get('seq')!r} and kind {line.get('kind')!r}"
        raise LogError(msg)
    if problem := misfit(line, "run", "line", _definition(line)):
        msg = f"log '{path}', line {number} is not as the schema of a log says, {problem}"
        raise LogError(msg)
    _check_footer(path, number, line)
    return dict(line)


def _definition(line: Mapping[str, Any]) -> str:
    """Return the name of the definition in the schema that a line keeps."""
    if line["kind"] == "header":
        return "partHeader" if line["seq"] else "runHeader"
    if line["kind"] == "exchange":
        return _EXCHANGES.get(str(line.get("what")), "called")
    return str(line["kind"])


def _check_parts(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Raise LogError unless the lines of each process begin with its header, and hold no other."""
    known: set[str] = set()
    for number, line in enumerate(lines[1:], 2):
        if line["kind"] == "footer":
            continue
        begins = line["kind"] == "header"
        if begins is (line["part"] in known):
            told = "begins twice" if begins else "does not begin with its header"
            msg = f"log '{path}', line {number}: the part '{line['part']}' {told}"
            raise LogError(msg)
        known.add(line["part"])


def _check_footer(path: Path, number: int, line: Mapping[str, Any]) -> None:
    """Raise LogError for a footer that was changed: no line follows whose `prev` would show it."""
    if line["kind"] == "footer" and line.get("self") != self_hash(line):
        msg = f"log '{path}', line {number}: the footer's 'self' is not its own SHA-256"
        raise LogError(msg)


def self_hash(footer: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a footer says, without what depends on its place."""
    return digest(canonical({k: v for k, v in footer.items() if k not in ("self", *_RESERVED)}))


def read_folder(folder: Path) -> RunLog:
    """Read the log in the folder of a report; what processes of a killed run left behind is joined.

    Raises NoLogError if there is none that can be read, LogError if it is damaged.
    """
    main = folder / NAME
    rest = [read_log(path) for path in sorted(folder.glob("run-*.jsonl"))]
    if not main.exists() and not rest:
        msg = f"'{folder}' holds no {NAME}; 'conformance run --report DIR' writes it"
        raise NoLogError(msg)
    log = read_log(main) if main.exists() else rest[0]
    if log.footer is not None or not rest:
        return log
    parts = log.parts
    for other in rest:
        parts = {**other.parts, **parts}
    return RunLog((log.header, *(line for lines in parts.values() for line in lines)), log.last)
