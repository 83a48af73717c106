"""One whole run against an embedded emulator with faults planted in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from conformance.kit import Kit
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.config import Fixtures
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator, seed
from emulator import Emulator, Limits
from openapi import Contract
from reports.model import RunInfo, build_report


def judge_emulator(
    faults: Sequence[PlantedFault] = (),
    *,
    settings: Settings | None = None,
    prepare: Callable[[Emulator], None] | None = None,
    fixtures: Fixtures | None = None,
    variations: Collection[str] = (),
) -> dict[str, Any]:
    """Return the report of a run against the embedded emulator with `faults`.

    `variations` are lawful ones that are on as well. `settings` can select
    requirements or cases; `prepare` sees the emulator before the first
    request, and `fixtures` are what the kit is told of it, in the place of
    the resources that the embedded target comes with.
    """
    limits = replace(Limits(), **{k: v for fault in faults for k, v in fault.limits})

    def connector(target: Target, contract: Contract) -> Connection:
        emulator, clock = embedded_emulator(faults=faults, limits=limits, variations=variations)
        seeded = seed(emulator) if fixtures is None else Fixtures()
        if prepare is not None:
            prepare(emulator)
        return replace(connect_emulator(target, contract, emulator, clock), seeded=seeded)

    kit = Kit(settings or Settings(), connector)
    if fixtures is not None:
        kit.target = replace(kit.target, fixtures=fixtures)
    for case in kit.plan.cases:
        kit.run(case)
    kit.finish()
    return build_report(kit.contract, kit.tally, _info(kit))


def _info(kit: Kit) -> RunInfo:
    return RunInfo(
        kit_version="",
        target_name=kit.target.name,
        target_version="",
        started="",
        finished="",
        profile=kit.settings.profile,
        seed=kit.settings.seed,
        workers=1,
        wall_seconds=0.0,
        complete=True,
        operations=kit.plan.operations,
        left_out=kit.plan.left_out,
        cut=tuple(kit.cut),
    )
