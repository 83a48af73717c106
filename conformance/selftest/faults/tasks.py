"""Faults of GetTask."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.selftest.edits import edited, in_zone, later, redirected, with_code, with_status
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, ApiError, Call, Emulator

Task = dict[str, Any]
_KEPT = ("Running", "Succeeded", "Failed")


def _task(edit: Callable[[Task], object], *statuses: str) -> After:
    """Return a hook that edits accepted answers of GetTask about tasks in one of `statuses`, by default all."""
    chosen = statuses or _KEPT
    return edited("GetTask", lambda _, task: edit(task) if task["Status"] in chosen else None)


def _is_asked(call: Call) -> bool:
    return call.params.get("RequestDefinition", "").lower() == "true"


@plant("running-202", "GetTask/behavior/success-200", "A running task is answered with HTTP 202.")
def _running_202() -> After:
    return with_status("GetTask", 202, lambda _, task: task["Status"] == "Running")


@plant("failed-400", "GetTask/behavior/success-200", "A failed task is answered with HTTP 400 and its own error.")
def _failed_400() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if call.action != "GetTask" or answer.payload.get("Status") != "Failed":
            return answer
        return emulator.refuse(call, ApiError(400, str(answer.payload["Code"]), str(answer.payload["Message"])))

    return after


@plant("running-null-end", "GetTask/behavior/no-null", "EndTime is null while the task runs.")
def _running_null_end() -> After:
    return _task(lambda t: t.update(EndTime=None), "Running")


@plant("task-local-time", "GetTask/response/StartTime/pattern", "Times are those of Shanghai, marked as UTC.")
def _local_time() -> After:
    return _task(in_zone(8, "StartTime", "EndTime"))


@plant("running-in-capitals", "GetTask/behavior/status-spelling", "A running task has the Status 'RUNNING'.")
def _running_in_capitals() -> After:
    return _task(lambda t: t.update(Status="RUNNING"), "Running")


@plant(
    "fails-later",
    "GetTask/behavior/status-final",
    "A task that succeeded is 'Failed' from the third reading on.",
)
def _fails_later() -> After:
    readings: Counter[str] = Counter()

    def edit(call: Call, task: Task) -> None:
        readings[call.params["TaskId"]] += task["Status"] == "Succeeded"
        if readings[call.params["TaskId"]] >= 3:
            task.update(Status="Failed", Code="InternalError", Message="The result was lost.")

    return edited("GetTask", edit)


@plant("ends-at-each-reading", "GetTask/behavior/values-kept", "Each reading of a task puts off its EndTime.")
def _ends_at_each_reading() -> After:
    readings: Counter[str] = Counter()

    def edit(task: Task) -> None:
        readings[task["TaskId"]] += 1
        task["EndTime"] = later(task["EndTime"], seconds=readings[task["TaskId"]])

    return _task(edit, "Succeeded")


@plant("progress-counts-down", "GetTask/behavior/progress-monotone", "Progress is what is left to do.")
def _progress_counts_down() -> After:
    return _task(lambda t: t.update(Progress=100 - t["Progress"]), "Running")


@plant("ends-before-start", "GetTask/behavior/time-order", "EndTime is a second before StartTime.")
def _ends_before_start() -> After:
    return _task(lambda t: t.update(EndTime=later(t["StartTime"], seconds=-1)), "Succeeded", "Failed")


@plant("expected-end", "GetTask/behavior/end-time-running", "A running task has the EndTime that is expected.")
def _expected_end() -> After:
    return _task(lambda t: t.update(EndTime=later(t["StartTime"], seconds=1)), "Running")


@plant("failure-without-message", "GetTask/behavior/code-failed", "A failed task has a Code and an empty Message.")
def _failure_without_message() -> After:
    return _task(lambda t: t.update(Message=""), "Failed")


@plant("success-message", "GetTask/behavior/code-succeeded", "A task that succeeded has the Message 'Success'.")
def _success_message() -> After:
    return _task(lambda t: t.update(Message="Success"), "Succeeded")


@plant("type-of-definition", "GetTask/behavior/echo-type", "With its definition a task has another TaskType.")
def _type_of_definition() -> After:
    def edit(call: Call, task: Task) -> None:
        if _is_asked(call):
            task["TaskType"] = "FileUncompression"

    return edited("GetTask", edit)


@plant("bare-id", "GetTask/behavior/echo-id", "The TaskId of a task that ended is without the type before it.")
def _bare_id() -> After:
    return _task(lambda t: t.update(TaskId=t["TaskId"].removeprefix("FileCompression-")), "Succeeded", "Failed")


@plant("task-of-any-project", "GetTask/behavior/echo-project", "A task is found through other projects as well.")
def _task_of_any_project() -> tuple[Before, None]:
    def before(call: Call, emulator: Emulator) -> Call | None:
        if call.action != "GetTask" or call.params.get("ProjectName") not in emulator.state.projects:
            return None
        owner = _owner(call, emulator)
        return replace(call, params={**call.params, "ProjectName": owner}) if owner else None

    return before, None


@plant("project-lost", "GetTask/behavior/echo-project", "A task that ended belongs to the project 'default'.")
def _project_lost() -> After:
    return _task(lambda t: t.update(ProjectName="default"), "Succeeded", "Failed")


@plant("task-without-type", "GetTask/behavior/echo-present", "A running task is answered without its TaskType.")
def _task_without_type() -> After:
    return _task(lambda t: t.pop("TaskType"), "Running")


@plant("tags-by-server", "GetTask/behavior/tags-only-if-given", "A task that ended has Tags of the server's own.")
def _tags_by_server() -> After:
    return _task(lambda t: t.update(Tags={"source": "api"}), "Succeeded", "Failed")


@plant("user-data-written-anew", "GetTask/behavior/user-data", "UserData that is JSON comes back written anew.")
def _user_data_written_anew() -> After:
    def edit(task: Task) -> None:
        try:
            task["UserData"] = json.dumps(json.loads(task.get("UserData", "")))
        except ValueError:
            return

    return _task(edit)


@plant(
    "definition-if-flag",
    "GetTask/behavior/definition-default",
    "RequestDefinition is taken for true whenever it is given.",
)
def _definition_if_flag() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"RequestDefinition": "true"} if "RequestDefinition" in call.params else {}

    return redirected(("GetTask",), change), None


@plant(
    "definition-until-end",
    "GetTask/behavior/definition-returned",
    "There is no TaskRequestDefinition once the task has ended.",
)
def _definition_until_end() -> After:
    return _task(lambda t: t.pop("TaskRequestDefinition", None), "Succeeded", "Failed")


@plant(
    "definition-from-end",
    "GetTask/behavior/definition-returned",
    "There is no TaskRequestDefinition while the task runs.",
)
def _definition_from_end() -> After:
    return _task(lambda t: t.pop("TaskRequestDefinition", None), "Running")


@plant(
    "definition-cut",
    "GetTask/response/TaskRequestDefinition/contentSchema",
    "TaskRequestDefinition is cut to 1024 characters.",
)
def _definition_cut() -> After:
    def edit(task: Task) -> None:
        if "TaskRequestDefinition" in task:
            task["TaskRequestDefinition"] = task["TaskRequestDefinition"][:1024]

    return _task(edit)


@plant(
    "definition-without-sources",
    "GetTask/behavior/definition-content",
    "The Sources in TaskRequestDefinition are empty.",
)
def _definition_without_sources() -> After:
    def edit(task: Task) -> None:
        if "TaskRequestDefinition" in task:
            told = json.loads(task["TaskRequestDefinition"])
            task["TaskRequestDefinition"] = json.dumps({**told, "Sources": []})

    return _task(edit)


@plant(
    "task-by-prefix",
    "GetTask/behavior/unknown-task",
    "An unknown TaskId is taken for one that it begins with.",
)
def _task_by_prefix() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        given = call.params.get("TaskId", "")
        if call.action != "GetTask" or project is None or given in project.tasks:
            return answer
        for known in [id_ for id_ in project.tasks if given.startswith(id_)][:1]:
            answer = emulator.operate(replace(call, params={**call.params, "TaskId": known}))
            answer.payload["TaskId"] = given
        return answer

    return after


@plant("no-task-code", "GetTask/behavior/unknown-task", "An unknown TaskId is refused with the Code 'TaskNotFound'.")
def _no_task_code() -> After:
    return with_code("GetTask", "task is not found", "TaskNotFound")


@plant("type-ignored", "GetTask/behavior/type-mismatch", "A task is found by its id, whatever TaskType is asked for.")
def _type_ignored() -> tuple[Before, None]:
    def change(call: Call, emulator: Emulator) -> Mapping[str, str]:
        project = emulator.state.projects.get(call.params.get("ProjectName", ""))
        task = project.tasks.get(call.params.get("TaskId", "")) if project else None
        return {"TaskType": task.task_type} if task and call.params.get("TaskType") else {}

    return redirected(("GetTask",), change), None


def _owner(call: Call, emulator: Emulator) -> str:
    """Return the project of the task that a call names; empty if there is none."""
    projects, asked = emulator.state.projects, call.params.get("TaskId", "")
    return next((name for name, project in projects.items() if asked in project.tasks), "")


@plant("task-everywhere", "GetTask/behavior/unknown-task", "A task is found through any project, and told as of that.")
def _task_everywhere() -> tuple[Before, After]:
    def change(call: Call, emulator: Emulator) -> Mapping[str, str]:
        asked, owner = call.params.get("ProjectName", ""), _owner(call, emulator)
        return {"ProjectName": owner, "_Asked": asked} if owner and asked in emulator.state.projects else {}

    def edit(call: Call, task: Task) -> None:
        task["ProjectName"] = call.params.get("_Asked", task["ProjectName"])

    return redirected(("GetTask",), change), edited("GetTask", edit)


@plant("task-user-data-cut", "GetTask/behavior/user-data", "UserData ends after 256 characters.")
def _user_data_cut() -> After:
    return _task(lambda t: t.update(UserData=t["UserData"][:256]) if "UserData" in t else None)


@plant("task-type-any-case", "GetTask/behavior/type-mismatch", "TaskType is compared without case.")
def _type_any_case() -> tuple[Before, None]:
    def change(call: Call, _: Emulator) -> Mapping[str, str]:
        return {"TaskType": "FileCompression"} if call.params.get("TaskType", "").lower() == "filecompression" else {}

    return redirected(("GetTask",), change), None
