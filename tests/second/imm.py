"""State and operations of a second, independent server, kept in plain dictionaries.

Nothing of the project is imported: the operations are written from the documents alone, in another style than the
embedded emulator, and they use liberties that the documents leave (404 for what is not found, answers in reverse
order, members left out). ``world`` is one dictionary: ``switches``, ``projects``, ``tasks``, ``uploads``, ``batches``.
Asynchronous work is never scheduled: each entry carries the moment from which it counts as done.
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]
Operation = Callable[[Json, dict[str, str]], Json]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
BUCKET = re.compile(r"oss://[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
OSS_FILE = re.compile(rf"({BUCKET.pattern})/([^/\\].*)", re.DOTALL)
PDS_FILE = re.compile(r"pds://domains/[^/]+/drives/[^/]+/files/[^/]+/revisions/[^/]+")
KINDS = {"jpg": "image", "jpeg": "image", "png": "image", "mp4": "video", "mp3": "audio", "zip": "archive"}
MIME = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "mp4": "video/mp4", "mp3": "audio/mpeg"}
DEFINABLE = {
    "VideoLabelClassification", "FaceClustering", "MediaConvert", "FileCompression", "ArchiveFileInspection",
    "FileUncompression", "PointCloudCompress", "ImageToPDF", "StoryCreation", "LocationDateClustering",
    "ImageSplicing", "FacesSearching",
}  # fmt: skip
ITEM_KINDS = {
    "CustomId": str, "CustomLabels": dict, "FileHash": str, "OSSURI": str, "ContentType": str, "LatLong": str,
    "Title": str, "Artist": str, "Labels": list, "Addresses": list, "Figures": list,
}  # fmt: skip


class Refusal(Exception):  # noqa: N818
    """A call that is answered with an error body: HTTP status, code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def new_world(**switches: Any) -> Json:
    """Return an empty state; SWITCHES are those of a personality."""
    defaults: Json = {"indexing": 1.0, "tasks": 1.5, "jobs": 1.0, "rich": False}
    return {"switches": defaults | switches, "projects": {}, "tasks": {}, "uploads": {}, "batches": {}}


# Times, ids, refusals


def _stamp(world: Json, moment: float) -> str:
    zone = timezone(timedelta(hours=8)) if world["switches"]["rich"] else UTC
    text = datetime.fromtimestamp(moment, zone).isoformat(timespec="microseconds")
    return text[:26] + "123" + text[26:] if world["switches"]["rich"] else text[:22] + "Z"


def _task_stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")[:22] + "Z"


