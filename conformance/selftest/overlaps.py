"""Behaviours that no fault breaks alone, each with the reason.

`docs/sensitivity.md` lists them; the matrix complains of one that is not
here, and of one that has a fault of its own after all.
"""

from __future__ import annotations

from collections.abc import Mapping

OVERLAPS: Mapping[str, str] = {
    "BatchIndexFileMeta/behavior/no-null": (
        "Every member of the answer is required, so one that is null is told as missing as well."
    ),
    "IndexFileMeta/behavior/no-null": (
        "Every member of the answer is required, so one that is null is told as missing as well."
    ),
    "Gateway/behavior/get-and-post": (
        "It is broken when no operation at all is served by GET, which `Gateway/behavior/get` tells of each of them."
    ),
    "GetBatchMediaProducingJob/behavior/job-state-and-times": (
        "The schema of the answer requires the same three members, and a form that an empty text does not have."
    ),
}
"""The reason by the id of the requirement."""
