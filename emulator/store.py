"""Where the memory of a server is kept: in memory, or in a file that survives a restart and a crash at any moment."""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Final, NoReturn, Protocol

from emulator.mirror import Changes, Mirror, Path, mirror_of, restored
from emulator.state import State

_APPLICATION: Final = 0x494D4D45
"""What tells a state file from other SQLite files, in the header field that is meant for it."""
_VERSION: Final = 1
_SCHEMA: Final = (
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, value TEXT NOT NULL)",
)
_PUT: Final = "INSERT INTO entry (path, value) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET value = excluded.value"
_DROP: Final = "DELETE FROM entry WHERE path = ?"
# Behind its comma a path goes on with a quotation mark, which is the character before this one.
_DROP_BELOW: Final = "DELETE FROM entry WHERE path > ?1 AND path < ?1 || '#'"
_BUSY_SECONDS: Final = 0.1


class StoreError(Exception):
    """A state file cannot be used; the text is one sentence that names it."""


class Store(Protocol):
    """Keeps the memory of one server."""

    def load(self) -> State:
        """Return what was kept; called once, at the start."""
        ...

    def commit(self, state: State) -> None:
        """Keep all that has changed since the last time, or nothing of it; raises StoreError if that is impossible."""
        ...

    def close(self) -> None:
        """End the use of the store."""
        ...


class MemoryStore:
    """Keeps nothing beyond the life of its server."""

    def load(self) -> State:
        """Return an empty memory."""
        return State()

    def commit(self, state: State) -> None:
        """Do nothing: the memory itself is all there is."""

    def close(self) -> None:
        """Do nothing."""


class FileStore:
    """Keeps the memory in an SQLite file, which is made if there is none.

    Each commit is one transaction, on the disk before it returns. Only one process can use a file at a time; it is
    free again when that process ends, however it does. Raises StoreError if the file cannot be used.
    """

    def __init__(self, path: FilePath) -> None:
        self._path = path.absolute()
        self._mirror: Mirror | None = None
        if self._path.is_dir():
            raise StoreError(f'"{path}" is a folder, not a state file')
        try:
            self._database = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise StoreError(f'the state file "{path}" cannot be opened: {error}') from None
        try:
            self._open()
        except sqlite3.Error as error:
            self._fail(error)
        except StoreError:
            self._database.close()
            raise

    def load(self) -> State:
        """Return what the file holds; raises StoreError if it is damaged."""
        rows: dict[Path, str] = {}
        try:
            for path, value in self._database.execute("SELECT path, value FROM entry ORDER BY number"):
                rows[tuple(json.loads(path))] = value
            if not rows:
                return State()
            state, self._mirror = restored(State, rows)
        except (sqlite3.Error, TypeError, ValueError, KeyError) as error:
            self._database.close()
            raise StoreError(f'the state file "{self._path}" is damaged: {error}') from None
        assert isinstance(state, State)
        return state

    def commit(self, state: State) -> None:
        """Write what has changed; raises StoreError if the disk takes none of it."""
        known, self._mirror = self._mirror, None
        mirror = known or mirror_of(State)
        changes = Changes()
        mirror.compare(state, (), changes)
        if changes:
            try:
                self._write(changes, anew=known is None)
            except sqlite3.Error as error:
                # Without its mirror the next commit writes everything.
                raise StoreError(f'the state file "{self._path}" cannot be written: {error}') from error
        self._mirror = mirror

    def close(self) -> None:
        """Close the file, so that another process can use it."""
        self._database.close()

    def _open(self) -> None:
        # In this mode the lock that is taken here is kept until the end.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("BEGIN EXCLUSIVE")
        is_new = self._check()
        self._database.execute("COMMIT")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA if is_new else ():
            self._database.execute(statement)
        self._database.execute("COMMIT")

    def _check(self) -> bool:
        """Return whether the file is still empty; raises StoreError if it belongs to something else."""
        application = self._number("application_id")
        if not application and not self._number("schema_version"):
            return True
        if application != _APPLICATION:
            raise StoreError(f'"{self._path}" is a database, but not a state file')
        if self._number("user_version") != _VERSION:
            raise StoreError(f'the state file "{self._path}" was written by another version of the emulator')
        return False

    def _number(self, pragma: str) -> int:
        return int(self._database.execute(f"PRAGMA {pragma}").fetchone()[0])

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        self._database.close()
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_NOTADB":
            raise StoreError(f'"{self._path}" is not a state file')
        if name == "SQLITE_BUSY":
            raise StoreError(f'the state file "{self._path}" is used by another process')
        raise StoreError(f'the state file "{self._path}" cannot be used: {error}')

    def _write(self, changes: Changes, *, anew: bool) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            if anew:
                self._database.execute("DELETE FROM entry")
            for path in changes.drops:
                text = json.dumps(path)
                self._database.execute(_DROP, (text,))
                self._database.execute(_DROP_BELOW, (f"{text[:-1]}, ",))
            puts = ((json.dumps(path), value) for path, value in changes.puts.items())
            self._database.executemany(_PUT, puts)
            self._database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
