"""How long answers took: counts in buckets of equal width on a logarithmic scale.

A bucket spans a quarter of an octave, so a quantile read from it is at most
19 % too large; counts of several processes add up.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_STEPS = 4
_FIRST = -24


def bucket_of(seconds: float) -> int:
    """Return the number of the bucket that a duration, to the microsecond, belongs to."""
    milliseconds = round(seconds, 6) * 1000
    return _FIRST if milliseconds <= 0 else max(_FIRST, math.ceil(_STEPS * math.log2(milliseconds)))


def upper_bound(bucket: int) -> float:
    """Return the largest duration of a bucket in milliseconds, with four digits."""
    return float(f"{2 ** (bucket / _STEPS):.4g}")


def latency_entries(counts: Mapping[str, Counter[int]]) -> list[dict[str, Any]]:
    """Return the report's entry for each operation that was answered."""
    return [
        {
            "operation": operation,
            "answers": found.total(),
            "buckets": [[upper_bound(bucket), found[bucket]] for bucket in sorted(found)],
        }
        for operation, found in sorted(counts.items())
    ]


def quantile(buckets: Sequence[Sequence[float]], share: float) -> float:
    """Return the bound in milliseconds that `share` of the answers did not exceed."""
    wanted = share * sum(count for _, count in buckets)
    seen = 0.0
    for bound, count in buckets:
        seen += count
        if seen >= wanted:
            return bound
    return 0.0
