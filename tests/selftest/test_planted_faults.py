"""Faults that are written by hand; `conformance selftest` tries all of them."""

import pytest

from conformance.selftest.planting import planted_faults
from conformance.selftest.trial import try_fault


@pytest.mark.parametrize("fault", sorted(planted_faults())[::16])
def test_a_fault_is_reported_under_its_requirement(fault: str) -> None:
    """The report on a server with the fault names the requirement that it breaks."""
    result = try_fault(fault)

    assert result.fate == "caught", result
