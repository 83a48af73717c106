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
MEDIA = ["image", "other", "document", "archive", "video", "audio"]
MIME = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "mp4": "video/mp4", "mp3": "audio/mpeg"}
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
    defaults: Json = {"indexing": 1.0, "tasks": 1.5, "jobs": 1.0, "rich": False, "lenient": False, "zone": None}
    return {"switches": defaults | switches, "objects": [], "projects": {}, "tasks": {}, "uploads": {},
            "batches": {}}  # fmt: skip


# Times, ids, refusals

SKEW = [0.0]


def clock() -> float:
    """Return the time by the clock of this server."""
    return time.time() + SKEW[0]


def _stamp(world: Json, moment: float) -> str:
    if minutes := world["switches"]["zone"]:
        return datetime.fromtimestamp(moment, timezone(timedelta(minutes=minutes))).isoformat(timespec="seconds")
    zone = timezone(timedelta(hours=8)) if world["switches"]["rich"] else UTC
    text = datetime.fromtimestamp(moment, zone).isoformat(timespec="microseconds")
    return text[:26] + "123" + text[26:] if world["switches"]["rich"] else text[:22] + "Z"


def task_stamp(moment: float) -> str:
    """Return MOMENT as tasks write times."""
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


def wrong(name: str) -> Refusal:
    """Return the refusal of a wrong parameter."""
    return Refusal(400, "InvalidArgument", f"The parameter {name} is invalid.")


def gone(kind: str) -> Refusal:
    """Return the refusal for what does not exist."""
    return Refusal(404, "ResourceNotFound", f"The specified resource {kind} is not found.")


# Reading parameters


def need(given: dict[str, str], *names: str) -> list[str]:
    """Return the values of parameters that must be there."""
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
        raise wrong(name)
    return value


def _texts(given: dict[str, str], name: str) -> list[str]:
    values = json_value(given, name, list) or []
    if not all(isinstance(value, str) for value in values):
        raise wrong(name)
    return list(values)


def _whole(given: dict[str, str], name: str, least: int, most: int, default: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,20}", text) or not least <= int(text) <= most:
        raise wrong(name)
    return int(text)


def flag(given: dict[str, str], name: str) -> bool:
    """Return a boolean parameter."""
    text = given.get(name, "false").lower()
    if text not in {"true", "false", ""}:
        raise wrong(name)
    return text == "true"


def _name(given: dict[str, str], name: str) -> str:
    (text,) = need(given, name)
    if not NAME.fullmatch(text):
        raise wrong(name)
    return text


def key_of(uri: Any) -> str | None:
    """Return the object key of a file URI, empty for a PDS file, None for other texts."""
    if isinstance(uri, str) and PDS_FILE.fullmatch(uri):
        return ""
    found = OSS_FILE.fullmatch(uri) if isinstance(uri, str) else None
    return found[2] if found and len(found[2].encode()) <= 1023 else None


def project_of(world: Json, given: dict[str, str]) -> Json:
    """Return the project that a call names."""
    project: Json | None = world["projects"].get(_name(given, "ProjectName"))
    if project is None:
        raise gone("project")
    return project


def _dataset(world: Json, given: dict[str, str]) -> Json:
    need(given, "ProjectName", "DatasetName")
    dataset: Json | None = project_of(world, given)["datasets"].get(_name(given, "DatasetName"))
    if dataset is None:
        raise gone("dataset")
    return dataset


def _bucket(given: dict[str, str]) -> str:
    (uri,) = need(given, "URI")
    if not BUCKET.fullmatch(uri):
        raise wrong("URI")
    return uri


# Projects and datasets


def _described(given: dict[str, str]) -> Json:
    if len(given.get("Description", "")) > 256:
        raise wrong("Description")
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
    now = _stamp(world, clock())
    shown: Json = {"ProjectName": name, "CreateTime": now, "UpdateTime": now} | _described(given)
    shown["ProjectMaxDatasetCount"] = _whole(given, "ProjectMaxDatasetCount", 1, 1000000000, 1000000000)
    shown["Tags"] = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags or []] or None
    world["projects"][name] = {"shown": filled(shown), "datasets": {}}
    return {"Project": world["projects"][name]["shown"]}


