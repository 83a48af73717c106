"""InputFile values."""

from __future__ import annotations

from typing import Any

import pytest

from openapi import Contract, Operation
from strategies import input_files
from tests.strategies.conftest import BrokenBy, Draw


@pytest.fixture(scope="module")
def operation(contract: Contract) -> Operation:
    """Return an operation that takes a file."""
    return contract.operations["IndexFileMeta"]


@pytest.fixture(scope="module")
def files(drawn: Draw) -> list[dict[str, Any]]:
    """Draw files of one bucket."""
    return drawn(input_files("my-bucket"))


def test_files_are_valid(operation: Operation, files: list[dict[str, Any]], broken_by: BrokenBy) -> None:
    """A file keeps every rule of the documents."""
    for file in files:
        request = {"ProjectName": "a", "DatasetName": "a", "File": file}
        assert not broken_by(operation, request), file


def test_members_are_documented(operation: Operation, files: list[dict[str, Any]]) -> None:
    """A file has documented members alone, and all of them come."""
    documented = set(operation.parameters["File"].node.members)

    assert {name for file in files for name in file} == documented


def test_a_pds_file_has_its_hash(files: list[dict[str, Any]]) -> None:
    """A file of PDS comes with its FileHash."""
    of_pds = [file for file in files if file["URI"].startswith("pds://")]

    assert of_pds
    assert all(file["FileHash"] for file in of_pds)


def test_an_ossuri_belongs_to_a_pds_file(files: list[dict[str, Any]]) -> None:
    """Only a file of PDS has an OSSURI."""
    with_object = [file for file in files if "OSSURI" in file]

    assert with_object
    assert all(file["URI"].startswith("pds://") for file in with_object)


def test_files_of_oss_are_in_the_bucket(files: list[dict[str, Any]]) -> None:
    """A file of OSS is in the given bucket."""
    uris = [file["URI"] for file in files if not file["URI"].startswith("pds://")]

    assert uris
    assert all(uri.startswith("oss://my-bucket/") for uri in uris)


def test_figures_are_empty(files: list[dict[str, Any]]) -> None:
    """Figures, of use in updates alone, hold nothing."""
    assert all(file.get("Figures", []) == [] for file in files)
