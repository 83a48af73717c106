"""The suite: one test for each case of the contract's checks.

`pytest --pyargs conformance --target URL` collects this module; the ids of
its tests read like the requirements.
"""

from collections.abc import Callable

from conformance.checks import Case


def test_contract(case: Case, judge: Callable[[Case], None]) -> None:
    """The target keeps the requirements that the case settles."""
    judge(case)
