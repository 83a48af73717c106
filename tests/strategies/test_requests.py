"""Whole valid requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from openapi import Contract, Operation
from strategies import valid_requests
from tests.strategies.conftest import BrokenBy, Draw

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


@pytest.fixture(params=OPERATIONS, scope="module")
def operation(request: pytest.FixtureRequest, contract: Contract, small: Contract) -> Operation:
    """Return each operation in turn."""
    source = small if request.param == "MakeThings" else contract
    return source.operations[request.param]


@pytest.fixture(scope="module")
def made(operation: Operation, drawn: Draw) -> list[dict[str, Any]]:
    """Draw valid requests of the operation."""
    return drawn(valid_requests(operation), 80)


def test_requests_break_no_requirement(operation: Operation, made: list[dict[str, Any]], broken_by: BrokenBy) -> None:
    """A drawn request keeps every structural rule of the documents."""
    for request in made:
        assert not broken_by(operation, request), request


def test_required_parameters_are_present(operation: Operation, made: list[dict[str, Any]]) -> None:
    """A drawn request has every required parameter."""
    required = {p.name for p in operation.parameters.values() if p.required}

    assert all(required <= set(request) for request in made)


def test_fixed_values_are_used_as_given(contract: Contract, drawn: Draw) -> None:
    """What is fixed is in each request, unchanged."""
    fixed = {"TaskId": "t-1", "RequestDefinition": True}

    requests = drawn(valid_requests(contract.operations["GetTask"], fixed), 20)

    assert {(request["TaskId"], request["RequestDefinition"]) for request in requests} == {("t-1", True)}


def test_fixed_strategies_are_drawn_from(contract: Contract, drawn: Draw) -> None:
    """A strategy among the fixed values is drawn from."""
    names = st.sampled_from(("one", "two"))

    requests = drawn(valid_requests(contract.operations["GetTask"], {"ProjectName": names}), 50)

    assert {request["ProjectName"] for request in requests} == {"one", "two"}


def test_omitted_parameters_never_come(contract: Contract, drawn: Draw) -> None:
    """An optional parameter in `omit` is in no request."""
    requests = drawn(valid_requests(contract.operations["BatchGetFileMeta"], omit=["WithFields"]), 30)

    assert all("WithFields" not in request for request in requests)


def test_optional_parameters_come_and_go(contract: Contract, drawn: Draw) -> None:
    """There are requests with and without an optional parameter."""
    requests = drawn(valid_requests(contract.operations["GetTask"]))

    assert {"RequestDefinition" in request for request in requests} == {True, False}


def test_boundary_sizes_are_reached(contract: Contract, drawn: Draw) -> None:
    """Lists of the documented bounds and their neighbours are drawn."""
    requests = drawn(valid_requests(contract.operations["BatchGetFileMeta"]))

    assert {1, 2, 99, 100} <= {len(request["URIs"]) for request in requests}


def test_exactly_one_alternative_is_drawn(contract: Contract, drawn: Draw) -> None:
    """A request names either job ids or URLs."""
    requests = drawn(valid_requests(contract.operations["GetUrlUploadInfos"]), 50)

    assert {tuple(request) for request in requests} == {("JobIds",), ("UploadURLs",)}


def test_a_fixed_alternative_stands_alone(contract: Contract, drawn: Draw) -> None:
    """Where UploadURLs are fixed no JobIds are drawn, since they would win."""
    fixed = {"UploadURLs": ["https%3A%2F%2Fexample.com%2Fa.mp4"]}

    requests = drawn(valid_requests(contract.operations["GetUrlUploadInfos"], fixed), 20)

    assert all(request == fixed for request in requests)


def test_uploaded_urls_are_percent_encoded(contract: Contract, drawn: Draw) -> None:
    """URLs stand in their list as the caller has to encode them."""
    requests = drawn(valid_requests(contract.operations["GetUrlUploadInfos"], omit=["JobIds"]), 50)

    urls = [url for request in requests for url in request["UploadURLs"]]
    assert all(quote(unquote(url, errors="strict"), safe="") == url for url in urls)


def test_the_job_is_always_named(contract: Contract, drawn: Draw) -> None:
    """A request about a batch job names it although JobId is listed as optional."""
    requests = drawn(valid_requests(contract.operations["GetBatchMediaProducingJob"]), 30)

    assert all(request["JobId"] for request in requests)


def test_items_of_long_lists_differ(contract: Contract, drawn: Draw) -> None:
    """No URI comes twice in a drawn list."""
    requests = drawn(valid_requests(contract.operations["BatchGetFileMeta"]))

    assert all(len(set(request["URIs"])) == len(request["URIs"]) for request in requests)


def test_an_unknown_fixed_name_is_an_error(contract: Contract) -> None:
    """A name that is no parameter is refused with the names that are."""
    with pytest.raises(InvalidArgument, match=r"fixed='TaskID': GetTask has no such parameter; .*TaskId"):
        valid_requests(contract.operations["GetTask"], {"TaskID": "t"})


def test_a_required_parameter_cannot_be_omitted(contract: Contract) -> None:
    """Omitting what the operation requires is an error."""
    with pytest.raises(InvalidArgument, match="omit='TaskId': GetTask requires it"):
        valid_requests(contract.operations["GetTask"], omit=["TaskId"])