def get_project(world: Json, given: dict[str, str]) -> Json:
    """Show a project."""
    return {"Project": project_of(world, given)["shown"]}


def delete_project(world: Json, given: dict[str, str]) -> Json:
    """Forget a project without datasets."""
    if project_of(world, given)["datasets"]:
        raise Refusal(400, "StatusConflict", "The project still holds datasets.")
    del world["projects"][given["ProjectName"]]
    return {}


def create_dataset(world: Json, given: dict[str, str]) -> Json:
    """Keep a dataset."""
    need(given, "ProjectName", "DatasetName")
    project, name = project_of(world, given), _name(given, "DatasetName")
    if name in project["datasets"]:
        raise Refusal(400, "ResourceAlreadyExists", "The specified resource dataset already exists.")
    now = _stamp(world, clock())
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
    del project_of(world, given)["datasets"][given["DatasetName"]]
    return {}


# Files


def _check_item(item: Any, name: str) -> Json:
    if not isinstance(item, dict) or not item.get("URI"):
        raise wrong(f"{name}.URI")
    if key_of(item["URI"]) is None or (item["URI"].startswith("pds:") and not item.get("FileHash")):
        raise wrong(f"{name}.URI")
    for member, kind in ITEM_KINDS.items():
        if item.get(member) is not None and not isinstance(item[member], kind):
            raise wrong(f"{name}.{member}")
    if item.get("MediaType") not in [None, "", *MEDIA]:
        raise wrong(f"{name}.MediaType")
    return item


def check_call(given: dict[str, str]) -> None:
    """Raise Refusal for wrong Notification or UserData."""
    notice = json_value(given, "Notification", dict) or {}
    for way, members in (("MNS", ["TopicName"]), ("RocketMQ", ["InstanceId", "TopicName"])):
        told = notice.get(way)
        if told is not None and not (isinstance(told, dict) and all(isinstance(told.get(m), str) for m in members)):
            raise wrong("Notification")
    if len(given.get("UserData", "").encode()) > 2048:
        raise wrong("UserData")


def _store(world: Json, dataset: Json, item: Json) -> None:
    if world["switches"].get("looks") and item["URI"] not in world["objects"]:
        raise Refusal(400, "InvalidArgument", "File does not exist.")
    kept = world["switches"].get("buckets")
    if kept is not None and item["URI"].partition("://")[2].partition("/")[0] not in kept:
        return
    ready = clock() + world["switches"]["indexing"]
    dataset["files"].setdefault(item["URI"], []).append((ready, item))


def _shown(world: Json, dataset: Json, uri: str) -> Json | None:
    done = [entry for entry in dataset["files"].get(uri, []) if entry[0] <= clock()]
    if not done:
        return None
    (first, _), (last, item), key = done[0], done[-1], key_of(uri) or ""
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
    need(given, "ProjectName", "DatasetName", "URIs")
    uris, fields = _texts(given, "URIs"), _texts(given, "WithFields")
    lenient = world["switches"]["lenient"]
    if not lenient and (not uris or any(key_of(uri) is None for uri in uris)):
        raise wrong("URIs")
    if len(uris) > 100:
        raise Refusal(400, "LimitExceededError", "input quota exceed the max value")
    dataset = _dataset(world, given)
    found = [file for uri in dict.fromkeys(reversed(uris)) if (file := _shown(world, dataset, uri))]
    return {"Files": [{name: file[name] for name in file if not fields or name in fields} for file in found]}


def index_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Take one file for indexing."""
    need(given, "ProjectName", "DatasetName", "File")
    item, dataset = _check_item(json_value(given, "File", dict), "File"), _dataset(world, given)
    check_call(given)
    _store(world, dataset, item)
    return {"EventId": event()}


def batch_index_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Take up to 100 files for indexing."""
    need(given, "ProjectName", "DatasetName", "Files")
    items, dataset = json_value(given, "Files", list), _dataset(world, given)
    if not 1 <= len(items) <= 100:
        raise wrong("Files")
    check_call(given)
    for item in [_check_item(item, "Files") for item in items]:
        _store(world, dataset, item)
    return {"EventId": event()}


