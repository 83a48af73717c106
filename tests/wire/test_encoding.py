"""Values become the text that real clients send, and every spelling is read back as the same."""

from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.encoding import encode_params, encode_value, join_pairs, quote, split_pairs
from openapi import load_contract
from strategies import RawText

SPELLINGS = ("percent", "plus", "raw", "lax")
PAIRS = st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5)


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(pairs=PAIRS.filter(lambda pairs: all(n.isprintable() and v.isprintable() for n, v in pairs)))
def test_every_spelling_is_read_back(spelling: str, pairs: list[tuple[str, str]]) -> None:
    """What is joined in any spelling splits into the same pairs."""
    text = join_pairs(pairs, spelling)

    assert split_pairs(text) == pairs


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("percent", "N=a%20b%2Bc%2A~%281%29%3A%2F%27%E7%85%A7"),
        ("plus", "N=a+b%2Bc%2A~%281%29%3A%2F%27%E7%85%A7"),
        ("raw", "N=a%20b%2Bc*~(1)%3A%2F'%E7%85%A7"),
        ("lax", "N=a+b%2Bc*~(1):/%27%E7%85%A7"),
    ],
)
def test_spellings_are_those_of_the_sdks(spelling: str, expected: str) -> None:
    """Each spelling writes hard characters as one of the official clients does."""
    assert join_pairs([("N", "a b+c*~(1):/'照")], spelling) == expected


@given(st.text())
def test_quote_leaves_unreserved_characters_only(text: str) -> None:
    """Percent-encoding leaves only the unreserved characters, and can be undone."""
    quoted = quote(text)

    assert unquote_plus(quoted) == text
    assert set(quoted) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%")


@pytest.mark.parametrize(
    ("value", "encoding", "expected"),
    [
        (["a", "照"], "json", '["a","照"]'),
        ({"URI": "oss://b/k", "Labels": []}, "json", '{"URI":"oss://b/k","Labels":[]}'),
        ("text", "json", '"text"'),
        (["a", "b c"], "comma", "a,b c"),
        ([], "comma", ""),
        ("a,b", "comma", "a,b"),
        (True, "boolean", "true"),
        (False, "boolean", "false"),
        ("照 +", "text", "照 +"),
        (7, "text", "7"),
        (RawText("[ 'x'"), "json", "[ 'x'"),
        (RawText("True"), "boolean", "True"),
    ],
)
def test_value_is_encoded(value: Any, encoding: Any, expected: str) -> None:
    """A value has the text that its parameter has on the wire."""
    assert encode_value(value, encoding) == expected


def test_parameters_are_encoded_by_their_operation() -> None:
    """A list is joined by commas or written as JSON, as the operation's document says."""
    operations = load_contract().operations

    comma = encode_params({"JobIds": ["a", "b"]}, operations["GetUrlUploadInfos"])
    text = encode_params({"URIs": ["a", "b"]}, operations["BatchGetFileMeta"])

    assert comma == [("JobIds", "a,b")]
    assert text == [("URIs", '["a","b"]')]


def test_parameters_of_an_unknown_operation_go_by_their_values() -> None:
    """A provisioning operation has no document; its lists are JSON and its texts as they are."""
    assert encode_params({"A": ["x"], "B": "y"}, None) == [("A", '["x"]'), ("B", "y")]