def second(moment: float) -> str:
    """Return MOMENT as ICE writes times."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def filled(members: Json) -> Json:
    """Return MEMBERS without those that have no value."""
    return {name: value for name, value in members.items() if value not in (None, "")}


def _absent(name: str) -> Refusal:
    if name in {"ProjectName", "TaskId", "URIs", "File"}:
        return Refusal(400, f"Missing{name}", f"{name} is mandatory for this action.")
    return Refusal(400, "InvalidArgument", f"The parameter {name} is required but not provided.")


def _wrong(name: str) -> Refusal:
    return Refusal(400, "InvalidArgument", f"The parameter {name} is invalid.")


def _gone(kind: str) -> Refusal:
    return Refusal(404, "ResourceNotFound", f"The specified resource {kind} is not found.")


# Reading parameters


def _need(given: dict[str, str], *names: str) -> list[str]:
    for name in names:
        if not given.get(name):
            raise _absent(name)
    return [given[name] for name in names]


def json_value(given: dict[str, str], name: str, kind: type) -> Any:
    """Return the JSON value of KIND in parameter NAME, None if it is not given; raise Refusal for other text."""
    if not given.get(name):
        return None
    try:
        value = json.loads(given[name])
    except ValueError:
        raise Refusal(400, "InvalidJSON", f"JSON parsing error, {name}") from None
    if not isinstance(value, kind):
        raise _wrong(name)
    return value


def _texts(given: dict[str, str], name: str) -> list[str]:
    values = json_value(given, name, list) or []
    if not all(isinstance(value, str) for value in values):
        raise _wrong(name)
    return list(values)


def _whole(given: dict[str, str], name: str, least: int, most: int, default: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,20}", text) or not least <= int(text) <= most:
        raise _wrong(name)
    return int(text)


def _flag(given: dict[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in {"true", "false", ""}:
        raise _wrong(name)
    return text == "true"


def _name(given: dict[str, str], name: str) -> str:
    (text,) = _need(given, name)
    if not NAME.fullmatch(text):
        raise _wrong(name)
    return text


def _key(uri: Any) -> str | None:
    if isinstance(uri, str) and PDS_FILE.fullmatch(uri):
        return ""
    found = OSS_FILE.fullmatch(uri) if isinstance(uri, str) else None
    return found[2] if found and len(found[2].encode()) <= 1023 else None


def _project(world: Json, given: dict[str, str]) -> Json:
    project: Json | None = world["projects"].get(_name(given, "ProjectName"))
    if project is None:
        raise _gone("project")
    return project


def _dataset(world: Json, given: dict[str, str]) -> Json:
    _need(given, "ProjectName", "DatasetName")
    dataset: Json | None = _project(world, given)["datasets"].get(_name(given, "DatasetName"))
    if dataset is None:
        raise _gone("dataset")
    return dataset


def _bucket(given: dict[str, str]) -> str:
    (uri,) = _need(given, "URI")
    if not BUCKET.fullmatch(uri):
        raise _wrong("URI")
    return uri


# Projects and datasets


def _described(given: dict[str, str]) -> Json:
    if len(given.get("Description", "")) > 256:
        raise _wrong("Description")
    return {
        "Description": given.get("Description", ""),
        "TemplateId": given.get("TemplateId", ""),
        "DatasetMaxBindCount": _whole(given, "DatasetMaxBindCount", 1, 10, 10),
        "DatasetMaxFileCount": _whole(given, "DatasetMaxFileCount", 1, 100000000, 100000000),
    }


def create_project(world: Json, given: dict[str, str]) -> Json:
    """Keep a project."""
    name, tags = _name(given, "ProjectName"), json_value(given, "Tag", list)
    if name in world["projects"]:
        raise Refusal(400, "ResourceAlreadyExists", "The specified resource project already exists.")
    now = _stamp(world, time.time())
    shown: Json = {"ProjectName": name, "CreateTime": now, "UpdateTime": now} | _described(given)
    shown["ProjectMaxDatasetCount"] = _whole(given, "ProjectMaxDatasetCount", 1, 1000000000, 1000000000)
    shown["Tags"] = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags or []] or None
    world["projects"][name] = {"shown": filled(shown), "datasets": {}}
    return {"Project": world["projects"][name]["shown"]}


def get_project(world: Json, given: dict[str, str]) -> Json:
    """Show a project."""
    return {"Project": _project(world, given)["shown"]}


def delete_project(world: Json, given: dict[str, str]) -> Json:
    """Forget a project without datasets."""
    if _project(world, given)["datasets"]:
        raise Refusal(400, "StatusConflict", "The project still holds datasets.")
    del world["projects"][given["ProjectName"]]
    return {}


def create_dataset(world: Json, given: dict[str, str]) -> Json:
    """Keep a dataset."""
    _need(given, "ProjectName", "DatasetName")
    project, name = _project(world, given), _name(given, "DatasetName")
    if name in project["datasets"]:
        raise Refusal(400, "ResourceAlreadyExists", "The specified resource dataset already exists.")
    now = _stamp(world, time.time())
    shown = {"ProjectName": given["ProjectName"], "DatasetName": name, "CreateTime": now, "UpdateTime": now}
    project["datasets"][name] = {"shown": filled(shown | _described(given)), "files": {}, "bindings": {}}
    return {"Dataset": project["datasets"][name]["shown"]}


def get_dataset(world: Json, given: dict[str, str]) -> Json:
    """Show a dataset."""
    dataset = _dataset(world, given)
    return {"Dataset": dataset["shown"] | {"BindCount": len(dataset["bindings"])}}


def delete_dataset(world: Json, given: dict[str, str]) -> Json:
    """Forget a dataset without files and bindings."""
    dataset = _dataset(world, given)
    if dataset["files"] or dataset["bindings"]:
        raise Refusal(400, "StatusConflict", "The dataset is not empty.")
    del _project(world, given)["datasets"][given["DatasetName"]]
    return {}


# Files


def _check_item(item: Any, name: str) -> Json:
    if not isinstance(item, dict) or not item.get("URI"):
        raise _wrong(f"{name}.URI")
    if _key(item["URI"]) is None or (item["URI"].startswith("pds:") and not item.get("FileHash")):
        raise _wrong(f"{name}.URI")
    for member, kind in ITEM_KINDS.items():
        if item.get(member) is not None and not isinstance(item[member], kind):
            raise _wrong(f"{name}.{member}")
    if item.get("MediaType") not in {None, "", "image", "other", "document", "archive", "video", "audio"}:
        raise _wrong(f"{name}.MediaType")
    return item


def _check_call(given: dict[str, str]) -> None:
    notice = json_value(given, "Notification", dict) or {}
    for way, members in (("MNS", ["TopicName"]), ("RocketMQ", ["InstanceId", "TopicName"])):
        told = notice.get(way)
        if told is not None and not (isinstance(told, dict) and all(isinstance(told.get(m), str) for m in members)):
            raise _wrong("Notification")
    if len(given.get("UserData", "").encode()) > 2048:
        raise _wrong("UserData")


def _store(world: Json, dataset: Json, item: Json) -> None:
    ready = time.time() + world["switches"]["indexing"]
    dataset["files"].setdefault(item["URI"], []).append((ready, item))


def _shown(world: Json, dataset: Json, uri: str) -> Json | None:
    done = [entry for entry in dataset["files"].get(uri, []) if entry[0] <= time.time()]
    if not done:
        return None
    (first, _), (last, item), key = done[0], done[-1], _key(uri) or ""
    ending = key.rpartition(".")[2].lower()
    file = {
        "URI": uri,
        "ProjectName": dataset["shown"]["ProjectName"],
        "DatasetName": dataset["shown"]["DatasetName"],
        "Filename": key,
        "Size": len(uri),
        "ObjectType": "file",
        "MediaType": item.get("MediaType") or KINDS.get(ending, "other"),
        "CreateTime": _stamp(world, first),
        "UpdateTime": _stamp(world, last),
        "CustomId": item.get("CustomId"),
        "CustomLabels": item.get("CustomLabels") or None,
    }
    return filled(file | (_rich_members(world, uri, ending, item, first) if world["switches"]["rich"] else {}))


def _rich_members(world: Json, uri: str, ending: str, item: Json, moment: float) -> Json:
    rich: Json = {
        "ObjectId": uuid.uuid5(uuid.NAMESPACE_URL, uri).hex * 2,
        "ContentType": item.get("ContentType") or MIME.get(ending),
        "FileModifiedTime": _stamp(world, moment),
        "FileHash": item.get("FileHash"),
        "LatLong": item.get("LatLong"),
        "ETag": '"1D9C280A7C4F67F7EF873E28449DBE17"',
        "ObjectStatus": "Indexed",
        "OSSURI": item.get("OSSURI"),
        "Labels": [{"Language": "en", "LabelName": "x", "LabelLevel": 1, "LabelConfidence": 1}],
    }
    if KINDS.get(ending) == "image":
        box = {"Width": 20, "Height": 30, "Left": 0, "Top": 1}
        face = {"FigureId": str(uuid.uuid5(uuid.NAMESPACE_URL, uri)), "FigureType": "face", "Gender": "male",
                "Age": 40, "FaceQuality": 0.5, "Mask": "none", "Boundary": box, "HeadPose": {"Roll": -3.5}}  # fmt: skip
        rich |= {"ImageWidth": 200, "ImageHeight": 100, "EXIF": '{"Compression": {"value": "6"}}',
                 "Figures": [face], "FigureCount": 1}  # fmt: skip
    return rich


def batch_get_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Return stored files, the last one asked for first."""
    _need(given, "ProjectName", "DatasetName", "URIs")
    uris, fields = _texts(given, "URIs"), _texts(given, "WithFields")
    if not uris or any(_key(uri) is None for uri in uris):
        raise _wrong("URIs")
    if len(uris) > 100:
        raise Refusal(400, "LimitExceededError", "input quota exceed the max value")
    dataset = _dataset(world, given)
    found = [file for uri in dict.fromkeys(reversed(uris)) if (file := _shown(world, dataset, uri))]
    return {"Files": [{name: file[name] for name in file if not fields or name in fields} for file in found]}


