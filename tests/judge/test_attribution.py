"""Each broken keyword is told as its own requirement, with its place and in words."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from conformance.judge import AnswerJudge
from conformance.judge.validation import Breach, observed_text
from openapi import Contract
from tests.judge.conftest import NodeOf

INT32, INT64 = {"type": "integer", "format": "int32"}, {"type": "integer", "format": "int64"}
BREACHES: dict[str, tuple[dict[str, Any], Any, str, str]] = {
    "type": ({"type": "string"}, 7, "of type string", "the number 7"),
    "type (boolean)": ({"type": "number"}, True, "of type number", "the boolean true"),
    "type (string)": ({"type": "number"}, "7", "of type number", 'the string "7"'),
    "type (array)": ({"type": "number"}, [], "of type number", "the array []"),
    "type (object)": ({"type": "number"}, {}, "of type number", "the object {}"),
    "type (null)": ({"type": "number"}, None, "of type number", "null"),
    "type (fraction)": ({"type": "integer"}, 1.5, "of type integer", "the number 1.5"),
    "type (whole)": ({"type": "integer"}, 1.0, "a whole JSON number without a fraction", "the number 1.0"),
    "enum": ({"enum": ["a", "b"]}, "c", "one of 'a', 'b'", '"c"'),
    "const": ({"const": "a"}, "c", "'a'", '"c"'),
    "pattern": ({"pattern": "^a$"}, "c", "text that matches ^a$", '"c"'),
    "format": ({"format": "date-time"}, "now", "a value of format date-time", '"now"'),
    "format (32)": (INT32, 2**31, "a number within 32 bits", "2147483648"),
    "format (-32)": (INT32, -(2**31) - 1, "a number within 32 bits", "-2147483649"),
    "format (64)": (INT64, 2**63, "a number within 64 bits", "9223372036854775808"),
    "format (-64)": (INT64, -(2**63) - 1, "a number within 64 bits", "-9223372036854775809"),
    "uniqueItems": ({"uniqueItems": True}, [1, 1], "no item twice", "[1, 1]"),
    "minItems": ({"minItems": 2}, [1], "minItems 2", "an array of 1"),
    "maxItems": ({"maxItems": 1}, [1, 2], "maxItems 1", "an array of 2"),
    "minimum": ({"minimum": 2}, 1, "minimum 2", "1"),
    "maximum": ({"maximum": 2}, 2.5, "maximum 2", "2.5"),
    "minLength": ({"minLength": 2}, "a", "minLength 2", '"a"'),
    "minLength (long)": ({"minLength": 50}, "a" * 41, "minLength 50", "a text of 41 characters"),
    "maxLength": ({"maxLength": 2}, "a" * 40, "maxLength 2", f'"{"a" * 40}"'),
    "maxLength (long)": ({"maxLength": 2}, "a" * 41, "maxLength 2", "a text of 41 characters"),
    "x-maxBytes": ({"x-maxBytes": 3}, "éé", "at most 3 bytes in UTF-8", '"\\u00e9\\u00e9"'),
    "contentSchema": ({"contentSchema": {}}, "{", "a string that holds JSON text", '"{"'),
}


@pytest.mark.parametrize("case", BREACHES)
def test_breach_of_a_keyword(node: NodeOf, case: str) -> None:
    """A broken keyword is one breach, of its requirement, with what was expected and found."""
    schema, value, expected, observed = BREACHES[case]

    sight = AnswerJudge(node({"contentSchema": {"type": "object"}, **schema} if "content" in case else schema)).judge(
        value
    )

    assert sight.breaches == [
        Breach(f"Op/response/{case.split(' ', maxsplit=1)[0]}", "$", expected, f"$ is {observed}")
    ]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (INT32, 2**31 - 1),
        (INT32, -(2**31)),
        (INT64, 2**63 - 1),
        (INT64, -(2**63)),
        ({"type": "number"}, 1.0),
        ({"format": "date-time"}, 7),
        ({"format": "date-time"}, "2024-01-02T03:04:05Z"),
        ({"x-maxBytes": 4}, "éé"),
        ({"x-maxBytes": 0}, 7),
        ({"minLength": 1, "maxLength": 1}, "é"),
        ({"minItems": 1, "maxItems": 1}, [1]),
        ({"minimum": 1, "maximum": 1}, 1),
        ({"type": "array"}, [{"a": None}]),
        ({"uniqueItems": True, "items": {"type": "object"}}, [{"Other": 1}, {"Other": 2}]),
    ],
)
def test_limits_themselves_are_kept(node: NodeOf, schema: dict[str, Any], value: object) -> None:
    """What is just within a limit, or what a keyword says nothing about, breaks nothing."""
    assert AnswerJudge(node(schema)).judge(value).breaches == []


def test_half_a_character_has_three_bytes(node: NodeOf) -> None:
    """Half of a surrogate pair counts as the three bytes that it would have."""
    schema = {"properties": {"A": {"type": "string", "x-maxBytes": 2}, "B": {"type": "string", "x-maxBytes": 3}}}

    sight = AnswerJudge(node(schema)).judge({"A": "\ud800", "B": "\ud800"})

    assert sight.breaches == [Breach("Op/response/A/x-maxBytes", "$.A", "at most 2 bytes in UTF-8", '$.A is "\\ud800"')]


@pytest.mark.parametrize(("length", "shown"), [(118, f'"{"a" * 118}"'), (119, f'"{"a" * 116}...')])
def test_long_values_are_cut(node: NodeOf, length: int, shown: str) -> None:
    """A found value is shown whole up to 120 characters, and its beginning otherwise."""
    sight = AnswerJudge(node({"enum": ["b"]})).judge("a" * length)

    assert sight.breaches[0].observed == f"$ is {shown}"


def test_a_value_that_json_cannot_hold_is_shown() -> None:
    """A value of another kind is shown as its text."""
    assert observed_text("enum", dt.date(2024, 1, 2)) == '"2024-01-02"'


NESTED = {
    "type": "object",
    "properties": {
        "Files": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["URI", "Size"],
                "properties": {
                    "URI": {"type": "string", "maxLength": 3},
                    "Size": INT32,
                    "Labels": {"type": "object", "additionalProperties": {"type": "string", "enum": ["x", "y"]}},
                },
            },
        }
    },
}


@pytest.mark.parametrize(
    ("file", "requirement", "at", "expected", "found"),
    [
        ({"URI": "aaaa", "Size": 1}, "URI/maxLength", "$.Files[1].URI", "maxLength 3", 'is "aaaa"'),
        (
            {"URI": "a", "Size": 1, "Labels": {"k": "z"}},
            "Labels/*/enum",
            "$.Files[1].Labels.k",
            "one of 'x', 'y'",
            'is "z"',
        ),
        (
            {"URI": "a", "Size": 2**31},
            "Size/format",
            "$.Files[1].Size",
            "a number within 32 bits",
            "is 2147483648",
        ),
        ({"URI": "a"}, "Size/required", "$.Files[1].Size", "`Size` is present", "is absent"),
        ({"Size": 1}, "URI/required", "$.Files[1].URI", "`URI` is present", "is absent"),
        ({"Size": 1, "URI": None}, "URI/required", "$.Files[1].URI", "`URI` is present", "is null"),
    ],
)
def test_breach_below(node: NodeOf, file: dict[str, Any], requirement: str, at: str, expected: str, found: str) -> None:
    """What is broken deep inside is told with its whole path, as a requirement of its own."""
    judge = AnswerJudge(node(NESTED))

    sight = judge.judge({"Files": [{"URI": "a", "Size": 1}, file]})

    assert sight.breaches == [Breach(f"Op/response/Files[]/{requirement}", at, expected, f"{at} {found}")]


def test_place_can_be_given(node: NodeOf) -> None:
    """Texts begin with the place that the value is said to have."""
    sight = AnswerJudge(node(NESTED)).judge({"Files": [{"URI": "aaaa", "Size": None}]}, "$.Message")

    assert [b.observed for b in sight.breaches] == [
        "$.Message.Files[0].Size is null",
        '$.Message.Files[0].URI is "aaaa"',
    ] or [b.observed for b in sight.breaches] == [
        '$.Message.Files[0].URI is "aaaa"',
        "$.Message.Files[0].Size is null",
    ]


def test_validator_decides_by_the_plain_schema(node: NodeOf) -> None:
    """What the validator cannot see, and what is no keyword of a requirement, is not in its schema."""
    schema = {
        "description": "A file.",
        "type": "object",
        "required": ["Size"],
        "properties": {
            "Size": {**INT32, "minimum": 0},
            "Text": {"type": "string", "contentSchema": {"type": "object"}, "x-maxBytes": 2, "minLength": 1},
            "Time": {"format": "date-time"},
        },
        "additionalProperties": {"type": "array", "items": {"type": "number"}},
    }

    assert AnswerJudge(node(schema)).schema == {
        "type": "object",
        "required": ["Size"],
        "properties": {
            "Size": {"type": "integer", "minimum": 0},
            "Text": {"type": "string", "minLength": 1},
            "Time": {"format": "date-time"},
        },
        "additionalProperties": {"type": "array", "items": {"type": "number"}},
    }


def test_patterns_are_told_in_words(contract: Contract) -> None:
    """What a pattern asks for is said by the statement of its requirement, as far as that does without it."""
    task = contract.operations["GetTask"].response
    requirement = "GetTask/response/RequestId/pattern"
    said = contract.ledger[requirement]
    pattern = task.members["RequestId"].schema["pattern"]
    bare = {requirement: dataclasses.replace(said, statement=f"`RequestId` matches {pattern}.")}

    shown = [
        {b.requirement: b.expected for b in AnswerJudge(task, ledger).judge({"RequestId": "x"}).breaches}[requirement]
        for ledger in (contract.ledger, bare)
    ]

    assert shown == ["RequestId is an upper-case UUID", f"text that matches {pattern}"]
