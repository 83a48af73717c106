"""Habits of servers that the documents leave open: how refusals are worded, what is strict, how answers are put.

Each habit is a switch of a personality; ``wrong``, ``worded`` and ``put`` apply those that are on.
"""

import base64
import json
import time
from typing import Any

from tests.second.imm import Json, Refusal

PLAIN = {
    "Action", "Version", "Format", "Timestamp", "SignatureNonce", "SignatureMethod", "SignatureVersion",
    "SignatureType", "AccessKeyId", "Signature", "SecurityToken", "RegionId",
}  # fmt: skip
TAKEN = {
    "BatchGetFileMeta": {"ProjectName", "DatasetName", "URIs", "WithFields"},
    "CreateBinding": {"ProjectName", "DatasetName", "URI"},
    "GetBinding": {"ProjectName", "DatasetName", "URI"},
    "BatchIndexFileMeta": {"ProjectName", "DatasetName", "Files", "Notification", "UserData"},
    "IndexFileMeta": {"ProjectName", "DatasetName", "File", "Notification", "UserData"},
    "GetTask": {"ProjectName", "TaskType", "TaskId", "RequestDefinition"},
    "GetUrlUploadInfos": {"JobIds", "UploadURLs"},
    "GetBatchMediaProducingJob": {"JobId"},
}
FIELDS = {
    "AccessControlAllowOrigin", "AccessControlRequestMethod", "Addresses", "Album", "AlbumArtist", "Artist",
    "AudioCovers", "AudioStreams", "Bitrate", "CacheControl", "ClusterModifications", "ClusterStatus", "Composer",
    "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentMd5", "ContentType", "CreateTime",
    "CroppingSuggestions", "CustomId", "CustomLabels", "DatasetName", "Duration", "ETag", "EXIF", "Elements",
    "FigureCount", "Figures", "FileAccessTime", "FileCreateTime", "FileHash", "FileModifiedTime", "FileStatus",
    "Filename", "FormatLongName", "FormatName", "ImageHeight", "ImageScore", "ImageWidth", "Labels", "Language",
    "LatLong", "MediaType", "OCRContents", "OCRTexts", "OSSCRC64", "OSSDeleteMarker", "OSSExpiration",
    "OSSObjectType", "OSSStorageClass", "OSSTagging", "OSSTaggingCount", "OSSURI", "OSSUserMeta", "OSSVersionId",
    "ObjectACL", "ObjectId", "ObjectStatus", "ObjectType", "Orientation", "OwnerId", "PageCount", "Performer",
    "ProduceTime", "ProgramCount", "ProjectName", "Reason", "SceneElements", "SemanticSimilarity", "SemanticTypes",
    "SequenceNumber", "ServerSideDataEncryption", "ServerSideEncryption", "ServerSideEncryptionCustomerAlgorithm",
    "ServerSideEncryptionKeyId", "Size", "SmartClusters", "StartTime", "StreamCount", "Subtitles", "Timezone",
    "Title", "TravelClusterId", "URI", "UpdateTime", "VideoHeight", "VideoStreams", "VideoWidth", "Insights",
}  # fmt: skip
POST_ONLY = {"BatchIndexFileMeta", "BatchDeleteFileMeta", "DeleteDataset"}


def wrong(habits: Json, action: str, call: Json) -> None:
    """Raise Refusal for what only a strict server refuses."""
    if not habits.get("strict"):
        return
    given = call["given"]
    if action in POST_ONLY and call["method"] == "GET":
        raise Refusal(405, "UnsupportedHTTPMethod", "This http method is not supported.")
    for name in set(given) - PLAIN:
        if name not in TAKEN.get(action, set(given)):
            raise Refusal(400, f"Invalid{name}", f"{name} is no parameter of this action.")
    _doubled(given)


