"""Waiting for the tasks and jobs of a run to end, where a case is repeated alone."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

from conformance.exchange import Call, Exchange, Step
from conformance.polling import until
from conformance.world import World, base_params

_UNDER_WAY = frozenset(
    [
        *("Running", "RUNNING"),
        *("Init", "Processing"),
        *("PENDING", "PROCESSING", "DOWNLOADING", "DOWNLOAD_SUCCESS", "UPLOADING"),
    ]
)
"""The states of a task, a batch job and an upload in which it has not ended."""


def await_ends(world: World, operations: Collection[str]) -> Generator[Step, Any, None]:
    """Look at what the run has made, and the operations ask for, until it has ended.

    The cases of a whole run see it in every state that it has until then: one that is repeated alone and at once
    sees the first of them only, and not what is wrong with the others.
    """
    made = {
        "GetTask": any(task.definition is not None for task in world.tasks[:1]),
        "GetUrlUploadInfos": any(job.user_data is not None for job in world.uploads[:1]),
        "GetBatchMediaProducingJob": any(job.definition is not None for job in world.batches[:1]),
    }
    for operation, own in made.items():
        if own and operation in world.operations and operation in operations:
            yield from until(Call(operation, base_params(operation, world)), _has_ended, world.settle_seconds)


def _has_ended(exchange: Exchange) -> bool:
    """Return whether a task or a job is not under way: it has ended, or an answer does not say."""
    value = exchange.value
    infos = value.get("URLUploadInfoList")
    owner = infos[0] if isinstance(infos, list) and infos else value.get("EditingBatchJob", value)
    status = owner.get("Status") if isinstance(owner, dict) else None
    return not isinstance(status, str) or status not in _UNDER_WAY
