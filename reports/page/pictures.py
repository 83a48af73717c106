"""Where the marks of the two pictures stand: measured limits, and how long answers took."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports.latency import quantile
from reports.summary import Entry, limit_sentence, limit_state

WIDTH = 300
HEIGHT = 34
_LEAST_OCTAVES = 1.0


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A measured limit, and where documented, accepted and refused stand in its picture."""

    limit: Entry
    state: str
    said: str
    documented: float
    accepted: float | None
    refused: float | None


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """The answers of an operation: bars (x, y, width, height), and quantiles as text and place."""

    operation: str
    answers: int
    bars: tuple[tuple[float, float, float, float], ...]
    quantiles: tuple[tuple[str, str, float], ...]
    said: str


def limit_rows(report: Entry) -> list[LimitRow]:
    """Return a row for each measured limit; all share a scale of multiples of what is documented."""
    limits = report["limits"]
    ratios = [_ratio(limit, limit[key]) for limit in limits for key in ("accepted", "refused")]
    octaves = max([_LEAST_OCTAVES, *(abs(math.log2(r)) for r in ratios if r)])
    return [_limit_row(limit, math.ceil(octaves)) for limit in limits]


def _limit_row(limit: Entry, octaves: int) -> LimitRow:
    def place(size: int | None) -> float | None:
        ratio = _ratio(limit, size)
        return None if ratio is None else round(WIDTH * (0.5 + math.log2(ratio) / (2.2 * octaves)), 1)

    return LimitRow(
        limit, limit_state(limit), limit_sentence(limit), WIDTH / 2, place(limit["accepted"]), place(limit["refused"])
    )


def _ratio(limit: Entry, size: int | None) -> float | None:
    """Return a size as a multiple of what is documented; None without a sensible one."""
    return size / limit["documented"] if size and size > 0 and limit["documented"] > 0 else None


def latency_rows(report: Entry) -> list[LatencyRow]:
    """Return a row for each operation that was answered, those of the contract first.

    All rows share one logarithmic scale.
    """
    judged = {r["operation"] for r in report["requirements"]}
    found = [e for e in report.get("latency", ()) if e["buckets"]]
    found.sort(key=lambda e: (e["operation"] not in judged, e["operation"]))
    bounds = [math.log2(max(bound, 0.001)) for entry in found for bound, _ in entry["buckets"]]
    if not bounds:
        return []
    first, last = min(bounds) - 0.5, max(bounds) + 0.25
    return [_latency_row(entry, first, last) for entry in found]


def latency_scale(report: Entry) -> tuple[str, str]:
    """Return the two ends of the scale that `latency_rows` share."""
    bounds = [bound for entry in report.get("latency", ()) for bound, _ in entry["buckets"]]
    return (milliseconds(min(bounds)), milliseconds(max(bounds))) if bounds else ("", "")


def _latency_row(entry: Entry, first: float, last: float) -> LatencyRow:
    def place(bound: float) -> float:
        return round(WIDTH * (math.log2(max(bound, 0.001)) - first) / (last - first), 1)

    step = max(1.0, WIDTH * 0.25 / (last - first))
    most = max(count for _, count in entry["buckets"])
    bars = []
    for bound, count in entry["buckets"]:
        height = max(1.0, round((HEIGHT - 6) * count / most, 1))
        bars.append((round(place(bound) - step, 1), HEIGHT - height, round(max(step - 0.5, 0.8), 1), height))
    quantiles = tuple(
        (name, milliseconds(bound), place(bound))
        for name, share in (("half", 0.5), ("95 %", 0.95), ("99 %", 0.99), ("all", 1.0))
        for bound in (quantile(entry["buckets"], share),)
    )
    said = f"{entry['operation']}: " + ", ".join(f"{name} within {text}" for name, text, _ in quantiles)
    return LatencyRow(entry["operation"], entry["answers"], tuple(bars), quantiles, said)


def milliseconds(bound: float) -> str:
    """Return a duration for people."""
    return f"{bound / 1000:.2g} s" if bound >= 1000 else f"{bound:.2g} ms" if bound < 100 else f"{bound:.0f} ms"