def index_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Take one file for indexing."""
    _need(given, "ProjectName", "DatasetName", "File")
    item, dataset = _check_item(json_value(given, "File", dict), "File"), _dataset(world, given)
    _check_call(given)
    _store(world, dataset, item)
    return {"EventId": _event()}


def batch_index_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Take up to 100 files for indexing."""
    _need(given, "ProjectName", "DatasetName", "Files")
    items, dataset = json_value(given, "Files", list), _dataset(world, given)
    if not 1 <= len(items) <= 100:
        raise _wrong("Files")
    _check_call(given)
    for item in [_check_item(item, "Files") for item in items]:
        _store(world, dataset, item)
    return {"EventId": _event()}


def _event() -> str:
    return f"0A1-{uuid.uuid4().hex}"


def delete_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Forget one file."""
    _need(given, "ProjectName", "DatasetName", "URI")
    _dataset(world, given)["files"].pop(given["URI"], None)
    return {}


def batch_delete_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Forget up to 100 files."""
    _need(given, "ProjectName", "DatasetName", "URIs")
    dataset, uris = _dataset(world, given), _texts(given, "URIs")
    if not 1 <= len(uris) <= 100:
        raise _wrong("URIs")
    for uri in uris:
        dataset["files"].pop(uri, None)
    return {}


