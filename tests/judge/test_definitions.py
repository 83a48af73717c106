"""The definition of a task, where a target writes what no parser can hold."""

import json

import pytest

from conformance.behaviors.task_verdicts import holds_definition
from conformance.world import TaskRef
from tests.judge.conftest import Answered

DEEP = "[" * 100_000
TASK = TaskRef("FileCompression", "task", "project", {"Sources": [{"URI": "oss://test-bucket/a.jpg"}]})


@pytest.mark.parametrize(
    ("definition", "outcomes"),
    [
        (json.dumps({"Sources": [{"URI": "oss://test-bucket/a.jpg"}], "More": 1}), ["conforms"]),
        (json.dumps({"Sources": '[{"URI":"oss://test-bucket/a.jpg"}]'}), ["conforms"]),
        (json.dumps({"Sources": DEEP}), ["violates"]),
        (json.dumps({}), ["violates"]),
        (DEEP, []),
    ],
)
def test_definition_that_is_nested_without_end(exchange: Answered, definition: str, outcomes: list[str]) -> None:
    """A text that is nested too deeply is none that was sent, and is left to the rule that it must be JSON."""
    shown = exchange(200, {"TaskRequestDefinition": definition})

    assert [verdict.outcome for verdict in holds_definition(TASK, shown)] == outcomes
