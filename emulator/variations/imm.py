"""Variations of bindings, indexing, tasks, messages and provisioning of IMM (imm.md 3 to 7, 12 and 14)."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.calls import Answer, Call
from emulator.json_text import JsonObject, read_json
from emulator.times import east_8_text, span
from emulator.variations.model import Variation, add_absent, each, empty_unless_given, on, replaced, without
from emulator.variations.times import in_utc, rewritten

if TYPE_CHECKING:
    from emulator.core import Emulator

_BINDINGS: Final = ("CreateBinding", "GetBinding")
_INDEXING: Final = ("BatchIndexFileMeta", "IndexFileMeta")
_STATISTICS: Final = ("FileCount", "TotalFileSize")


def _no_empty_phase(binding: JsonObject) -> None:
    if not binding.get("Phase"):
        binding.pop("Phase", None)


def _moved_time(payload: JsonObject, call: Call, emulator: "Emulator") -> None:
    """Let UpdateTime be the time at which the binding began to run."""
    shown = payload["Binding"]
    if not isinstance(shown, dict) or shown["State"] != "Running":
        return
    project = emulator.state.projects[call.params["ProjectName"]]
    binding = project.datasets[call.params["DatasetName"]].bindings[call.params["URI"]]
    shown["UpdateTime"] = east_8_text(binding.create_time + span(emulator.timings.full_scan_start))


def _same_binding(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    if call.action != "CreateBinding" or answer.payload.get("Code") != "ResourceAlreadyExists":
        return answer
    return emulator.operate(replace(call, action="GetBinding"))


def _uuid_of_event(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    if "EventId" in payload:
        payload["EventId"] = str(payload["EventId"]).encode().hex()[:32]


def _with_task_type(call: Call, _emulator: "Emulator") -> Call | None:
    task_id, task_type = call.params.get("TaskId"), call.params.get("TaskType")
    if call.action != "GetTask" or not (task_id and task_type):
        return None
    return replace(call, params={**call.params, "TaskId": f"{task_type}-{task_id}"})


def _bare_task_id(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    payload["TaskId"] = str(payload["TaskId"]).partition("-")[2]


def _progress_in_every_state(task: JsonObject) -> None:
    add_absent(task, {"Progress": 100})


def _end_while_running(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    if payload["Status"] == "Running":
        message = "The specified resource project is not found."
        members = {"EndTime": payload["StartTime"], "Code": "ResourceNotFound", "Message": message}
        add_absent(payload, members)


def _indented_definition(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    if text := payload.get("TaskRequestDefinition"):
        payload["TaskRequestDefinition"] = json.dumps(read_json(str(text)), ensure_ascii=False, indent="\t")


def _without_statistics(payload: JsonObject, call: Call, _emulator: "Emulator") -> None:
    shown = payload.get("Project", payload.get("Dataset"))
    if isinstance(shown, dict) and call.params.get("WithStatistics", "").lower() != "true":
        shown.update(dict.fromkeys(_STATISTICS, 0))


def _times_of_message(message: JsonObject) -> JsonObject:
    times = {name: rewritten(str(message[name]), in_utc) for name in ("StartTime", "EndTime")}
    return message | times


VARIATIONS: Final = (
    Variation(
        "phase-absent",
        "A new binding has no Phase.",
        ("IMM-CB-PHASE", "C8"),
        after=on(*_BINDINGS, change=each("Binding", change=_no_empty_phase)),
    ),
    Variation(
        "running-at-once",
        "A new binding is scanned at once, in State Running.",
        ("IMM-CB-STATE-INITIAL", "imm.md 14.2, 5"),
        groups=("pace",),
        timings={"full_scan_start": 0.0},
    ),
    Variation(
        "update-time-moves",
        "UpdateTime of a binding is when it began to run.",
        ("IMM-GB-TIME-EQUAL", "C6"),
        after=on("GetBinding", change=_moved_time),
    ),
    Variation(
        "reason-empty",
        "A binding has an empty Reason.",
        ("IMM-CB-REASON", "imm.md 8.1"),
        after=on(*_BINDINGS, change=each("Binding", change=empty_unless_given("Reason"))),
    ),
    Variation(
        "second-binding-accepted",
        "A second CreateBinding for the same bucket is answered with the binding there is.",
        ("IMM-CB-DUPLICATE", "imm.md 14.2, 5"),
        after=_same_binding,
    ),
    Variation(
        "empty-files-accepted",
        "An empty list of files to index is accepted.",
        ("IMM-BIFM-FILES-EMPTY",),
        limits={"min_index_files": 0},
    ),
    Variation(
        "long-user-data",
        "UserData of any length is accepted.",
        ("IMM-BIFM-USERDATA-OVER", "IMM-IFM-USERDATA-OVER"),
        limits={"max_user_data_bytes": 1_000_000},
    ),
    Variation(
        "event-id-plain",
        "EventId has 32 hexadecimal digits.",
        ("imm.md 1.5", "imm.md 14.2, 8"),
        after=on(*_INDEXING, "CreateFileCompressionTask", "GetTask", change=_uuid_of_event),
    ),
    Variation(
        "task-id-bare",
        "TaskId is a UUID without the task type.",
        ("IMM-GT-ECHO-ID", "C31"),
        before=_with_task_type,
        after=on("CreateFileCompressionTask", "GetTask", change=_bare_task_id),
    ),
    Variation(
        "status-capitals",
        "A running task has the Status RUNNING.",
        ("IMM-GT-STATUS-CASE", "C1"),
        after=on("GetTask", change=each(change=replaced("Status", {"Running": "RUNNING"}))),
        groups=("running-task",),
    ),
    Variation(
        "sample-task",
        "A running task has an end and an error, as in the sample.",
        ("IMM-GT-ENDTIME-RUNNING", "C4"),
        after=on("GetTask", change=_end_while_running),
        groups=("running-task", "task-texts"),
    ),
    Variation(
        "progress-never",
        "Progress is never shown.",
        ("IMM-GT-PROGRESS-IGNORE", "C3"),
        groups=("progress",),
        after=on("GetTask", change=each(change=without("Progress"))),
    ),
    Variation(
        "progress-always",
        "Progress is shown in every state.",
        ("IMM-GT-PROGRESS-IGNORE", "C2"),
        groups=("progress",),
        after=on("GetTask", change=each(change=_progress_in_every_state)),
    ),
    Variation(
        "empty-task-texts",
        "What a task does not have is an empty text.",
        ("IMM-GT-ENDTIME-RUNNING", "IMM-GT-CODE-OK", "IMM-GT-REQDEF-DEFAULT"),
        groups=("task-texts",),
        after=on(
            "GetTask",
            change=each(change=empty_unless_given("EndTime", "Code", "Message", "UserData", "TaskRequestDefinition")),
        ),
    ),
    Variation(
        "indented-definition",
        "TaskRequestDefinition has tabs and line feeds between its members, as in the sample.",
        ("IMM-GT-REQDEF-JSON", "imm.md 11"),
        after=on("GetTask", change=_indented_definition),
    ),
    Variation(
        "statistics-on-request",
        "FileCount and TotalFileSize are 0 without WithStatistics.",
        ("imm.md 12",),
        after=on("GetProject", "GetDataset", change=_without_statistics),
    ),
    Variation(
        "message-envelope",
        "Messages are in the envelope of newer pages.",
        ("IMM-NTF-ENVELOPE", "C26"),
        enveloped_messages=True,
    ),
    Variation(
        "message-without-request-id",
        "Messages have no RequestId.",
        ("IMM-NTF-REQUESTID", "C25"),
        published=lambda message: {name: member for name, member in message.items() if name != "RequestId"},
    ),
    Variation(
        "message-times-in-utc",
        "Times of messages are in UTC.",
        ("IMM-NTF-TIME", "mns.md 5.5"),
        published=_times_of_message,
    ),
)
