"""Tasks of the second server; parameters are read as in ``imm``."""

import json
import uuid
from typing import Any

from tests.second.imm import (
    Json,
    Operation,
    check_call,
    clock,
    event,
    filled,
    flag,
    gone,
    json_value,
    key_of,
    need,
    project_of,
    task_stamp,
    wrong,
)

DEFINABLE = {
    "VideoLabelClassification", "FaceClustering", "MediaConvert", "FileCompression", "ArchiveFileInspection",
    "FileUncompression", "PointCloudCompress", "ImageToPDF", "StoryCreation", "LocationDateClustering",
    "ImageSplicing", "FacesSearching",
}  # fmt: skip


def _check_sources(given: dict[str, str]) -> None:
    sources = json_value(given, "Sources", list)
    if bool(sources) == bool(given.get("SourceManifestURI")) or len(sources or []) > 100:
        raise wrong("Sources")
    for rule in sources or []:
        if not isinstance(rule, dict) or not str(rule.get("URI", "")).startswith("oss://"):
            raise wrong("Sources")
        if not str(rule.get("Alias") or "/").startswith("/") or rule.get("Mode", "") not in {"", "prefix", "fullname"}:
            raise wrong("Sources")


def create_file_compression_task(world: Json, given: dict[str, str]) -> Json:
    """Start a compression task."""
    need(given, "ProjectName", "TargetURI")
    project_of(world, given)
    _check_sources(given)
    check_call(given)
    if not key_of(given["TargetURI"]) or given.get("CompressedFormat", "zip") != "zip":
        raise wrong("TargetURI")
    ident, happening = str(uuid.uuid4()), event()
    ident = f"FileCompression-{ident}" if world["switches"]["rich"] else ident
    asked: Json = {
        name: text for name, text in given.items() if name in {"ProjectName", "TargetURI", "CompressedFormat"}
    }
    asked |= {name: json.loads(given[name]) for name in ("Sources", "Notification") if given.get(name)}
    asked |= {name: given[name] for name in ("SourceManifestURI", "UserData") if given.get(name)}
    keep_task(world, given["ProjectName"], "FileCompression", ident, asked, EventId=happening)
    return {"EventId": happening, "TaskId": ident}


def keep_task(world: Json, project: str, kind: str, ident: str, asked: Json, **more: Any) -> None:
    """Keep a task that ends after the usual time; MORE are members of its answer."""
    made = clock()
    end = made + world["switches"]["tasks"]
    world["tasks"][project, kind, ident] = {"made": made, "end": end, "asked": asked, "more": more}


def get_task(world: Json, given: dict[str, str]) -> Json:
    """Show a task; it never tells progress unless rich."""
    key = tuple(need(given, "ProjectName", "TaskType", "TaskId"))
    project_of(world, given)
    if key not in world["tasks"]:
        raise gone("task")
    task, define, rich = world["tasks"][key], flag(given, "RequestDefinition"), world["switches"]["rich"]
    over, fails = clock() >= task["end"], world["switches"].get("fails")
    shown: Json = {"ProjectName": key[0], "TaskType": key[1], "TaskId": key[2], "StartTime": task_stamp(task["made"])}
    shown["Status"] = "Failed" if over and fails else "Succeeded" if over else "Running" if rich else "RUNNING"
    shown |= {"UserData": task["asked"].get("UserData")} | task["more"]
    if over and fails:
        shown |= {"Code": "InvalidArgument", "Message": "File does not exist."}
    if over:
        shown["EndTime"] = task_stamp(task["end"])
    elif rich:
        shown["Progress"] = int(100 * (clock() - task["made"]) / world["switches"]["tasks"])
    if define and key[1] in DEFINABLE:
        shown["TaskRequestDefinition"] = json.dumps(task["asked"], indent=1 if rich else None)
    return filled(shown)


TASKS: dict[str, Operation] = {
    "GetTask": get_task,
    "CreateFileCompressionTask": create_file_compression_task,
}
