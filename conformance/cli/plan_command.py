"""`conformance plan`: what a run would send and create."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import click

from conformance.cli.main import fail

PRICES = {
    "IndexFileMeta": "paid index",
    "BatchIndexFileMeta": "paid index",
    "CreateFileCompressionTask": "paid task",
    "UploadMediaByURL": "paid task",
    "SubmitBatchMediaProducingJob": "paid task",
}
STAY = ("CreateFileCompressionTask", "UploadMediaByURL", "SubmitBatchMediaProducingJob")


@click.command("plan")
@click.option("--target", help="URL, module:app or TOML file (default: the embedded emulator).")
@click.option("--select", multiple=True, metavar="GLOB", help="Only requirements whose id matches; repeatable.")
@click.option("--profile", type=click.Choice(["smoke", "standard", "thorough"]), default="standard")
@click.option("--seed", type=int, default=0, help="Seed of what is drawn.")
@click.option("--max-requests", type=click.IntRange(1), help="Never send more requests than this.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second.")
@click.option("--tier", type=click.Choice(["reads", "refused-only", "create-and-clean", "full"]))
@click.option("--contract", metavar="DIR", help="Folder of another contract.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(**given: Any) -> None:
    """Tell what a run with these options would send and create; nothing is sent.

    The run is rehearsed against the embedded emulator, with the fixtures of
    the target. A target that answers otherwise gets a few requests more or
    less, and one that breaks its contract up to three times as many of a
    case; --max-requests holds in any case.
    """
    from conformance.target import TargetError  # slow to import
    from openapi import ContractError  # as above

    try:
        found = rehearse(given)
    except (TargetError, ContractError) as error:
        fail(str(error))
    click.echo(json.dumps(found, indent=1) if given["as_json"] else "\n".join(_lines(found)))


def rehearse(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a run sends and creates, as plain JSON values.

    Raises TargetError or ContractError for options that no run could have.
    """
    from conformance.kit import Kit  # slow to import
    from conformance.settings import Settings  # as above
    from conformance.target import read_target  # as above
    from conformance.target.rehearsing import rehearsing  # as above

    target = read_target(given["target"])
    rate = given["rate"] or target.limits.requests_per_second
    if given["tier"]:
        target = replace(target, tier=given["tier"])
    calls: list[tuple[str, bool]] = []
    quick = replace(target, limits=replace(target.limits, requests_per_second=0.0))
    stand_in, connect = rehearsing(quick, lambda sent: calls.append((sent.call.operation, sent.accepted)))
    names = ("select", "profile", "seed", "max_requests", "contract")
    settings = Settings(**{name: given[name] for name in names}, yes_create=True)
    kit = Kit(settings, connect, target=stand_in)
    for case in kit.plan.cases:
        kit.run(case)
    kit.finish()
    return _described(target.name, str(stand_in.tier), calls, kit, rate)


def _described(name: str, tier: str, calls: list[tuple[str, bool]], kit: Any, rate: float) -> dict[str, Any]:
    from conformance.journal import CREATING  # slow to import

    requests = Counter(operation for operation, _ in calls)
    created = Counter(operation for operation, accepted in calls if accepted and operation in CREATING)
    return {
        "target": name,
        "tier": tier,
        "requests": len(calls),
        "max_requests": kit.turnstile.max_requests,
        "seconds_at_the_rate": round(len(calls) / rate, 1) if rate else None,
        "operations": [
            {"operation": o, "requests": n, "creates": created[o], "price": _price(o, o in CREATING)}
            for o, n in sorted(requests.items())
        ],
        "clean_up": sorted(o for o in requests if o.startswith(("Delete", "BatchDelete"))),
        "remains": {o: created[o] for o in STAY if created[o]},
        "cases": len(kit.plan.cases),
        "cut": list(kit.cut),
    }


def _price(operation: str, creates: bool) -> str:
    if creates:
        return PRICES.get(operation, "free, removed again")
    return "clean-up" if operation.startswith(("Delete", "BatchDelete")) else "free read"


def _lines(found: dict[str, Any]) -> list[str]:
    bounds = f"{found['requests']} requests of at most {found['max_requests']}"
    lines = [
        f"{found['target']}, tier {found['tier']}: {bounds}, {found['cases']} cases, {len(found['cut'])} of them cut",
        "",
        f"{'operation':32} {'requests':>8} {'creates':>8}  price",
    ]
    lines += [
        f"{row['operation']:32} {row['requests']:8} {row['creates'] or '':>8}  {row['price']}"
        for row in found["operations"]
    ]
    seconds = found["seconds_at_the_rate"]
    lines += [
        "",
        f"at the rate: {seconds:g} s" if seconds else "no rate is set",
    ]
    lines.append(f"clean-up by {', '.join(found['clean_up']) or 'nothing: nothing is created'}")
    lines += [f"remains, as the API cannot delete it: {n} by {o}" for o, n in found["remains"].items()]
    return lines