# Bindings


def _binding(world: Json, given: dict[str, str], made: float) -> Json:
    age, span, rich = time.time() - made, world["switches"]["indexing"], world["switches"]["rich"]
    phase = "IncrementalScanning" if age > span else "FullScanning" if age > span / 2 else None
    return {
        "ProjectName": given["ProjectName"],
        "DatasetName": given["DatasetName"],
        "URI": given["URI"],
        "State": "Running" if phase else "Ready",
        "CreateTime": _stamp(world, made),
        "UpdateTime": _stamp(world, made),
    } | ({"Phase": phase or ""} if phase or rich else {})


def create_binding(world: Json, given: dict[str, str]) -> Json:
    """Bind a bucket."""
    _need(given, "ProjectName", "DatasetName", "URI")
    bucket, dataset = _bucket(given), _dataset(world, given)
    if bucket in dataset["bindings"]:
        raise Refusal(400, "ResourceAlreadyExists", "The specified resource binding already exists.")
    if len(dataset["bindings"]) >= dataset["shown"]["DatasetMaxBindCount"]:
        raise Refusal(400, "LimitExceededError", "resource count exceeds the limit")
    dataset["bindings"][bucket] = time.time()
    return {"Binding": _binding(world, given, dataset["bindings"][bucket])}


def get_binding(world: Json, given: dict[str, str]) -> Json:
    """Show a binding."""
    _need(given, "ProjectName", "DatasetName", "URI")
    bucket, dataset = _bucket(given), _dataset(world, given)
    if bucket not in dataset["bindings"]:
        raise _gone("binding")
    return {"Binding": _binding(world, given, dataset["bindings"][bucket])}


