"""What a value gave occasion to judge: the counts on which "conforms" stands."""

from collections import Counter
from typing import Any

import pytest

from conformance.judge import AnswerJudge
from conformance.judge.validation import Breach
from tests.judge.conftest import NodeOf

EVERYTHING = {
    "type": ["string", "number", "array", "boolean", "object"],
    "pattern": "",
    "format": "int64",
    "minLength": 0,
    "maxLength": 9,
    "x-maxBytes": 9,
    "minItems": 0,
    "maxItems": 9,
    "uniqueItems": True,
    "minimum": 0,
    "maximum": 9,
    "contentSchema": {"const": 1},
}
OF_STRINGS = {"type", "pattern", "format", "minLength", "maxLength", "x-maxBytes", "contentSchema"}


@pytest.mark.parametrize(
    ("value", "keywords"),
    [
        ("1", OF_STRINGS),
        ("", OF_STRINGS - {"contentSchema"}),
        (1, {"type", "format", "minimum", "maximum"}),
        (1.5, {"type", "minimum", "maximum"}),
        (True, {"type", "format"}),
        ([], {"type", "minItems", "maxItems", "uniqueItems"}),
        ({}, {"type"}),
    ],
)
def test_keywords_of_a_type(node: NodeOf, value: object, keywords: set[str]) -> None:
    """A keyword has occasion only with values of the type that it is about."""
    sight = AnswerJudge(node(EVERYTHING)).judge(value)

    inner = Counter({"Op/response#/const": 1} if value == "1" else {})
    assert +sight.occasions == Counter(f"Op/response/{keyword}" for keyword in keywords) + inner
    assert sight.breaches == []


def test_type_of_each_value_counts(node: NodeOf) -> None:
    """What one value gave no occasion for another may, at the same place."""
    items = {"items": {"minLength": 1, "minimum": 1}}

    sight = AnswerJudge(node(items)).judge(["a", 1, 2])

    assert sight.occasions == Counter({"Op/response[]/minLength": 1, "Op/response[]/minimum": 2})


LIST = {
    "type": "object",
    "required": ["Files"],
    "properties": {
        "Files": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["URI"],
                "properties": {"URI": {"type": "string"}, "Size": {"type": "number"}},
            },
        },
        "Labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "Free": {"type": "object"},
    },
}


def test_each_value_counts(node: NodeOf) -> None:
    """Each value counts for its own keywords, and each object for the members that it must have."""
    value = {"Files": [{"URI": "a"}, {"URI": "b", "Size": 1}, {"Size": 2}], "Labels": {"x": "1", "y": "2"}}

    sight = AnswerJudge(node(LIST)).judge(value)

    assert sight.occasions == Counter(
        {
            "Op/response/type": 1,
            "Op/response/Files/required": 1,
            "Op/response/Files/type": 1,
            "Op/response/Files[]/type": 3,
            "Op/response/Files[]/URI/required": 3,
            "Op/response/Files[]/URI/type": 2,
            "Op/response/Files[]/Size/type": 2,
            "Op/response/Labels/type": 1,
            "Op/response/Labels/*/type": 2,
        }
    )
    assert sight.known_members == 8


def test_a_judge_remembers_nothing_of_values(node: NodeOf) -> None:
    """The same value shows the same a second time."""
    judge = AnswerJudge(node(LIST))
    first = judge.judge({"Files": [{"URI": "a", "Size": "b"}]})

    assert judge.judge({"Files": [{"URI": "a", "Size": "b"}]}) == first


def test_absent_value_is_no_occasion(node: NodeOf) -> None:
    """Of what is not there only its presence is judged."""
    sight = AnswerJudge(node(LIST)).judge({})

    assert sight.occasions == Counter({"Op/response/type": 1, "Op/response/Files/required": 1})
    assert sight.known_members == 0


def test_null_counts_as_left_out(node: NodeOf) -> None:
    """A member that is null is noted, and judged as if it were absent."""
    sight = AnswerJudge(node(LIST)).judge({"Files": [], "Labels": None, "Free": {}, "Extra": None})

    assert (sight.nulls, sight.breaches, sight.unknown) == (["$.Labels", "$.Extra"], [], [])
    assert sight.occasions["Op/response/Labels/type"] == 0
    assert sight.known_members == 2


