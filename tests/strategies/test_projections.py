"""Field projections."""

from __future__ import annotations

import pytest
from hypothesis.errors import InvalidArgument

from openapi import Contract
from strategies import field_names, field_projections
from tests.strategies.conftest import Draw


def test_field_names_are_those_of_the_answer(contract: Contract) -> None:
    """The fields are the members of a file in the answer's schema."""
    operation = contract.operations["BatchGetFileMeta"]

    file = operation.response.members["Files"].item
    assert file is not None

    names = field_names(operation)

    assert names == tuple(file.members)


def test_projections_name_fields_of_the_answer(contract: Contract, drawn: Draw) -> None:
    """Each projection holds field names alone."""
    operation = contract.operations["BatchGetFileMeta"]

    drawn_fields = {field for fields in drawn(field_projections(operation)) for field in fields}

    assert drawn_fields <= set(field_names(operation))


def test_no_field_comes_twice(contract: Contract, drawn: Draw) -> None:
    """A projection has distinct fields."""
    found = drawn(field_projections(contract.operations["BatchGetFileMeta"]))

    assert all(len(set(fields)) == len(fields) for fields in found)


def test_projections_of_each_kind_are_drawn(contract: Contract, drawn: Draw) -> None:
    """Empty, single, pair and full projections are among those drawn."""
    operation = contract.operations["BatchGetFileMeta"]

    sizes = {len(fields) for fields in drawn(field_projections(operation))}

    assert {0, 1, 2, len(field_names(operation))} <= sizes


def test_an_answer_without_files_is_an_error(contract: Contract) -> None:
    """An operation whose answer has no files has no projections."""
    with pytest.raises(InvalidArgument, match="operation='GetTask': expected one whose answer has Files"):
        field_projections(contract.operations["GetTask"])
