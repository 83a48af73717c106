"""Random requests with one violation."""

from __future__ import annotations

import pytest

from openapi import Contract, Operation
from strategies import RawText, Row, violations
from tests.strategies.conftest import BrokenBy, Draw

OPERATIONS = (
    "BatchGetFileMeta",
    "BatchIndexFileMeta",
    "CreateBinding",
    "GetBinding",
    "GetTask",
    "GetUrlUploadInfos",
    "IndexFileMeta",
    "MakeThings",
)


@pytest.fixture(params=OPERATIONS, scope="module")
def operation(request: pytest.FixtureRequest, contract: Contract, small: Contract) -> Operation:
    """Return each operation in turn that has something to violate."""
    source = small if request.param == "MakeThings" else contract
    return source.operations[request.param]


@pytest.fixture(scope="module")
def made(operation: Operation, drawn: Draw) -> list[Row]:
    """Draw violations of the operation."""
    return drawn(violations(operation), 100)


def test_a_violation_breaks_only_what_it_names(operation: Operation, made: list[Row], broken_by: BrokenBy) -> None:
    """The broken requirement is the one that the row names."""
    # What stands inside a text that holds JSON is a string to any schema library.
    for row in made:
        found = broken_by(operation, row.params)
        assert found - _unavoidable(row) == {row.requirement} or "#" in row.requirement, row


def _unavoidable(row: Row) -> set[str]:
    """Return what breaks along with a requirement that cannot break alone."""
    place, _, keyword = row.requirement.rpartition("/")
    if keyword == "type":
        return {f"{place}/enum", f"{place}/const"}
    if keyword == "required" and row.label == "empty text":
        return {f"{place}/{other}" for other in ("pattern", "minLength", "enum")}
    return set()


def test_the_control_of_a_violation_is_valid(operation: Operation, made: list[Row], broken_by: BrokenBy) -> None:
    """The control keeps every structural rule."""
    for row in made:
        assert not broken_by(operation, row.control), row


def test_a_violation_is_to_be_refused(made: list[Row]) -> None:
    """No violation is expected to be accepted."""
    assert {row.expect for row in made} == {"refuses"}


def test_a_violation_changes_one_parameter(made: list[Row]) -> None:
    """The row differs from its control in one parameter."""
    for row in made:
        names = {*row.params, *row.control}
        changed = [name for name in names if repr(row.params.get(name, row)) != repr(row.control.get(name, row))]
        assert len(changed) == 1, row


def test_every_requirement_is_reached(contract: Contract, drawn: Draw) -> None:
    """Violations reach each requirement of an operation that breaks alone."""
    operation = contract.operations["CreateBinding"]
    ids = {r.id.rpartition("/")[0] for r in contract.of("CreateBinding") if r.aspect == "refuses"}
    # A name without characters does not match its pattern either.
    not_alone = {f"CreateBinding/request/{name}/minLength" for name in ("ProjectName", "DatasetName")}

    reached = {row.requirement for row in drawn(violations(operation), 200)}

    assert reached == ids - not_alone


def test_fixed_values_stand_in_the_control(contract: Contract, drawn: Draw) -> None:
    """The control has the given project even if the violation replaces it."""
    made = drawn(violations(contract.operations["GetTask"], {"ProjectName": "mine"}))

    assert {row.control["ProjectName"] for row in made} == {"mine"}


def test_fixed_values_are_violated(contract: Contract, drawn: Draw) -> None:
    """The violation may replace a value that is fixed."""
    made = drawn(violations(contract.operations["GetTask"], {"ProjectName": "mine"}))

    assert any(row.params.get("ProjectName") != "mine" for row in made)


def test_omitted_parameters_are_not_violated(contract: Contract, drawn: Draw) -> None:
    """An omitted parameter is neither in the row nor in its control."""
    made = drawn(violations(contract.operations["IndexFileMeta"], omit=["Notification"]), 50)

    assert all("Notification" not in {*row.params, *row.control} for row in made)


@pytest.fixture(scope="module")
def of_tasks(contract: Contract, drawn: Draw) -> list[Row]:
    """Draw violations of an operation with a boolean parameter."""
    return drawn(violations(contract.operations["GetTask"]))


def test_random_values_are_drawn(of_tasks: list[Row]) -> None:
    """Beside the named values random ones are drawn."""
    assert {row.label == "drawn" for row in of_tasks} == {True, False}


def test_a_boolean_is_broken_by_wire_text(of_tasks: list[Row]) -> None:
    """What is no boolean is wire text, since no JSON value encodes to it."""
    requirement = "GetTask/request/RequestDefinition/type"

    values = [row.params["RequestDefinition"] for row in of_tasks if row.requirement == requirement]

    assert values
    assert all(isinstance(value, RawText) for value in values)
