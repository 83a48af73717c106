"""What blocked requirements: each cause once, with all that depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_REMEDIES = ("add ", "check [fixtures] ")
_NEEDED = ", and the check needs it"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why requirements are blocked: the cause, what helps against it, how many depend on it."""

    text: str
    remedies: tuple[str, ...]
    count: int

    def explains(self, operation: str, why: str) -> bool:
        """Whether an operation accepted no request because of it: `why` is the cause, or the refusal that it tells."""
        return split_reason(why)[0] == self.text or (self.text.startswith(operation) and f"({why})" in self.text)

    @property
    def sentence(self) -> str:
        """The cause and its remedies."""
        return "; ".join((self.text, *self.remedies))


def causes_of(requirements: Iterable[Mapping[str, Any]]) -> list[Cause]:
    """Return the causes of all blocked requirements of a report, that of most of them first.

    The reason of a blocked requirement is its cause and, after semicolons, what helps.
    """
    remedies: dict[str, dict[str, None]] = {}
    counts: dict[str, int] = {}
    for entry in requirements:
        if entry["outcome"] == "blocked":
            cause, helps = split_reason(entry["reason"])
            counts[cause] = counts.get(cause, 0) + 1
            remedies.setdefault(cause, {}).update(dict.fromkeys(helps))
    ordered = sorted(counts, key=lambda cause: -counts[cause])
    return [Cause(cause, tuple(remedies[cause]), counts[cause]) for cause in ordered]


def split_reason(reason: str) -> tuple[str, tuple[str, ...]]:
    """Return the cause that a reason names, and what helps."""
    parts = reason.removesuffix(_NEEDED).split("; ")
    remedies = tuple(part for part in parts[1:] if part.startswith(_REMEDIES))
    return "; ".join(part for part in parts if part not in remedies), remedies
