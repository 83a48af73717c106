"""One whole run against an embedded emulator with faults planted in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from conformance.evidence.recording import Identity
from conformance.gathering import drawn_apart
from conformance.kit import Kit
from conformance.selftest.planting import PlantedFault, limits_with
from conformance.serving import serve_asgi
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.config import Fixtures
from conformance.target.connect import connect_emulator
from conformance.target.embedded import embedded_emulator, seed
from emulator import Emulator, OffsetClock, asgi_app
from openapi import Contract
from reports.model import RunInfo, build_report
from reports.tally import Tally

SAME = Identity("5e1f7e57", "5e1f" * 8)
"""Names of every trial: what the embedded target makes of an object depends on its name."""


def judge_emulator(
    faults: Sequence[PlantedFault] = (),
    *,
    settings: Settings | None = None,
    prepare: Callable[[Emulator], None] | None = None,
    fixtures: Fixtures | None = None,
    variations: Collection[str] = (),
    on_socket: bool = False,
) -> dict[str, Any]:
    """Return the report of a run against the embedded emulator with `faults`.

    `variations` are lawful ones that are on as well. `settings` can select
    requirements or cases; `prepare` sees the emulator before the first
    request, and `fixtures` are what the kit is told of it, in the place of
    the resources that the embedded target comes with. With `on_socket` the
    requests go through a server on a loopback port.
    """
    connector = _connector(faults, variations, prepare=prepare, seeded=fixtures is None, on_socket=on_socket)
    kit = Kit(settings or Settings(), connector, identity=SAME)
    if fixtures is not None:
        kit.target = replace(kit.target, fixtures=fixtures)
    _run(kit)
    return build_report(kit.contract, kit.tally, _info(kit))


def tally_emulator(fault: PlantedFault, settings: Settings, tally: Tally) -> None:
    """Keep in `tally` what a run against the embedded emulator with one fault shows."""
    kit = Kit(settings, _connector([fault]), identity=SAME)
    kit.tally = tally
    _run(kit)


def _run(kit: Kit) -> None:
    for case in kit.plan.cases:
        kit.run(case)
    kit.finish()


def _connector(
    faults: Sequence[PlantedFault],
    variations: Collection[str] = (),
    *,
    prepare: Callable[[Emulator], None] | None = None,
    seeded: bool = True,
    on_socket: bool = False,
) -> Callable[[Target, Contract], Connection]:
    """Return what connects a kit to a new embedded emulator; `seeded` with the resources that it comes with."""
    limits = limits_with(faults)

    def connector(target: Target, contract: Contract) -> Connection:
        emulator, clock = embedded_emulator(faults=faults, limits=limits, variations=variations)
        known = seed(emulator) if seeded else Fixtures()
        if prepare is not None:
            prepare(emulator)
        connect_to = _connect_socket if on_socket else connect_emulator
        return replace(connect_to(target, contract, emulator, clock), seeded=known)

    return connector


def _connect_socket(target: Target, contract: Contract, emulator: Emulator, clock: OffsetClock) -> Connection:
    """Return a connection to an emulator behind a loopback port, on its own clock."""
    served = serve_asgi(_without_lifespan(asgi_app(emulator)))
    connection = connect_emulator(target, contract, emulator, clock, url=served.url)
    return replace(connection, stop=served.stop)


def _without_lifespan(app: Any) -> Any:
    """Return an app that sends no pushes by itself: the channels of the run take them."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            msg = f"expected the scope 'http', found '{scope['type']}'"
            raise ValueError(msg)
        await app(scope, receive, send)

    return application


def _info(kit: Kit) -> RunInfo:
    cut, undrawn = drawn_apart(kit.cut, kit.settings.profile)
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
        complete=not kit.ended,
        operations=kit.plan.operations,
        left_out=kit.plan.left_out,
        cut=cut,
        undrawn=undrawn,
        ended=kit.ended,
    )
