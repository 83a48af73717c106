"""GetTask: tasks from creation to end, definitions, unknown tasks (facts imm.md 7.5)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from conformance.behaviors.own import NOT_FOUND, follow, needed, refusal
from conformance.behaviors.task_answers import KEEPING_REQUESTS
from conformance.behaviors.task_verdicts import (
    found_to_the_end,
    holds_definition,
    of_own_task,
    progress_kept,
    same_types,
    status_kept,
)
from conformance.behaviors.zones import told_in_its_zone
from conformance.checks.probing import ask
from conformance.checks.registry import check
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Wait
from conformance.judge.kept_values import kept
from conformance.judge.reaction import why_unusable
from conformance.polling import re_read
from conformance.world import BlockedError, TaskRef, World, base_params
from strategies import RawText

_TYPE = "FileCompression"
UNKNOWN_TASK = "GetTask/behavior/unknown-task"
_USER_DATA = (
    ' {"name": "Zo\u00eb  \u65e5\u672c", "text": "a+b %20 \\"c\\" <d> & e=f", "number": 1.0, "long": "'
    + 300 * "x"
    + '"} \n'
)
_ALL_TASKS = (
    "GetTask/behavior/echo-id",
    "GetTask/behavior/echo-project",
    "GetTask/behavior/echo-type",
    "GetTask/behavior/echo-present",
    "GetTask/behavior/success-200",
    "GetTask/behavior/no-null",
    "GetTask/behavior/definition-default",
)


@check(
    "GetTask/behavior/status-final",
    "GetTask/behavior/status-spelling",
    "GetTask/behavior/progress-monotone",
    "GetTask/behavior/time-order",
    "GetTask/behavior/end-time-running",
    "GetTask/behavior/code-succeeded",
    "GetTask/behavior/user-data",
    "GetTask/behavior/tags-only-if-given",
    "GetTask/behavior/definition-returned",
    "GetTask/behavior/definition-content",
    "GetTask/behavior/values-kept",
    *_ALL_TASKS,
    tier="full",
)
def life_of_a_task(world: World) -> Flow:
    """Create a task and watch it beyond its end."""
    task = yield from create_task(world, "life", UserData=_USER_DATA)
    seen = yield from _watched(task, world)
    for pause in (0.0, 0.2):
        yield Wait(pause)
        seen.append((yield from re_read(Call("GetTask", task.params), _is_found, seen)))
    last = yield from re_read(Call("GetTask", {**task.params, "RequestDefinition": True}), _is_found, seen)
    yield from found_to_the_end([*seen, last])
    yield from of_own_task(task, [*seen, last])
    begun = seen[0].value.get("StartTime")
    yield from told_in_its_zone("GetTask/response/StartTime/pattern", "StartTime", begun, seen[0])
    yield from status_kept([*seen, last])
    yield from progress_kept(seen)
    yield from holds_definition(task, last)
    yield from kept([*seen, last])


@check(
    "GetTask/behavior/code-failed",
    "GetTask/behavior/user-data",
    "GetTask/behavior/definition-returned",
    *_ALL_TASKS,
    tier="full",
)
def life_of_a_failing_task(world: World) -> Flow:
    """Create a task whose source does not exist and watch it fail."""
    if not world.missing_uris:
        raise BlockedError("no object is known to be missing; add [fixtures] missing_uris")
    sources = [{"URI": world.missing_uris[0]}]
    task = yield from create_task(world, "failing", Sources=sources, UserData="not JSON, just text")
    seen = yield from _watched(task, world)
    again = yield from re_read(Call("GetTask", {**task.params, "RequestDefinition": True}), _is_found, seen)
    yield from found_to_the_end([*seen, again])
    yield from of_own_task(task, [*seen, again])
    status = seen[-1].value.get("Status")
    if status != "Failed":
        remedy = "add another [fixtures] missing_uris, or a task that failed to tasks"
        raise BlockedError(f"a task with a missing source is '{status}'; {remedy}")


@check(
    "GetTask/behavior/definition-returned",
    "GetTask/behavior/definition-content",
    "GetTask/behavior/values-kept",
    *_ALL_TASKS,
)
def definitions(world: World) -> Flow:
    """Ask for a task with and without its definition, in each spelling of the flag."""
    base = base_params("GetTask", world)
    task = world.tasks[0]
    plain = yield from ask(Call("GetTask", base, reuse=True))
    if not plain.accepted:
        raise Inconclusive(f"the control was not accepted: {why_unusable(plain)}")
    seen = [plain]
    for flag in (True, False, RawText("True"), RawText("False")):
        probe = yield from ask(Call("GetTask", {**base, "RequestDefinition": flag}))
        seen.append(probe)
    yield from same_types(task, seen)
    yield from holds_definition(task, seen[1])
    yield from kept(seen)
    if task.type not in KEEPING_REQUESTS:
        raise BlockedError(f"a task of type '{task.type}' shows no definition; add [fixtures] tasks of another type")


@check(UNKNOWN_TASK, "GetTask/behavior/type-mismatch")
def unknown_tasks(world: World) -> Flow:
    """Ask for tasks that do not exist, some of them almost like one that does."""
    base = base_params("GetTask", world)
    control = yield from ask(Call("GetTask", base, reuse=True))
    if not control.accepted:
        raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
    id_ = base["TaskId"]
    changed = id_[:-1] + ("0" if id_[-1] != "0" else "1")
    for unknown in (id_.swapcase() if id_ != id_.swapcase() else changed, f"{id_}0"):
        probe = yield Call("GetTask", {**base, "TaskId": unknown})
        yield refusal(UNKNOWN_TASK, probe, control, "an unknown TaskId", NOT_FOUND)
    other = min({_TYPE, "FileUncompression"} - {base["TaskType"]})
    for kind in (other, base["TaskType"].lower()):
        probe = yield Call("GetTask", {**base, "TaskType": kind})
        what = f"the TaskType '{kind}' for a task of type '{base['TaskType']}'"
        yield refusal("GetTask/behavior/type-mismatch", probe, control, what)


def project_of(world: World) -> str:
    """Return the project in which tasks are created. Raises BlockedError if there is none."""
    return world.tasks[0].project if world.tasks else world.writing.project


def create_task(world: World, name: str, **params: Any) -> Generator[Step, Any, TaskRef]:
    """Create a compression task of the check's own; raise BlockedError if that is refused."""
    definition = {**definition_of(world, name), **params}
    made: Exchange = yield Call("CreateFileCompressionTask", definition)
    return task_of(needed(made))