def _doubled(given: Json) -> None:
    lists: Json = {name: given[name].split(",") for name in ("JobIds", "UploadURLs") if given.get(name)}
    for name in ("URIs", "WithFields"):
        try:
            lists[name] = json.loads(given.get(name) or "[]")
        except ValueError:
            continue
    for name, items in lists.items():
        texts = [str(item) for item in items] if isinstance(items, list) else []
        if len(set(texts)) < len(texts):
            raise Refusal(400, f"InvalidParameter.{name}", f"{name} names something twice.")
        if name == "WithFields" and set(texts) - FIELDS:
            raise Refusal(400, "InvalidArgument", f"{name} names no field.")


def worded(habits: Json, action: str, no: Refusal) -> Refusal:
    """Return the refusal NO with the status and the code that the personality prefers."""
    status, code = no.status, no.code
    service = "ice" if action in {"GetUrlUploadInfos", "GetBatchMediaProducingJob"} else "imm"
    if habits.get("missing") == "argument" and service == "imm" and code.startswith("Missing"):
        code = "InvalidArgument"
    if habits.get("missing") == "named" and code == "InvalidArgument" and "required" in no.message:
        code = f"Missing{no.message.split()[2]}"
    if habits.get("missing") == "parameter" and service == "ice" and code.startswith("Missing"):
        code = "MissingParameter"
    if code == "ResourceNotFound":
        status = habits.get("absent", status)
    return Refusal(status, code, no.message)


def put(habits: Json, call: Json, action: str, members: Json) -> Json:
    """Return the members of an answer to CALL in the way of the personality."""
    if habits.get("wordy"):
        whole = call["given"].get("WithFields", "[]") in {"", "[]"}
        members = {"Extra": {"Nested": [1, None]}, **_wordy(action, members, whole), "AccessDeniedDetail": None}
    if habits.get("blank"):
        members = _blank(action, members)
    return members


def _wordy(action: str, members: Json, whole: bool) -> Json:
    if action == "GetUrlUploadInfos":
        for job in members.get("URLUploadInfoList", []):
            job |= {"Tier": 7}
            job.setdefault("ErrorCode", "200")
            job.setdefault("ErrorMessage", "Success")
    for item in members.get("Files", []) if whole else []:
        item.setdefault("Detail", {"a": 1})
    return members


def _blank(action: str, members: Json) -> Json:
    """Send an empty text where others leave the member out."""
    if action == "GetTask" and "Status" in members:
        names = ["EndTime", "Code", "Message", "UserData", "TaskRequestDefinition"]
        return dict.fromkeys(names, "") | members
    if action in {"CreateBinding", "GetBinding"} and "Binding" in members:
        return members | {"Binding": {"Reason": "", "Phase": ""} | members["Binding"]}
    if action == "GetUrlUploadInfos":
        names = ["CompleteTime", "ErrorCode", "ErrorMessage", "MediaId", "FileSize", "UserData"]
        jobs = [dict.fromkeys(names, "") | job for job in members.get("URLUploadInfoList", [])]
        return {"URLUploadInfoList": jobs, "NonExists": members.get("NonExists", [])}
    if "EditingBatchJob" in members:
        names = ["CompleteTime", "UserData", "Extend", "JobType", "EditingConfig", "ExtendInput", "ExtendOutput"]
        return members | {"EditingBatchJob": dict.fromkeys(names, "") | members["EditingBatchJob"]}
    return members


def request_id(habits: Json, ident: str) -> str:
    """Return the request id IDENT in the form of the personality."""
    forms = {"lower": ident.lower(), "hex": ident.replace("-", ""), "long": f"req:{ident}/{time.time_ns()}"}
    forms["base64"] = base64.urlsafe_b64encode(ident.encode()).decode()
    return forms.get(habits.get("ids", ""), ident)


def text(habits: Json, members: Any) -> bytes:
    """Return MEMBERS as JSON text in the spelling of the personality."""
    if habits.get("pretty"):
        members = dict(reversed(members.items()))
        return ("\r\n" + json.dumps(members, indent="\t", ensure_ascii=True).replace("/", "\\/") + "\n").encode()
    if habits.get("compact"):
        return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps(members).encode()
