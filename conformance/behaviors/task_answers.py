"""What every answer of GetTask shows by itself (facts imm.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.behaviors.instants import read_instant
from conformance.behaviors.own import asked, is_text, undisguised
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict
from strategies import RawText

KEEPING_REQUESTS = frozenset(
    {
        "VideoLabelClassification",
        "FaceClustering",
        "MediaConvert",
        "FileCompression",
        "ArchiveFileInspection",
        "FileUncompression",
        "PointCloudCompress",
        "ImageToPDF",
        "StoryCreation",
        "LocationDateClustering",
        "ImageSplicing",
        "FacesSearching",
    }
)
"""Task types whose tasks can show the request that made them (facts imm.md section 10)."""

_SPELLINGS = {"true": True, "false": False}
"""What `True` and `False` mean is judged by itself (`Gateway/behavior/boolean-case`)."""


def wants_definition(exchange: Exchange) -> bool | None:
    """Return what RequestDefinition asks for; None where the documents do not say."""
    value = exchange.call.params.get("RequestDefinition", False)
    if isinstance(value, bool):
        return value
    text = value.text if isinstance(value, RawText) else value
    return _SPELLINGS.get(text) if isinstance(text, str) else None


def is_running(exchange: Exchange) -> bool:
    """Whether the task runs, in either spelling (C1)."""
    return exchange.value.get("Status") in ("Running", "RUNNING")


@watch("GetTask/behavior/success-200")
def found_with_200(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-OK: a task that is found is answered with 200 and no other 2xx."""
    assert exchange.answer is not None
    status = exchange.answer.status
    yield expect(
        "GetTask/behavior/success-200",
        status == 200,
        expected="HTTP 200",
        observed=f"HTTP {status}",
        exchange=exchange,
    )


@watch("GetTask/behavior/status-spelling")
def spelling_of_running(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-STATUS-CASE: 'Running' as in four of five places."""
    if is_running(exchange):
        yield expect(
            "GetTask/behavior/status-spelling",
            exchange.value["Status"] == "Running",
            expected="Status 'Running'",
            observed=f"Status '{exchange.value['Status']}'",
            exchange=exchange,
        )


@watch("GetTask/behavior/time-order")
def end_after_start(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-TIME-ORDER: nothing ends before it starts."""
    value = exchange.value
    start, end = read_instant(value.get("StartTime")), read_instant(value.get("EndTime"))
    if start and end:
        yield expect(
            "GetTask/behavior/time-order",
            not end.precedes(start),
            expected="EndTime not before StartTime",
            observed=f"StartTime {value['StartTime']}, EndTime {value['EndTime']}",
            exchange=exchange,
        )


@watch("GetTask/behavior/end-time-running")
def no_end_while_running(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-ENDTIME-RUNNING: a running task has not ended."""
    if is_running(exchange):
        end = exchange.value.get("EndTime")
        yield expect(
            "GetTask/behavior/end-time-running",
            not end,
            expected="no EndTime while the task runs",
            observed=f"EndTime {end}",
            exchange=exchange,
        )


@watch("GetTask/behavior/code-failed")
def failure_explained(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-CODE-FAILED: a failed task has a Code and a Message."""
    value = exchange.value
    if value.get("Status") == "Failed":
        empty = [name for name in ("Code", "Message") if not is_text(value.get(name))]
        yield expect(
            "GetTask/behavior/code-failed",
            not empty,
            expected="Code and Message of a failed task",
            observed=f"{' and '.join(empty)} without text",
            exchange=exchange,
        )


@watch("GetTask/behavior/code-succeeded")
def success_without_error(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-CODE-OK: a task that succeeded has neither Code nor Message."""
    value = exchange.value
    if value.get("Status") == "Succeeded":
        told = [f"{name} '{value[name]}'" for name in ("Code", "Message") if value.get(name)]
        yield expect(
            "GetTask/behavior/code-succeeded",
            not told,
            expected="neither Code nor Message when the task succeeded",
            observed=" and ".join(told),
            exchange=exchange,
        )


@watch("GetTask/behavior/echo-id")
def id_as_asked(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-ECHO-ID: the task that was asked for, by the same id; whether case counts no source says."""
    if asked(exchange, "TaskId") != str(exchange.value.get("TaskId")).swapcase():
        yield from _echo("GetTask/behavior/echo-id", "TaskId", exchange)


@watch("GetTask/behavior/echo-project")
def project_as_asked(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-ECHO-PROJECT: the task of the project that was asked for."""
    yield from _echo("GetTask/behavior/echo-project", "ProjectName", exchange)


@watch("GetTask/behavior/echo-type")
def type_as_asked(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-ECHO-TYPE, where the id itself says that the type asked for is the task's."""
    if asked(exchange, "TaskId").startswith(f"{asked(exchange, 'TaskType')}-"):
        yield from _echo("GetTask/behavior/echo-type", "TaskType", exchange)


@watch("GetTask/behavior/echo-present")
def all_of_the_request(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-ECHO-ID, -PROJECT, -TYPE: what is equal to the request is there; how it is spelled is told elsewhere."""
    if undisguised(exchange):
        there = {name.casefold() for name in exchange.value}
        named = [name for name in ("ProjectName", "TaskType", "TaskId") if asked(exchange, name)]
        missing = [name for name in named if name.casefold() not in there]
        yield expect(
            "GetTask/behavior/echo-present",
            not missing,
            expected=f"{', '.join(named)} of the request",
            observed=f"no {' and no '.join(missing)}",
            exchange=exchange,
        )


@watch("GetTask/behavior/definition-default")
def definition_left_out(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-REQDEF-DEFAULT: no definition unless it is asked for."""
    if wants_definition(exchange) is False and undisguised(exchange):
        yield expect(
            "GetTask/behavior/definition-default",
            not exchange.value.get("TaskRequestDefinition"),
            expected="no TaskRequestDefinition unless RequestDefinition is true",
            observed=f"TaskRequestDefinition is there {_flag_of(exchange)}",
            exchange=exchange,
        )


@watch("GetTask/behavior/definition-returned")
def definition_given(exchange: Exchange) -> Iterable[Verdict]:
    """IMM-GT-REQDEF-TRUE: the definition of a task whose type keeps it."""
    told = exchange.value.get("TaskType")
    kept = told in KEEPING_REQUESTS if isinstance(told, str) else asked(exchange, "TaskType") in KEEPING_REQUESTS
    if wants_definition(exchange) and undisguised(exchange) and kept:
        yield expect(
            "GetTask/behavior/definition-returned",
            bool(exchange.value.get("TaskRequestDefinition")),
            expected="TaskRequestDefinition when RequestDefinition is true",
            observed="it is empty" if "TaskRequestDefinition" in exchange.value else "it is absent",
            exchange=exchange,
        )


def _flag_of(exchange: Exchange) -> str:
    """Return how the request spelled RequestDefinition."""
    if "RequestDefinition" not in exchange.call.params:
        return "without RequestDefinition"
    value = exchange.call.params["RequestDefinition"]
    text = value.text if isinstance(value, RawText) else str(value).lower() if isinstance(value, bool) else value
    return f"with RequestDefinition={text}"


def _echo(requirement: str, name: str, exchange: Exchange) -> Iterable[Verdict]:
    wanted, found = asked(exchange, name), exchange.value.get(name)
    if wanted and wanted == wanted.strip() and isinstance(found, str) and undisguised(exchange):
        yield expect(
            requirement,
            found == wanted,
            expected=f"{name} '{wanted}' as in the request",
            observed=f"{name} '{found}'",
            exchange=exchange,
        )