def delete_binding(world: Json, given: dict[str, str]) -> Json:
    """Forget a binding."""
    _need(given, "ProjectName", "DatasetName", "URI")
    if _dataset(world, given)["bindings"].pop(_bucket(given), None) is None:
        raise _gone("binding")
    return {}


# Tasks


def _check_sources(given: dict[str, str]) -> None:
    sources = json_value(given, "Sources", list)
    if bool(sources) == bool(given.get("SourceManifestURI")) or len(sources or []) > 100:
        raise _wrong("Sources")
    for rule in sources or []:
        if not isinstance(rule, dict) or not str(rule.get("URI", "")).startswith("oss://"):
            raise _wrong("Sources")
        if not str(rule.get("Alias") or "/").startswith("/") or rule.get("Mode", "") not in {"", "prefix", "fullname"}:
            raise _wrong("Sources")


def create_file_compression_task(world: Json, given: dict[str, str]) -> Json:
    """Start a compression task."""
    _need(given, "ProjectName", "TargetURI")
    _project(world, given)
    _check_sources(given)
    _check_call(given)
    if not _key(given["TargetURI"]) or given.get("CompressedFormat", "zip") != "zip":
        raise _wrong("TargetURI")
    ident, event = str(uuid.uuid4()), _event()
    ident = f"FileCompression-{ident}" if world["switches"]["rich"] else ident
    asked = {name: text for name, text in given.items() if name in {"ProjectName", "TargetURI", "CompressedFormat"}}
    asked |= {name: json.loads(given[name]) for name in ("Sources", "Notification") if given.get(name)}
    asked |= {name: given[name] for name in ("SourceManifestURI", "UserData") if given.get(name)}
    keep_task(world, given["ProjectName"], "FileCompression", ident, asked, EventId=event)
    return {"EventId": event, "TaskId": ident}


def keep_task(world: Json, project: str, kind: str, ident: str, asked: Json, **more: Any) -> None:
    """Keep a task that ends after the usual time; MORE are members of its answer."""
    made = time.time()
    end = made + world["switches"]["tasks"]
    world["tasks"][project, kind, ident] = {"made": made, "end": end, "asked": asked, "more": more}


def get_task(world: Json, given: dict[str, str]) -> Json:
    """Show a task; it never tells progress unless rich."""
    key = tuple(_need(given, "ProjectName", "TaskType", "TaskId"))
    _project(world, given)
    if key not in world["tasks"]:
        raise _gone("task")
    task, define, rich = world["tasks"][key], _flag(given, "RequestDefinition"), world["switches"]["rich"]
    over = time.time() >= task["end"]
    shown: Json = {"ProjectName": key[0], "TaskType": key[1], "TaskId": key[2], "StartTime": _task_stamp(task["made"])}
    shown["Status"] = "Succeeded" if over else "Running" if rich else "RUNNING"
    shown |= {"UserData": task["asked"].get("UserData")} | task["more"]
    if over:
        shown["EndTime"] = _task_stamp(task["end"])
    elif rich:
        shown["Progress"] = int(100 * (time.time() - task["made"]) / world["switches"]["tasks"])
    if define and key[1] in DEFINABLE:
        shown["TaskRequestDefinition"] = json.dumps(task["asked"], indent=1 if rich else None)
    return filled(shown)


IMM: dict[str, Operation] = {
    "BatchGetFileMeta": batch_get_file_meta,
    "CreateBinding": create_binding,
    "GetBinding": get_binding,
    "BatchIndexFileMeta": batch_index_file_meta,
    "IndexFileMeta": index_file_meta,
    "GetTask": get_task,
    "CreateProject": create_project,
    "GetProject": get_project,
    "DeleteProject": delete_project,
    "CreateDataset": create_dataset,
    "GetDataset": get_dataset,
    "DeleteDataset": delete_dataset,
    "DeleteBinding": delete_binding,
    "DeleteFileMeta": delete_file_meta,
    "BatchDeleteFileMeta": batch_delete_file_meta,
    "CreateFileCompressionTask": create_file_compression_task,
}
