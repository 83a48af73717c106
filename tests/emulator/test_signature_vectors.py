"""The published and worked signature vectors come out of the algorithms."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from emulator import signatures
from emulator.http import decoded_pairs

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text())


def canonical(vector: dict[str, Any]) -> str:
    """Return the canonical request of a vector."""
    headers = {name: [value] for name, value in vector["headers"].items()}
    payload_hash = vector["headers"]["x-acs-content-sha256"]
    return signatures.canonical_request(
        vector["method"], decoded_pairs(vector["query"].encode()), headers, vector["headers"], payload_hash
    )


@pytest.mark.parametrize("vector", VECTORS["header"], ids=lambda vector: vector["name"])
def test_canonical_request_has_the_stated_hash(vector: dict[str, Any]) -> None:
    """The canonical request of a header-signed vector hashes to the stated value."""
    text = canonical(vector)

    assert hashlib.sha256(text.encode()).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["header"], ids=lambda vector: vector["name"])
def test_header_signature_is_the_stated_one(vector: dict[str, Any]) -> None:
    """A header-signed vector has the stated signature."""
    string_to_sign = signatures.header_string_to_sign(canonical(vector))

    signature = signatures.header_signature(vector["secret"], string_to_sign)

    assert signature == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["query"], ids=lambda vector: vector["name"])
def test_query_signature_is_the_stated_one(vector: dict[str, Any]) -> None:
    """A query-signed vector has the stated signature."""
    string_to_sign = signatures.query_string_to_sign(vector["method"], decoded_pairs(vector["query"].encode()))

    signature = signatures.query_signature(vector["secret"], string_to_sign)

    assert signature == vector["signature"]
