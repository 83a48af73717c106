"""File compression tasks and GetTask."""

import json

import pytest

from tests.emulator.conftest import Caller, Reply, StillClock

CREATION = {
    "TargetURI": "oss://bucket/out.zip",
    "Sources": [{"URI": "oss://bucket/in/", "Alias": "/x", "Mode": "prefix"}],
}


def created(caller: Caller, **params: object) -> Reply:
    """Call CreateFileCompressionTask with defaults."""
    return caller.imm("CreateFileCompressionTask", **({"ProjectName": "project"} | CREATION | params))


def read(caller: Caller, task_id: str, **params: object) -> Reply:
    """Call GetTask for a compression task."""
    given = {"ProjectName": "project", "TaskType": "FileCompression", "TaskId": task_id}
    return caller.imm("GetTask", **(given | params))


@pytest.fixture
def task_id(dataset: Caller) -> str:
    """Create a task."""
    return str(created(dataset).body["TaskId"])


def test_creation(dataset: Caller) -> None:
    """A new task has a task id and an event id."""
    reply = created(dataset)

    assert sorted(reply.body) == ["EventId", "RequestId", "TaskId"]
    assert reply.body["TaskId"].startswith("FileCompression-")


def test_new_task_is_running(dataset: Caller, task_id: str) -> None:
    """A new task runs, shows its progress and start, and no end."""
    body = read(dataset, task_id).body

    assert {name: body[name] for name in ("Status", "Progress", "StartTime", "TaskType", "TaskId", "ProjectName")} == {
        "Status": "Running",
        "Progress": 0,
        "StartTime": "2024-05-06T07:08:09.123456Z",
        "TaskType": "FileCompression",
        "TaskId": task_id,
        "ProjectName": "project",
    }
    assert not {"EndTime", "Code", "Message", "Tags", "UserData", "TaskRequestDefinition"} & body.keys()


def test_progress_rises(dataset: Caller, task_id: str, clock: StillClock) -> None:
    """Half-way the progress is 50."""
    clock.advance(0.075)

    assert read(dataset, task_id).body["Progress"] == 50


def test_ended_task(dataset: Caller, task_id: str, clock: StillClock) -> None:
    """A task that ended well has an end, and neither progress nor error."""
    clock.advance(10)
    body = read(dataset, task_id).body

    assert (body["Status"], body["EndTime"]) == ("Succeeded", "2024-05-06T07:08:09.273456Z")
    assert not {"Progress", "Code", "Message"} & body.keys()


@pytest.mark.parametrize(
    "params",
    [
        {"Sources": [{"URI": "oss://bucket/a"}, {"URI": "oss://bucket/missing/b"}]},
        {"Sources": [], "SourceManifestURI": "oss://bucket/missing/list"},
    ],
)
def test_failed_task(dataset: Caller, clock: StillClock, params: dict[str, object]) -> None:
    """A task whose source does not exist fails with a code and a message, inside a 200."""
    task = created(dataset, **params).body["TaskId"]
    clock.advance(1)

    reply = read(dataset, task)

    assert (reply.status, reply.body["Status"], reply.body["Code"]) == (200, "Failed", "InvalidArgument")
    assert reply.body["Message"]


def test_user_data_and_tags_come_back(dataset: Caller) -> None:
    """UserData and tags are shown if they were given."""
    task = created(dataset, UserData='{"ID": "1"}', Tags={"test": "val1"}).body["TaskId"]

    body = read(dataset, task).body

    assert (body["UserData"], body["Tags"]) == ('{"ID": "1"}', {"test": "val1"})


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_definition_on_request(dataset: Caller, text: str) -> None:
    """With RequestDefinition the creation request comes back as JSON text."""
    task = created(dataset, CompressedFormat="zip").body["TaskId"]

    definition = read(dataset, task, RequestDefinition=text).body["TaskRequestDefinition"]

    assert json.loads(definition) == {"ProjectName": "project", "CompressedFormat": "zip"} | CREATION


@pytest.mark.parametrize("text", ["", "false", "False"])
def test_no_definition_by_default(dataset: Caller, task_id: str, text: str) -> None:
    """Without RequestDefinition the creation request does not come back."""
    assert "TaskRequestDefinition" not in read(dataset, task_id, RequestDefinition=text).body


def test_other_boolean_is_refused(dataset: Caller, task_id: str) -> None:
    """RequestDefinition is true or false."""
    assert read(dataset, task_id, RequestDefinition="yes").code == "InvalidArgument"


@pytest.mark.parametrize("name", ["ProjectName", "TaskType", "TaskId"])
def test_parameters_are_required(dataset: Caller, task_id: str, name: str) -> None:
    """GetTask needs project, type and id."""
    reply = read(dataset, task_id, **{name: ""})

    assert (reply.code, reply.body["Message"]) == (
        "InvalidArgument",
        f"The parameter {name} is required but not provided.",
    )


@pytest.mark.parametrize(
    ("params", "resource"),
    [({"TaskId": "other"}, "task"), ({"TaskType": "ImageToPDF"}, "task"), ({"ProjectName": "other"}, "project")],
)
def test_unknown_task(dataset: Caller, task_id: str, params: dict[str, str], resource: str) -> None:
    """A task of another id, type or project is not found."""
    reply = read(dataset, task_id, **params)

    assert (reply.status, reply.code) == (400, "ResourceNotFound")
    assert reply.body["Message"] == f"The specified resource {resource} is not found."


@pytest.mark.parametrize(("days", "code"), [(6.9, ""), (7.1, "ResourceNotFound")])
def test_task_is_kept_seven_days(dataset: Caller, task_id: str, clock: StillClock, days: float, code: str) -> None:
    """After seven days a task cannot be read any more."""
    clock.advance(days * 86_400)

    assert read(dataset, task_id).code == code


@pytest.mark.parametrize(
    "params",
    [
        {"TargetURI": ""},
        {"TargetURI": "http://bucket/a"},
        {"Sources": ""},
        {"Sources": []},
        {"Sources": {}},
        {"Sources": [1]},
        {"Sources": [{}]},
        {"Sources": [{"URI": 1}]},
        {"Sources": [{"URI": "http://a/b"}]},
        {"Sources": [{"URI": "oss://bucket/a", "Alias": "x"}]},
        {"Sources": [{"URI": "oss://bucket/a", "Mode": "x"}]},
        {"SourceManifestURI": "oss://bucket/list"},
        {"CompressedFormat": "rar"},
        {"Tags": []},
        {"Notification": []},
        {"ProjectName": ""},
    ],
)
def test_creation_is_refused(dataset: Caller, params: dict[str, object]) -> None:
    """Missing, contradicting and wrong parameters are refused."""
    assert created(dataset, **params).code == "InvalidArgument"


@pytest.mark.parametrize(("count", "code"), [(100, ""), (101, "LimitExceededError")])
def test_number_of_sources(dataset: Caller, count: int, code: str) -> None:
    """A task has at most 100 sources."""
    assert created(dataset, Sources=[{"URI": "oss://bucket/a"}] * count).code == code


def test_unknown_project(dataset: Caller) -> None:
    """A task needs a project."""
    assert created(dataset, ProjectName="other").code == "ResourceNotFound"
