"""The checks of GetTask: on a correct server, on lawful ones, and on broken ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from conformance.selftest.edits import edited
from conformance.selftest.planting import PlantedFault, planted_faults
from conformance.target.config import Fixtures
from conformance.target.embedded import embedded_emulator, seed
from emulator import Answer, ApiError, Call, Emulator
from emulator.errors import unknown_action
from tests.behaviors.judging import Requirements, declared, judge, lawful, named, violated

FIXTURES = Fixtures(missing_uris=("oss://given-bucket/missing/none.jpg",))
FAULTS = [f for f in planted_faults().values() if f.requirement.startswith("GetTask/")]


judged = partial(judge, select=("GetTask/behavior/*",), fixtures=FIXTURES)


@pytest.fixture(scope="module")
def correct() -> Requirements:
    """Return what the checks say of the correct emulator."""
    return judged()


@pytest.mark.parametrize("requirement", declared("GetTask"))
def test_conforms(correct: Requirements, requirement: str) -> None:
    """Each requirement is exercised on the correct emulator, and conforms."""
    assert correct[requirement]["outcome"] == "conforms", correct[requirement]


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_fault_is_named(fault: PlantedFault) -> None:
    """A planted fault breaks its requirement, and no other MUST."""
    found = judged(planted_faults()[fault.id], select=(fault.requirement,))

    assert found[fault.requirement]["outcome"] == "violates"
    assert violated(found, "MUST") <= {fault.requirement}


def _not_found_404(call: Call, answer: Answer, emulator: Emulator) -> Answer:
    missing = answer.payload.get("Code") == "ResourceNotFound"
    return replace(answer, status=404) if missing else answer


def _task(edit: Callable[[dict[str, Any]], object]) -> Any:
    return edited("GetTask", lambda _, task: edit(task))


def _empty_texts(task: dict[str, Any]) -> None:
    for name in ("Code", "Message", "EndTime", "UserData", "TaskRequestDefinition"):
        task.setdefault(name, "")


def _milliseconds(task: dict[str, Any]) -> None:
    for name in ("StartTime", "EndTime"):
        if name in task:
            task[name] = f"{task[name][:19]}.{task[name][20:23].rstrip('Z').ljust(3, '0')}Z"


def _grown_definition(task: dict[str, Any]) -> None:
    if "TaskRequestDefinition" in task:
        told = json.loads(task["TaskRequestDefinition"])
        told["Sources"] = json.dumps([{"Mode": "prefix", **source} for source in told["Sources"]])
        task["TaskRequestDefinition"] = json.dumps({**told, "Notification": {}}, indent=1)


def _only_status(task: dict[str, Any]) -> None:
    for name in set(task) - {"RequestId", "Status", "TaskRequestDefinition"}:
        del task[name]


def _missing_source_refused(call: Call, emulator: Emulator) -> Answer | None:
    if call.action != "CreateFileCompressionTask" or "/missing/" not in call.params.get("Sources", ""):
        return None
    return emulator.refuse(call, ApiError(400, "InvalidArgument", "The source does not exist."))


def _type_ignored(call: Call, emulator: Emulator) -> Call | None:
    project = emulator.state.projects.get(call.params.get("ProjectName", ""))
    task = project.tasks.get(call.params.get("TaskId", "")) if project else None
    if call.action != "GetTask" or task is None or not call.params.get("TaskType"):
        return None
    return replace(call, params={**call.params, "TaskType": task.task_type})


@pytest.mark.parametrize(
    "variation",
    [
        lawful("not found is 404", _not_found_404),
        lawful("running in capitals", _task(lambda t: t.update(Status=t["Status"].replace("Running", "RUNNING")))),
        lawful("empty texts", _task(_empty_texts)),
        lawful("no progress", _task(lambda t: t.pop("Progress", None))),
        lawful("progress of 100 in every state", _task(lambda t: t.update(Progress=100))),
        lawful("times in milliseconds", _task(_milliseconds)),
        lawful("empty tags", _task(lambda t: t.update(Tags={}))),
        lawful("more members", _task(lambda t: t.update(Owner="1", Steps=[{"Name": "read"}]))),
        lawful("definition with defaults", _task(_grown_definition)),
        lawful("nothing but the status", _task(_only_status)),
        lawful("missing sources are refused", before=_missing_source_refused),
        lawful("type ignored", before=_type_ignored),
    ],
    ids=named,
)
def test_lawful_variation(variation: PlantedFault) -> None:
    """What the sources leave open breaks no MUST."""
    assert violated(judged(variation), "MUST") == set()


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_other_pace(seconds: float) -> None:
    """Tasks that end at once and tasks that take their time are both followed to the end."""
    found = judged(prepare=lambda e: setattr(e, "timings", replace(e.timings, task=seconds)))

    assert violated(found) == set()
    assert found["GetTask/behavior/status-final"]["outcome"] == "conforms"


def test_server_without_tasks() -> None:
    """A server that cannot create tasks leaves them blocked."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        unknown = call.action == "CreateFileCompressionTask"
        return emulator.refuse(call, unknown_action(call.action)) if unknown else None

    found = judged(lawful("no tasks", before=before))

    assert {found[name]["outcome"] for name in declared("GetTask")} == {"blocked"}


def test_no_missing_object_known() -> None:
    """Without a missing object no task is made to fail, and the report says which fixture helps."""
    found = judged(select=("GetTask/behavior/code-failed",), fixtures=Fixtures())

    assert found["GetTask/behavior/code-failed"]["outcome"] == "blocked"
    assert "[fixtures] missing_uris" in found["GetTask/behavior/code-failed"]["reason"]


GIVEN = seed(embedded_emulator()[0])
"""The fixtures of the embedded target: of its tasks the first has tags, and the second failed."""


@pytest.mark.parametrize("tasks", [GIVEN.tasks, GIVEN.tasks[::-1]], ids=["tags first", "failed first"])
def test_what_any_given_task_shows_is_judged(tasks: tuple[tuple[str, str], ...]) -> None:
    """Tags and the Code of a failure are seen wherever among the given tasks the one is that has them."""
    found = judged(select=("GetTask/*",), fixtures=replace(GIVEN, tasks=tasks), prepare=seed, tier="reads")

    for name in ("behavior/code-failed", "response/Code/type", "response/Tags/type"):
        assert found[f"GetTask/{name}"]["outcome"] == "conforms", name


def test_a_given_task_that_failed_is_judged_though_none_can_be_made_to_fail() -> None:
    """A failure without Code is told of a given task that is not the first, by a target whose own tasks succeed."""
    silent = lawful("silent", after=_task(lambda task: task.pop("Code", None)))

    found = judged(
        silent, select=("GetTask/behavior/code-failed",), fixtures=replace(GIVEN, missing_uris=()), prepare=seed
    )

    assert found["GetTask/behavior/code-failed"]["outcome"] == "violates"
