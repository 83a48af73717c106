"""Whole valid requests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from openapi import Contract, Operation
from strategies import valid_requests

OPERATIONS = (
    "BatchGetFileMeta",
    "BatchIndexFileMeta",
    "CreateBinding",
    "GetBatchMediaProducingJob",
    "GetBinding",
    "GetTask",
    "GetUrlUploadInfos",
    "IndexFileMeta",
    "MakeThings",
)
FEW = settings(
    max_examples=25,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SEARCH = settings(max_examples=2000, database=None, deadline=None)


@pytest.fixture(params=OPERATIONS)
def operation(request, contract: Contract, small: Contract) -> Operation:
    """Each operation in turn."""
    source = small if request.param == "MakeThings" else contract
    return source.operations[request.param]


@given(data=st.data())
@FEW
def test_requests_break_no_requirement(operation, broken_by, data):
    """A drawn request keeps every structural rule of the documents."""
    request = data.draw(valid_requests(operation))

    assert not broken_by(operation, request)


@given(data=st.data())
@FEW
def test_required_parameters_are_present(operation, data):
    """A drawn request has every required parameter."""
    request = data.draw(valid_requests(operation))

    assert {p.name for p in operation.parameters.values() if p.required} <= set(request)


@given(data=st.data())
@FEW
def test_fixed_values_are_used_as_given(contract, data):
    """What is fixed is in each request, unchanged."""
    request = data.draw(valid_requests(contract.operations["GetTask"], {"TaskId": "t-1", "RequestDefinition": True}))

    assert (request["TaskId"], request["RequestDefinition"]) == ("t-1", True)


@given(data=st.data())
@FEW
def test_fixed_strategies_are_drawn_from(contract, data):
    """A strategy among the fixed values is drawn from."""
    names = st.sampled_from(("one", "two"))

    request = data.draw(valid_requests(contract.operations["GetTask"], {"ProjectName": names}))

    assert request["ProjectName"] in ("one", "two")


@given(data=st.data())
@FEW
def test_omitted_parameters_never_come(contract, data):
    """An optional parameter in `omit` is in no request."""
    request = data.draw(valid_requests(contract.operations["BatchGetFileMeta"], omit=["WithFields"]))

    assert "WithFields" not in request


@pytest.mark.parametrize("is_present", [True, False])
def test_optional_parameters_come_and_go(contract, is_present):
    """There are requests with and without an optional parameter."""
    requests = valid_requests(contract.operations["GetTask"])

    request = _found(requests, lambda r: ("RequestDefinition" in r) is is_present)

    assert ("RequestDefinition" in request) is is_present


@pytest.mark.parametrize("size", [1, 2, 99, 100])
def test_boundary_sizes_are_reached(contract, size):
    """Lists of the documented bounds are drawn."""
    requests = valid_requests(contract.operations["BatchGetFileMeta"])

    request = _found(requests, lambda r: len(r["URIs"]) == size)

    assert len(request["URIs"]) == size


def _found(requests: Any, condition: Any) -> Any:
    return find(requests, condition, settings=SEARCH)


@given(data=st.data())
@FEW
def test_exactly_one_alternative_is_drawn(contract, data):
    """A request names either job ids or URLs."""
    request = data.draw(valid_requests(contract.operations["GetUrlUploadInfos"]))

    assert len({"JobIds", "UploadURLs"} & set(request)) == 1


@given(data=st.data())
@FEW
def test_a_fixed_alternative_stands_alone(contract, data):
    """Where UploadURLs are fixed no JobIds are drawn, since they would win."""
    fixed = {"UploadURLs": ["https%3A%2F%2Fexample.com%2Fa.mp4"]}

    request = data.draw(valid_requests(contract.operations["GetUrlUploadInfos"], fixed))

    assert request == fixed


@given(data=st.data())
@FEW
def test_uploaded_urls_are_percent_encoded(contract, data):
    """URLs stand in their list as the caller has to encode them."""
    requests = valid_requests(contract.operations["GetUrlUploadInfos"], omit=["JobIds"])

    request = data.draw(requests)

    assert all("," not in url and ":" not in url for url in request["UploadURLs"])


@given(data=st.data())
@FEW
def test_the_job_is_always_named(contract, data):
    """A request about a batch job names it although JobId is listed as optional."""
    request = data.draw(valid_requests(contract.operations["GetBatchMediaProducingJob"]))

    assert request["JobId"]


@given(data=st.data())
@FEW
def test_items_of_long_lists_differ(contract, data):
    """No URI comes twice in a drawn list."""
    request = data.draw(valid_requests(contract.operations["BatchGetFileMeta"]))

    assert len(set(request["URIs"])) == len(request["URIs"])


def test_an_unknown_fixed_name_is_an_error(contract):
    """A name that is no parameter is refused with the names that are."""
    with pytest.raises(InvalidArgument, match=r"fixed='TaskID': GetTask has no such parameter; .*TaskId"):
        valid_requests(contract.operations["GetTask"], {"TaskID": "t"})


def test_a_required_parameter_cannot_be_omitted(contract):
    """Omitting what the operation requires is an error."""
    with pytest.raises(InvalidArgument, match="omit='TaskId': GetTask requires it"):
        valid_requests(contract.operations["GetTask"], omit=["TaskId"])