def event() -> str:
    """Return a new event id."""
    return f"0A1-{uuid.uuid4().hex}"


def delete_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Forget one file."""
    need(given, "ProjectName", "DatasetName", "URI")
    _dataset(world, given)["files"].pop(given["URI"], None)
    return {}


def batch_delete_file_meta(world: Json, given: dict[str, str]) -> Json:
    """Forget up to 100 files."""
    need(given, "ProjectName", "DatasetName", "URIs")
    dataset, uris = _dataset(world, given), _texts(given, "URIs")
    if not 1 <= len(uris) <= 100:
        raise wrong("URIs")
    for uri in uris:
        dataset["files"].pop(uri, None)
    return {}


# Bindings


def _binding(world: Json, given: dict[str, str], made: float) -> Json:
    age, span, rich = clock() - made, world["switches"]["indexing"], world["switches"]["rich"]
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
    need(given, "ProjectName", "DatasetName", "URI")
    bucket, dataset = _bucket(given), _dataset(world, given)
    if (
        world["switches"].get("buckets") is not None
        and bucket.removeprefix("oss://") not in world["switches"]["buckets"]
    ):
        raise Refusal(400, "InvalidArgument", "The specified bucket does not exist.")
    if bucket in dataset["bindings"] and world["switches"]["lenient"]:
        return {"Binding": _binding(world, given, dataset["bindings"][bucket])}
    if bucket in dataset["bindings"]:
        raise Refusal(400, "ResourceAlreadyExists", "The specified resource binding already exists.")
    if len(dataset["bindings"]) >= dataset["shown"]["DatasetMaxBindCount"]:
        raise Refusal(400, "LimitExceededError", "resource count exceeds the limit")
    dataset["bindings"][bucket] = clock()
    for uri in world["objects"]:
        if uri.startswith(f"{bucket}/") and uri not in dataset["files"]:
            _store(world, dataset, {"URI": uri})
    return {"Binding": _binding(world, given, dataset["bindings"][bucket])}


def _newest_binding(world: Json, given: dict[str, str]) -> Json:
    """Show the binding that the parameters fit, as an interface does in which most of them are optional."""
    for dataset in project_of(world, given)["datasets"].values():
        for uri, made in dataset["bindings"].items():
            whole = {"ProjectName": given["ProjectName"], "DatasetName": dataset["shown"]["DatasetName"], "URI": uri}
            if all(given.get(name, whole[name]) == whole[name] for name in whole):
                return {"Binding": _binding(world, whole, made)}
    raise gone("binding")


def get_binding(world: Json, given: dict[str, str]) -> Json:
    """Show a binding."""
    partly = given.get("ProjectName") and not (given.get("DatasetName") and given.get("URI"))
    if world["switches"].get("newest") and partly:
        return _newest_binding(world, given)
    need(given, "ProjectName", "DatasetName", "URI")
    bucket, dataset = _bucket(given), _dataset(world, given)
    if bucket not in dataset["bindings"]:
        raise gone("binding")
    return {"Binding": _binding(world, given, dataset["bindings"][bucket])}


def delete_binding(world: Json, given: dict[str, str]) -> Json:
    """Forget a binding."""
    need(given, "ProjectName", "DatasetName", "URI")
    if _dataset(world, given)["bindings"].pop(_bucket(given), None) is None:
        raise gone("binding")
    return {}


IMM: dict[str, Operation] = {
    "BatchGetFileMeta": batch_get_file_meta,
    "CreateBinding": create_binding,
    "GetBinding": get_binding,
    "BatchIndexFileMeta": batch_index_file_meta,
    "IndexFileMeta": index_file_meta,
    "CreateProject": create_project,
    "GetProject": get_project,
    "DeleteProject": delete_project,
    "CreateDataset": create_dataset,
    "GetDataset": get_dataset,
    "DeleteDataset": delete_dataset,
    "DeleteBinding": delete_binding,
    "DeleteFileMeta": delete_file_meta,
    "BatchDeleteFileMeta": batch_delete_file_meta,
}
