"""`conformance list`: the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from conformance.cli.main import fail
from openapi import Contract, ContractError, Requirement, load_contract
from reports.globs import matches, unmatched


@click.command("list")
@click.argument("globs", nargs=-1)
@click.option("--level", type=click.Choice(["MUST", "SHOULD"]), help="Only this level.")
@click.option("--operation", help="Only this operation.")
@click.option("--contract", metavar="DIR", help="Folder of another contract.")
@click.option("--cases", is_flag=True, help="Print the ids of cases instead.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    globs: tuple[str, ...], level: str | None, operation: str | None, contract: str | None, cases: bool, as_json: bool
) -> None:
    """Print the requirements whose id matches one of GLOBS (all without any)."""
    try:
        loaded = load_contract(Path(contract) if contract else None)
    except ContractError as error:
        fail(str(error))
    _refuse_unknown(loaded, globs, operation)
    chosen = [
        r
        for r in loaded.ledger.values()
        if _matches(r.id, globs) and level in (None, r.level) and operation in (None, r.operation)
    ]
    if cases:
        _print_cases(loaded.directory, {r.id for r in chosen}, as_json=as_json)
    elif as_json:
        click.echo(json.dumps([_entry(r) for r in chosen], indent=1))
    else:
        _print_table(chosen)


def _refuse_unknown(contract: Contract, globs: tuple[str, ...], operation: str | None) -> None:
    """Leave with a sentence if something was asked for that no requirement has."""
    owners = sorted({r.operation for r in contract.ledger.values()})
    if operation is not None and operation not in owners:
        fail(f"--operation '{operation}' has no requirement; expected one of {', '.join(owners)}")
    for glob in unmatched(globs, contract.ledger):
        fail(f"'{glob}' matches no requirement; 'conformance list' shows them")


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return not globs or matches(name, globs)


def _entry(requirement: Requirement) -> dict[str, Any]:
    r = requirement
    return {
        "id": r.id,
        "operation": r.operation,
        "level": r.level,
        "statement": r.statement,
        "source": r.source,
        "grade": r.grade,
        "facts": list(r.facts),
        "document": r.location.document,
        "line": r.location.line,
    }


def _print_table(chosen: list[Requirement]) -> None:
    width = max((len(r.id) for r in chosen), default=0)
    for r in chosen:
        click.echo(f"{r.level:6}  {r.id:{width}}  {r.statement}")
    must = sum(r.must for r in chosen)
    click.echo(f"{len(chosen)} requirements, {must} MUST, {len(chosen) - must} SHOULD", err=True)


def _print_cases(directory: str, ids: set[str], *, as_json: bool) -> None:
    from conformance.planning import all_cases  # slow to import

    chosen = [c for c in all_cases(directory) if ids.intersection(c.requirements)]
    if as_json:
        click.echo(json.dumps([{"id": c.id, "requirements": c.requirements, "tier": c.tier} for c in chosen], indent=1))
        return
    for case in chosen:
        click.echo(case.id)