def test_null_of_a_free_name_is_a_value(node: NodeOf) -> None:
    """Where names are free, null is a value like others, of the wrong type."""
    sight = AnswerJudge(node(LIST)).judge({"Files": [], "Labels": {"x": None}})

    assert sight.nulls == []
    assert sight.breaches == [Breach("Op/response/Labels/*/type", "$.Labels.x", "of type string", "$.Labels.x is null")]


def test_unknown_members_are_noted(node: NodeOf) -> None:
    """A member that no document names is noted where members are named, and not in a free object."""
    sight = AnswerJudge(node(LIST)).judge({"Extra": 1, "Files": [{"URI": "a", "More": 1}], "Free": {"x": 1}})

    assert (sight.unknown, sight.misspelt) == (["$.Extra", "$.Files[0].More"], [])
    assert sight.breaches == []


@pytest.mark.parametrize("spelling", ["files", "FILES", "fi_les", "Fi-les"])
def test_other_spelling_is_noted(node: NodeOf, spelling: str) -> None:
    """A known member under another spelling is noted if the right one is absent."""
    sight = AnswerJudge(node(LIST)).judge({spelling: []})

    assert sight.misspelt == [f"$.{spelling} stands for `Files`,"]


@pytest.mark.parametrize("value", [{"files": [], "Files": []}, {"files": None}, {"File": []}, {"filesX": []}])
def test_other_member_is_no_spelling(node: NodeOf, value: dict[str, Any]) -> None:
    """Beside the right member, without a value, or with other letters it is no other spelling."""
    assert AnswerJudge(node(LIST)).judge(value).misspelt == []


TEXT = {
    "type": "object",
    "properties": {
        "List": {
            "type": "array",
            "items": {
                "type": "string",
                "contentSchema": {"type": "object", "required": ["A"], "properties": {"A": {"type": "number"}}},
            },
        },
        "Map": {"additionalProperties": {"contentSchema": {"type": "array"}}},
    },
}


def test_text_is_judged_inside(node: NodeOf) -> None:
    """What JSON text inside a string shows counts, with its place in that text."""
    sight = AnswerJudge(node(TEXT)).judge({"List": ['{"a":1,"B":2}'], "Map": {"x": "7"}})

    at = "Op/response/List[]#"
    assert sight.breaches == [
        Breach(f"{at}/A/required", "$.List[0]#.A", "`A` is present", "$.List[0]#.A is absent"),
        Breach("Op/response/Map/*#/type", "$.Map.x#", "of type array", "$.Map.x# is the number 7"),
    ]
    assert sight.unknown == ["$.List[0]#.a", "$.List[0]#.B"]
    assert sight.misspelt == []
    assert (sight.occasions[f"{at}/type"], sight.occasions[f"{at}/A/required"]) == (1, 1)
    assert sight.occasions["Op/response/List[]/contentSchema"] == 1


def test_occasions_inside_texts_add_up(node: NodeOf) -> None:
    """Two texts give twice the occasions, and an empty one gives none."""
    sight = AnswerJudge(node(TEXT)).judge({"List": ['{"A":1}', "", '{"A":2}']})

    assert sight.breaches == []
    assert sight.occasions["Op/response/List[]#/A/type"] == 2
    assert sight.occasions["Op/response/List[]/contentSchema"] == 2
    assert sight.occasions["Op/response/List[]/type"] == 3


@pytest.mark.parametrize("text", ["{", "no", "[" * 100_000, "[" * 65 + "]" * 65])
def test_text_that_is_no_json(node: NodeOf, text: str) -> None:
    """A text that cannot be read breaks the requirement to hold JSON, at its place."""
    sight = AnswerJudge(node(TEXT)).judge({"List": [text]})

    assert [(b.requirement, b.at, b.expected) for b in sight.breaches] == [
        ("Op/response/List[]/contentSchema", "$.List[0]", "a string that holds JSON text")
    ]
    assert sight.breaches[0].observed.startswith(f'$.List[0] is "{text[:5]}')


@pytest.mark.parametrize("text", ['{"A":1,"\\ud800":"\\udc00"}', '{"A":1,"Deep":' + "[" * 63 + "]" * 63 + "}"])
def test_odd_text_is_judged_all_the_same(node: NodeOf, text: str) -> None:
    """Halves of characters and deep nesting inside a text are not in the way of judging it."""
    sight = AnswerJudge(node(TEXT)).judge({"List": [text]})

    assert sight.breaches == []
    assert sight.occasions["Op/response/List[]#/A/type"] == 1
