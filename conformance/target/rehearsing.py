"""A target to rehearse a run on: the embedded emulator with what the target file says is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.exchange import Exchange
from conformance.target.config import Fixtures, Target, TargetError
from conformance.target.connect import Connection, connect_emulator
from openapi import Contract

_HASH = "0" * 32
"""Stands for the FileHash of given files of PDS, which a target file does not tell."""


def rehearsing(
    target: Target, heard: Callable[[Exchange], None]
) -> tuple[Target, Callable[[Target, Contract], Connection]]:
    """Return a stand-in for `target`, and how to connect to it; `heard` is told each exchange with it.

    Nothing leaves this process. The stand-in has the fixtures of the target
    and hears of no messages. Raises TargetError for fixtures that no server
    that keeps the contract could have.
    """
    from conformance.target.embedded import embedded_emulator  # slow to import
    from emulator.errors import ApiError  # as above
    from emulator.names import is_pds  # as above
    from emulator.seeding import (  # as above
        seed_batch_job,
        seed_binding,
        seed_dataset,
        seed_file,
        seed_task,
        seed_upload_job,
    )

    emulator, clock = embedded_emulator()
    given = target.fixtures
    try:
        if given.project and given.dataset:
            seed_dataset(emulator, given.project, given.dataset)
            for uri in given.indexed_uris:
                file = {"URI": uri, "FileHash": _HASH} if is_pds(uri) else {"URI": uri}
                seed_file(emulator, given.project, given.dataset, file)
            if given.bucket:
                seed_binding(emulator, given.project, given.dataset, given.bucket)
        there: Fixtures = replace(
            given,
            tasks=tuple((kind, seed_task(emulator, given.project)) for kind, _ in given.tasks if given.dataset),
            url_upload_jobs=tuple((seed_upload_job(emulator, url), url) for _, url in given.url_upload_jobs),
            batch_jobs=tuple(seed_batch_job(emulator) for _ in given.batch_jobs),
        )
    except (ApiError, ValueError) as error:
        msg = f"[fixtures] cannot be rehearsed: {error}"
        raise TargetError(msg) from None
    stand_in = replace(target, fixtures=there, notifications={}, tier=target.effective_tier)

    def connect(described: Target, contract: Contract) -> Connection:
        return replace(connect_emulator(described, contract, emulator, clock), heard=heard)

    return stand_in, connect
