"""Random requests with one violation."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from openapi import Contract, Operation
from strategies import RawText, Row, violations

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
SOME = settings(
    max_examples=60,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SEARCH = settings(max_examples=3000, database=None, deadline=None)


@pytest.fixture(params=OPERATIONS)
def operation(request, contract: Contract, small: Contract) -> Operation:
    """Each operation in turn that has something to violate."""
    source = small if request.param == "MakeThings" else contract
    return source.operations[request.param]


@given(data=st.data())
@SOME
def test_a_violation_breaks_only_what_it_names(operation, broken_by, data):
    """The broken requirement is the one that the row names."""
    row = data.draw(violations(operation))

    found = broken_by(operation, row.params)

    assert found - _unavoidable(row) == {row.requirement} or "#" in row.requirement


def _unavoidable(row: Row) -> set[str]:
    """Return what breaks along with a requirement that cannot break alone."""
    place, _, keyword = row.requirement.rpartition("/")
    if keyword == "type":
        return {f"{place}/enum", f"{place}/const"}
    if keyword == "required" and row.label == "empty text":
        return {f"{place}/{other}" for other in ("pattern", "minLength", "enum")}
    return set()


@given(data=st.data())
@SOME
def test_the_control_of_a_violation_is_valid(operation, broken_by, data):
    """The control keeps every structural rule."""
    row = data.draw(violations(operation))

    assert not broken_by(operation, row.control)


@given(data=st.data())
@SOME
def test_a_violation_is_to_be_refused(operation, data):
    """No violation is expected to be accepted."""
    row = data.draw(violations(operation))

    assert row.expect == "refuses"


@given(data=st.data())
@SOME
def test_a_violation_changes_one_parameter(operation, data):
    """The row differs from its control in one parameter."""
    row = data.draw(violations(operation))

    names = {*row.params, *row.control}
    changed = [name for name in names if repr(row.params.get(name, row)) != repr(row.control.get(name, row))]

    assert len(changed) == 1


def test_every_requirement_that_breaks_alone_is_reached(small):
    """Violations reach each request requirement of an operation."""
    operation = small.operations["MakeThings"]
    ids = {r.id.rpartition("/")[0] for r in small.of("MakeThings") if r.aspect == "refuses"}
    # What stands inside a text that is a string to the wire.
    reached = set()

    @settings(max_examples=1500, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(violations(operation))
    def collect(row: Row) -> None:
        reached.add(row.requirement)

    collect()
    assert reached == ids


def test_fixed_values_stand_in_the_control(contract):
    """The control has the given project even if the violation replaces it."""
    made = violations(contract.operations["GetTask"], {"ProjectName": "mine"})

    row = find(made, lambda r: r.params.get("ProjectName") != "mine", settings=SEARCH)

    assert row.control["ProjectName"] == "mine"


@given(data=st.data())
@SOME
def test_omitted_parameters_are_not_violated(contract, data):
    """An omitted parameter is neither in the row nor in its control."""
    row = data.draw(violations(contract.operations["BatchIndexFileMeta"], omit=["Notification"]))

    assert "Notification" not in {*row.params, *row.control}


def test_random_values_are_drawn(small):
    """Beside the named values random ones are drawn."""
    made = violations(small.operations["MakeThings"])

    row = find(made, lambda r: r.label == "drawn", settings=SEARCH)

    assert row.change.startswith("`")


def test_a_boolean_is_broken_by_wire_text(small):
    """What is no boolean is wire text, since no JSON value encodes to it."""
    made = violations(small.operations["MakeThings"])

    row = find(made, lambda r: r.requirement == "MakeThings/request/Dry/type", settings=SEARCH)

    assert isinstance(row.params["Dry"], RawText)
