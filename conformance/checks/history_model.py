"""What a history of calls must leave visible: a model of two files and a binding.

Pure: it takes what was done and an answer, and says whether they agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import Exchange

GONE = "BatchGetFileMeta/behavior/gone-after-delete"
FOUND = "BatchGetFileMeta/behavior/found-after-index"
VALUES = "BatchGetFileMeta/behavior/with-fields-values"
LABELS = "IndexFileMeta/behavior/effect-labels"
AGAIN = "IndexFileMeta/behavior/reindex"
IDEMPOTENT = "Provisioning/behavior/delete-file-meta-idempotent"
BOUND = "CreateBinding/behavior/visible"
UNBOUND = "GetBinding/behavior/gone-after-delete"
SETTLED = (GONE, FOUND, VALUES, LABELS, AGAIN, IDEMPOTENT, BOUND, UNBOUND)


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a history: the rule, its arguments, and how it is told."""

    rule: str
    arguments: tuple[tuple[str, str], ...]
    told: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an answer and the model part: the requirement and both readings."""

    requirement: str
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A difference, with the history that led to it and the exchange that showed it."""

    difference: Difference
    history: tuple[Action, ...]
    exchange: Exchange


@dataclass(slots=True)
class Model:
    """What is visible: the label of each file that is indexed, and whether the bucket is bound.

    `uris` are those of the files by name, `known` the names that an action has touched.
    """

    uris: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    bound: bool = False

    def index(self, names: Sequence[str], label: str) -> None:
        """Take note that files were indexed with a label."""
        self.again.update(set(names) & self.labels.keys())
        self.known.update(names)
        self.labels.update(dict.fromkeys(names, label))

    def delete(self, names: Sequence[str]) -> None:
        """Take note that files were deleted."""
        self.known.update(names)
        for name in names:
            self.labels.pop(name, None)

    def touched(self) -> list[str]:
        """Return the URIs of all files that an action has touched."""
        return [self.uris[name] for name in sorted(self.known)]

    def settled(self, *, labelled: bool) -> Iterator[str]:
        """Yield the requirements on which an answer that agrees is an occasion."""
        if self.known - self.labels.keys():
            yield GONE
        if self.labels:
            yield FOUND
        if self.again & self.labels.keys():
            yield AGAIN
        if self.labels and labelled:
            yield LABELS

    def compare(self, seen: Exchange, *, labelled: bool) -> Difference | None:
        """Return how an answer of BatchGetFileMeta differs; labels count only where they are shown."""
        shown = files_by_uri(seen)
        for name in sorted(self.known):
            found = shown.get(self.uris[name], [])
            difference = self._compare_file(name, found, labelled=labelled)
            if difference is not None:
                return difference
        return None

    def _compare_file(self, name: str, found: list[Any], *, labelled: bool) -> Difference | None:
        if name not in self.labels:
            return Difference(GONE, f"{name} is not found", f"{name} is still found") if found else None
        if not found:
            return Difference(FOUND, f"{name} is found", f"{name} is not found")
        if len(found) > 1:
            return Difference(AGAIN, f"one entry of {name}", f"{len(found)} entries of {name}")
        if labelled and found[0] != {"step": self.labels[name]}:
            expected = f"{name} has the label {self.labels[name]}"
            return Difference(LABELS, expected, f"its CustomLabels are {found[0]}")
        return None

    def compare_projected(self, seen: Exchange, *, labelled: bool) -> Difference | None:
        """Return how an answer with WithFields differs from what the full one showed."""
        difference = self.compare(seen, labelled=labelled)
        if difference is None:
            return None
        return Difference(VALUES, f"with WithFields as without: {difference.expected}", difference.observed)

    def compare_binding(self, seen: Exchange) -> Difference | None:
        """Return how an answer of GetBinding differs."""
        binding = seen.value.get("Binding")
        there = seen.accepted and isinstance(binding, dict) and binding.get("State") != "Deleted"
        if there == self.bound:
            return None
        ids, words = (UNBOUND, BOUND), ("no binding", "the binding")
        return Difference(ids[self.bound], words[self.bound], f"GetBinding shows {words[there]}")


def files_by_uri(seen: Exchange) -> dict[str, list[Any]]:
    """Return the CustomLabels of each entry of an answer by the URI of its file."""
    found: dict[str, list[Any]] = {}
    files = seen.value.get("Files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("URI"), str):
            found.setdefault(file["URI"], []).append(file.get("CustomLabels"))
    return found
