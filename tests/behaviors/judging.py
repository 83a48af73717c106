"""Reports on the embedded emulator as the tests of behaviours read them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault
from conformance.settings import Settings
from conformance.target.config import Tier
from emulator import Call
from emulator.errors import ApiError
from openapi import load_contract

Hook = Callable[..., Any]
Requirements = dict[str, dict[str, Any]]


def declared(*operations: str) -> list[str]:
    """Return the ids of the declared requirements of operations."""
    return [r.id for name in operations for r in load_contract().of(name) if r.side == "behavior"]


def by_id(report: Mapping[str, Any]) -> Requirements:
    """Return the requirements of a report by id."""
    return {entry["id"]: entry for entry in report["requirements"]}


def judge(
    *faults: PlantedFault,
    select: tuple[str, ...],
    operation: str = "",
    tier: Tier | None = None,
    **options: Any,
) -> Requirements:
    """Run the checks of the selected requirements; return what the report says of them, of one operation if given."""
    found = by_id(judge_emulator(faults, settings=Settings(select=select, tier=tier), **options))
    return {name: entry for name, entry in found.items() if operation in ("", entry["operation"])}


def violated(found: Requirements, level: str = "") -> set[str]:
    """Return the ids of what is violated, at one level if that is given."""
    return {name for name, entry in found.items() if entry["outcome"] == "violates" and level in ("", entry["level"])}


def unsure(found: Requirements, level: str = "MUST") -> list[str]:
    """Return the requirements that are broken, or that could not be judged although they were tried."""
    wrong = ("violates", "inconclusive")
    return [name for name, entry in found.items() if entry["level"] == level and entry["outcome"] in wrong]


def lawful(name: str = "lawful", after: Hook | None = None, before: Hook | None = None) -> PlantedFault:
    """Return a deviation that no fact forbids with a MUST."""
    plain = PlantedFault(name, "", "")
    return replace(plain, before=before or plain.before, after=after or plain.after)


def refusing(when: Callable[[Call], bool], error: Callable[[], ApiError]) -> PlantedFault:
    """Return a deviation that refuses some calls."""
    return lawful(before=lambda call, emulator: emulator.refuse(call, error()) if when(call) else None)


def named(deviation: PlantedFault) -> str:
    """Return the name of a deviation, for the id of a test."""
    return deviation.id
