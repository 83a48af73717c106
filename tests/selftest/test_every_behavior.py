"""Every behaviour requirement has a planted fault."""

from conformance.selftest.planting import planted_faults
from openapi import load_contract


def test_every_behavior_requirement_has_a_fault() -> None:
    """No declared behaviour is without a deviation that proves its check."""
    declared = {name for name in load_contract().ledger if "/behavior/" in name}

    planted = {fault.requirement for fault in planted_faults().values()}

    assert declared - planted == set()


def test_every_fault_has_a_requirement() -> None:
    """No planted fault names a requirement that is not in the ledger."""
    ledger = load_contract().ledger

    assert [fault.id for fault in planted_faults().values() if fault.requirement not in ledger] == []
