"""Which rules a request breaks, whatever it was made for."""

import json
from typing import Any

import pytest

from conformance.judge.requests import RequestJudge
from openapi import Contract
from strategies import RawText

PROJECT = {"ProjectName": "project", "DatasetName": "dataset"}
TASK = {"ProjectName": "project", "TaskType": "VideoLabelClassification", "TaskId": "task"}
URI = "oss://test-bucket/a.jpg"

Judges = dict[str, RequestJudge]


@pytest.fixture
def judges(contract: Contract) -> Judges:
    """Return the judges of all operations by name."""
    return {name: RequestJudge(operation) for name, operation in contract.operations.items()}


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetTask", TASK),
        ("GetTask", {**TASK, "RequestDefinition": True}),
        ("GetTask", {**TASK, "RequestDefinition": RawText("FALSE")}),
        ("GetTask", {**TASK, "RequestDefinition": RawText("")}),
        ("GetTask", {**TASK, "NoSuchParameter": 1}),
        ("GetUrlUploadInfos", {}),
        ("GetUrlUploadInfos", {"JobIds": ["a"] * 10}),
        ("BatchGetFileMeta", {**PROJECT, "URIs": [URI]}),
        ("BatchGetFileMeta", {**PROJECT, "URIs": RawText(f'["{URI}"]'), "WithFields": None}),
    ],
)
def test_lawful_requests_break_nothing(judges: Judges, operation: str, params: dict[str, Any]) -> None:
    """A request within all rules breaks none, in whatever spelling."""
    assert judges[operation].broken(params) == ()


@pytest.mark.parametrize(
    ("operation", "params", "requirements"),
    [
        ("GetTask", {**TASK, "TaskId": None}, ("TaskId/required",)),
        ("GetTask", {**TASK, "TaskId": ""}, ("TaskId/required",)),
        ("GetTask", {}, ("ProjectName/required", "TaskType/required", "TaskId/required")),
        ("GetTask", {**TASK, "ProjectName": "9"}, ("ProjectName/pattern",)),
        ("GetTask", {**TASK, "RequestDefinition": RawText("yes")}, ("RequestDefinition/type",)),
        ("GetUrlUploadInfos", {"JobIds": ["a"] * 11}, ("JobIds/maxItems",)),
        ("GetUrlUploadInfos", {"JobIds": RawText("a,b,c,d,e,f,g,h,i,j,k")}, ("JobIds/maxItems",)),
        ("BatchGetFileMeta", {**PROJECT, "URIs": RawText("[")}, ("URIs/type",)),
        ("BatchGetFileMeta", {**PROJECT, "URIs": RawText("[" * 100_000)}, ("URIs/type",)),
        ("BatchGetFileMeta", {**PROJECT, "URIs": {}}, ("URIs/type",)),
        ("BatchGetFileMeta", {**PROJECT, "URIs": [URI], "WithFields": ""}, ("WithFields/type",)),
        ("BatchGetFileMeta", {**PROJECT, "URIs": [1, URI, 2]}, ("URIs[]/type",)),
        ("IndexFileMeta", {**PROJECT, "File": {}}, ("File/URI/required",)),
    ],
)
def test_broken_rules_are_named_once(
    judges: Judges, operation: str, params: dict[str, Any], requirements: tuple[str, ...]
) -> None:
    """Each broken rule is named once, without an aspect, in the order of the parameters."""
    expected = tuple(f"{operation}/request/{requirement}" for requirement in requirements)

    assert judges[operation].broken(params) == expected


def files(count: int, **more: str) -> list[dict[str, str]]:
    """Return so many different files."""
    return [{"URI": f"oss://test-bucket/{number}.jpg", **more} for number in range(count)]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("BatchGetFileMeta", {"URIs": [URI] * 101}),
        ("BatchGetFileMeta", {"URIs": [URI, *(f"{URI}{n}" for n in range(99)), URI]}),
        ("GetUrlUploadInfos", {"JobIds": ["a"] * 11}),
        (
            "BatchIndexFileMeta",
            {"Files": [{"URI": "a", "CustomId": "b"}, *files(99), {"CustomId": "b", "URI": "a"}]},
        ),
        ("BatchGetFileMeta", {"URIs": [URI, ""]}),
        ("IndexFileMeta", {"File": {"URI": URI, "CustomLabels": {"a": ""}}}),
        ("BatchIndexFileMeta", {"Files": [{"URI": URI}, {"Labels": [["", 1], 2]}, {"URI": URI}]}),
        ("IndexFileMeta", {"File": {"URI": URI}, "Notification": {"MNS": {"TopicName": ""}}}),
        ("IndexFileMeta", {"File": ""}),
    ],
)
def test_no_source_decides(judges: Judges, operation: str, params: dict[str, Any]) -> None:
    """Too many items only with repeated ones, and an empty text inside JSON, are doubtful."""
    assert judges[operation].ambiguous(params) is True


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetTask", {}),
        ("GetTask", {**TASK, "TaskId": ""}),
        ("GetTask", {**TASK, "NoSuchParameter": ""}),
        ("GetUrlUploadInfos", {"JobIds": ["", "a"]}),
        ("GetUrlUploadInfos", {"JobIds": [str(n) for n in range(11)]}),
        ("GetUrlUploadInfos", {"JobIds": ["a"] * 10}),
        ("BatchGetFileMeta", {"URIs": [f"{URI}{n}" for n in range(101)]}),
        ("BatchGetFileMeta", {"URIs": [URI] * 100}),
        ("BatchGetFileMeta", {"URIs": RawText("[")}),
        ("BatchGetFileMeta", {"URIs": json.dumps([URI] * 101)}),
        ("BatchGetFileMeta", {"URIs": {str(n): URI for n in range(101)}}),
        ("BatchGetFileMeta", {"WithFields": ["URI"] * 200}),
        ("BatchIndexFileMeta", {"Files": files(101, CustomId="a")}),
        ("IndexFileMeta", {"File": {"URI": URI, "CustomLabels": {"": "a", "b": None}}}),
    ],
)
def test_sources_decide(judges: Judges, operation: str, params: dict[str, Any]) -> None:
    """All other requests break a rule or break none."""
    assert judges[operation].ambiguous(params) is False
