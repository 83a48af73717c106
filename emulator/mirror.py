"""What has changed in a tree of plain data since it was last looked at, as rows, and the tree again from its rows.

Mappings, lists and mutable dataclasses that hold some are taken apart, so that a change costs one row; everything else
is one row. What is frozen counts as unchanged while it is the same object, and must not be changed inside.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol, get_args, get_origin

from emulator.json_text import write_json
from emulator.plain import from_json, members_of, to_json

Path = tuple[str, ...]

_SCALARS = (str, int, float, bool)


@dataclass(slots=True)
class Changes:
    """Rows to be removed, each with all below it, and then rows to be written, in this order."""

    drops: list[Path] = field(default_factory=list)
    puts: dict[Path, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.drops or self.puts)


@dataclass(slots=True)
class _Branch:
    """A row with the rows below it."""

    row: str = ""
    below: dict[str, "_Branch"] = field(default_factory=dict)


class Mirror(Protocol):
    """The last known form of one part of the tree."""

    def compare(self, value: Any, path: Path, changes: Changes) -> None:
        """Add what has changed since the last time, which is at first everything."""
        ...

    def restore(self, branch: _Branch) -> Any:
        """Return the part that the rows describe, and know it from then on."""
        ...


def mirror_of(kind: Any) -> Mirror:
    """Return a mirror of values of a type that has seen none yet."""
    if _is_split(kind):
        return _Record(kind)
    if not _is_container(kind):
        return _Leaf(kind)
    member = get_args(kind)[-1]
    if get_origin(kind) is list:
        return _Sequence(member)
    return _Leaves(member) if _is_frozen(member) or member in _SCALARS else _Table(member)


def restored(kind: Any, rows: Mapping[Path, str]) -> tuple[Any, Mirror]:
    """Return a value of a type, and its mirror, from its rows in the order in which they were first written.

    Raises TypeError, ValueError or KeyError if they do not describe one.
    """
    root = _Branch()
    for path, row in rows.items():
        branch = root
        for step in path:
            branch = branch.below.setdefault(step, _Branch())
        branch.row = row
    mirror = mirror_of(kind)
    return mirror.restore(root), mirror


def _is_frozen(kind: Any) -> bool:
    return bool(is_dataclass(kind) and kind.__dataclass_params__.frozen)  # type: ignore[union-attr]


def _is_split(kind: Any) -> bool:
    if not is_dataclass(kind) or _is_frozen(kind):
        return False
    return any(_is_container(member) for member in members_of(kind).values())


def _is_container(kind: Any) -> bool:
    return get_origin(kind) is list or (get_origin(kind) is dict and get_args(kind)[1] is not object)


def _print_of(value: object) -> object:
    """Return what tells one form of a value from another: itself if it cannot change."""
    if is_dataclass(value) and not isinstance(value, type):
        return value if _is_frozen(type(value)) else tuple(_print_of(getattr(value, f.name)) for f in fields(value))
    return write_json(to_json(value)) if isinstance(value, dict | list) else value


def _text(value: object) -> str:
    return write_json(to_json(value))


class _Leaf:
    """One row, whatever it holds."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._seen: object = self

    def compare(self, value: Any, path: Path, changes: Changes) -> None:
        seen = _print_of(value)
        if seen is not self._seen and seen != self._seen:
            changes.puts[path] = _text(value)
            self._seen = seen

    def restore(self, branch: _Branch) -> Any:
        value = from_json(self._kind, json.loads(branch.row))
        self._seen = _print_of(value)
        return value


class _Record:
    """A dataclass: a row for its plain members, and the rows of its mappings and lists below."""

    def __init__(self, kind: Any) -> None:
        members = members_of(kind)
        self._kind = kind
        self._plain = {name: member for name, member in members.items() if not _is_container(member)}
        self._parts = {name: mirror_of(member) for name, member in members.items() if _is_container(member)}
        self._seen = ""

    def compare(self, value: Any, path: Path, changes: Changes) -> None:
        seen = _text({name: getattr(value, name) for name in self._plain})
        if seen != self._seen:
            changes.puts[path] = self._seen = seen
        for name, part in self._parts.items():
            part.compare(getattr(value, name), (*path, name), changes)

    def restore(self, branch: _Branch) -> Any:
        unknown = branch.below.keys() - self._parts.keys()
        if unknown:
            raise ValueError(f'expected the members of {self._kind.__name__}, found "{min(unknown)}"')
        self._seen = branch.row
        plain = {name: from_json(self._plain[name], member) for name, member in json.loads(branch.row).items()}
        parts = {name: part.restore(branch.below.get(name, _Branch())) for name, part in self._parts.items()}
        return self._kind(**plain, **parts)


class _Leaves:
    """A mapping of what cannot change: a row for itself, so that it can be empty, and one for each member below."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._seen: dict[str, object] | None = None

    def compare(self, value: dict[str, Any], path: Path, changes: Changes) -> None:
        if self._seen is None:
            changes.puts[path] = ""
        seen = self._seen or {}
        if self._seen is None or seen != value:
            changes.drops.extend((*path, name) for name in seen if name not in value)
            changed = {name: member for name, member in value.items() if seen.get(name) is not member}
            changes.puts.update(((*path, name), _text(member)) for name, member in changed.items())
            self._seen = dict(value)

    def restore(self, branch: _Branch) -> Any:
        value = {name: from_json(self._kind, json.loads(below.row)) for name, below in branch.below.items()}
        self._seen = dict(value)
        return value


class _Table:
    """A mapping of what can change: a row for itself and the rows of its members below."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._parts: dict[str, Mirror] | None = None

    def compare(self, value: dict[str, Any], path: Path, changes: Changes) -> None:
        if self._parts is None:
            changes.puts[path] = ""
        parts = self._parts or {}
        changes.drops.extend((*path, name) for name in parts if name not in value)
        self._parts = {name: parts.get(name) or mirror_of(self._kind) for name in value}
        for name, part in self._parts.items():
            part.compare(value[name], (*path, name), changes)

    def restore(self, branch: _Branch) -> Any:
        self._parts = {name: mirror_of(self._kind) for name in branch.below}
        return {name: part.restore(branch.below[name]) for name, part in self._parts.items()}


class _Sequence:
    """A list: a row for itself and one for each item; from the first that has changed on all are written again."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._seen: list[object] | None = None

    def compare(self, value: list[Any], path: Path, changes: Changes) -> None:
        if self._seen is None:
            changes.puts[path] = ""
        known = self._seen or []
        seen = [_print_of(item) for item in value]
        kept = _common(known, seen)
        changes.drops.extend((*path, str(index)) for index in range(len(seen), len(known)))
        changes.puts.update(((*path, str(index)), _text(value[index])) for index in range(kept, len(seen)))
        self._seen = seen

    def restore(self, branch: _Branch) -> Any:
        value = [from_json(self._kind, json.loads(branch.below[str(index)].row)) for index in range(len(branch.below))]
        self._seen = [_print_of(item) for item in value]
        return value


def _common(known: list[object], seen: list[object]) -> int:
    """Return how many items at the start are the same."""
    for index, (old, new) in enumerate(zip(known, seen, strict=False)):
        if old is not new and old != new:
            return index
    return min(len(known), len(seen))