def task_of(made: Exchange) -> TaskRef:
    """Return the task that a creation made; raise BlockedError if it has no id."""
    id_ = made.value.get("TaskId")
    if not isinstance(id_, str):
        raise BlockedError("CreateFileCompressionTask returned no TaskId, and the check needs it")
    return TaskRef(_TYPE, id_, made.call.params["ProjectName"], made.call.params)


def definition_of(world: World, name: str) -> dict[str, Any]:
    """Return the parameters of a compression task that packs one file into `name`."""
    known = [file.uri for file in world.files if file.uri.startswith("oss://")] or [world.uri("photo.jpg")]
    return {
        "ProjectName": project_of(world),
        "Sources": [{"URI": uri} for uri in known[:2]],
        "TargetURI": world.uri(f"{name} of a+b.zip"),
        "CompressedFormat": "zip",
    }


def _is_found(exchange: Exchange) -> bool:
    return exchange.accepted


def _watched(task: TaskRef, world: World) -> Generator[Step, Any, list[Exchange]]:
    """Return the readings of a task from the first that finds it to its end.

    The very first asks for the definition, which is not only kept for the end.
    """

    def ended(exchange: Exchange) -> bool:
        return exchange.value.get("Status") in ("Succeeded", "Failed")

    first_call = Call("GetTask", {**task.params, "RequestDefinition": True})
    call = Call("GetTask", task.params)
    seen = yield from follow(call, ended, world.settle_seconds, _is_found, first_call)
    first = next((i for i, exchange in enumerate(seen) if exchange.accepted), None)
    if first is None:
        raise Inconclusive(f"the task just created is not found: {why_unusable(seen[-1])}")
    return seen[first:]
