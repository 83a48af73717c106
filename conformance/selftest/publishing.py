"""The figures of the matrix that every report carries, in a file of the package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.sensitivity import SCHEMA


def published(matrix: Mapping[str, Any]) -> dict[str, Any]:
    """Return what reports need of a whole matrix: the totals, and planted and caught by requirement."""
    lawful = matrix["variations"]
    return {
        "schema": SCHEMA,
        "contract": matrix["kit"]["contract"],
        "faults": matrix["faults"],
        "planted": matrix["planted"],
        "caught": matrix["caught"],
        "collateral": len(matrix["collateral"]),
        "survived": len(matrix["survived"]),
        "lawful": len(lawful),
        "alarms": len(matrix["alarms"]),
        "requirements": {row["requirement"]: [row["planted"], row["caught"]] for row in matrix["requirements"]},
    }
