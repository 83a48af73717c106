"""The matrix of operations by kind of requirement, each requirement a small tile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reports.summary import OUTCOMES, Entry, kind_of

SIDES = {"request": "Requests", "response": "Answers", "message": "Messages", "behavior": "Behaviour"}
_PITCH = 7
_TILE = 6
_PER_ROW = {"request": 20, "response": 40, "message": 12, "behavior": 16}
_WORST_FIRST = ("violates", "warns", "inconclusive", "waived", "blocked", "not-exercised", "conforms")


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of requirement of one operation; `tiles` maps an outcome to an SVG path."""

    side: str
    title: str
    counts: Counter[str]
    width: int
    height: int
    tiles: dict[str, str]

    @property
    def total(self) -> int:
        """How many requirements there are."""
        return self.counts.total()

    @property
    def said(self) -> str:
        """The counts in words."""
        return ", ".join(f"{self.counts[o]} {o}" for o in OUTCOMES if self.counts[o])


@dataclass(frozen=True, slots=True)
class Row:
    """One operation; `whole` counts all of its requirements."""

    operation: str
    cells: tuple[Cell, ...]
    whole: Counter[str]


def side_of(entry: Entry) -> str:
    """Return the column that a requirement belongs to; errors are answers too."""
    parts = entry["id"].split("/")
    side = "response" if parts[1:2] == ["error"] else "".join(parts[1:2])
    return side if side in SIDES else "behavior"


def matrix_of(report: Entry) -> list[Row]:
    """Return a row for each operation, in the order of the report."""
    rows: dict[str, dict[str, list[str]]] = {}
    for entry in report["requirements"]:
        sides = rows.setdefault(entry["operation"], {side: [] for side in SIDES})
        sides[side_of(entry)].append(kind_of(entry))
    return [_row(operation, sides) for operation, sides in rows.items()]


def _row(operation: str, sides: dict[str, list[str]]) -> Row:
    whole = Counter(kind for kinds in sides.values() for kind in kinds)
    return Row(operation, tuple(_cell(side, kinds) for side, kinds in sides.items()), whole)


def _cell(side: str, kinds: list[str]) -> Cell:
    columns = _PER_ROW[side]
    ordered = sorted(kinds, key=_WORST_FIRST.index)
    height = -(-len(ordered) // columns) * _PITCH
    width = min(columns, max(len(ordered), 1)) * _PITCH
    return Cell(side, SIDES[side], Counter(kinds), width, height, _paths(ordered, columns))


def _paths(kinds: Iterable[str], columns: int) -> dict[str, str]:
    paths: dict[str, Any] = {}
    for number, kind in enumerate(kinds):
        x, y = number % columns * _PITCH, number // columns * _PITCH
        paths.setdefault(kind, []).append(f"M{x} {y}h{_TILE}v{_TILE}h-{_TILE}z")
    return {kind: "".join(parts) for kind, parts in paths.items()}
