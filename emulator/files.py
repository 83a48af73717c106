"""The File objects of a dataset (imm.md 8.5): made when a file is indexed, the same for the same input."""

import hashlib
import random
import re
from collections.abc import Callable
from typing import Final

from emulator.file_documents import archive_fields, document_fields, other_fields
from emulator.file_images import image_fields
from emulator.file_kinds import extension_of, media_kind
from emulator.file_media import audio_fields, video_fields
from emulator.file_sample import SAMPLE_STEM, sample_fields
from emulator.file_storage import digest_fields, file_times, storage_fields
from emulator.json_text import JsonObject
from emulator.names import pds_file_id
from emulator.state import FileEntry
from emulator.times import east_8_text

_OWNER_ID: Final = "1022321024670001"
_OSS: Final = "oss://"
_MD5: Final = re.compile(r"[0-9a-fA-F]{32}")
# What the caller says about a file goes before what is found in it.
_GIVEN: Final = (
    "CustomId",
    "CustomLabels",
    "LatLong",
    "ProduceTime",
    "Title",
    "Artist",
    "AlbumArtist",
    "Composer",
    "Performer",
    "Album",
    "Labels",
    "Addresses",
)
FILE_MEMBERS: Final = frozenset(sample_fields()) | {
    "CreateTime",
    "DatasetName",
    "FileAccessTime",
    "FileCreateTime",
    "FileHash",
    "FileModifiedTime",
    "Filename",
    "MediaType",
    "OSSURI",
    "ObjectId",
    "ObjectStatus",
    "ObjectType",
    "OwnerId",
    "ProjectName",
    "ContentType",
    "URI",
    "UpdateTime",
}
"""The names of all fields of a file (imm.md 8.5)."""

_CONTENT: Final[dict[str, Callable[[random.Random, str], JsonObject]]] = {
    "image": image_fields,
    "video": video_fields,
    "audio": audio_fields,
    "document": document_fields,
    "archive": archive_fields,
    "other": other_fields,
}


def build_metadata(project: str, dataset: str, source: JsonObject) -> JsonObject:
    """Return the File object of an indexed file without its index times; ``source`` is its InputFile.

    Everything that is not given is drawn from the URI. A file named ``sampleobject`` shows every field.
    """
    uri = str(source["URI"])
    oss_uri = uri if uri.startswith(_OSS) else str(source.get("OSSURI", ""))
    filename = oss_uri.removeprefix(_OSS).partition("/")[2] or pds_file_id(uri)
    kind = media_kind(filename, str(source.get("MediaType", "")), str(source.get("ContentType", "")))
    dice = random.Random(uri)
    content = sample_fields() if _is_sample(filename) else _CONTENT[kind.media_type](dice, extension_of(filename))
    metadata: JsonObject = {
        "OwnerId": _OWNER_ID,
        "ProjectName": project,
        "DatasetName": dataset,
        "ObjectType": "file",
        "ObjectId": hashlib.sha256(f"{project}/{dataset}/{uri}".encode()).hexdigest(),
        "URI": uri,
        "Filename": filename,
        "MediaType": kind.media_type,
        "ContentType": kind.content_type,
        "ObjectStatus": "Indexed",
        **file_times(dice),
        **(storage_fields(oss_uri, _size(content), dice) if oss_uri else {}),
        **content,
        **_digests(uri, oss_uri, source, _size(content)),
    }
    return metadata | {name: source[name] for name in _GIVEN if name in source}


def _digests(uri: str, oss_uri: str, source: JsonObject, size: int) -> JsonObject:
    """Return the hash of a file and what OSS derives from it; a PDS file has the hash that the caller gave."""
    if uri == oss_uri:
        digest = hashlib.md5(uri.encode(), usedforsecurity=False).digest()
        return {"FileHash": digest.hex(), **digest_fields(digest, size)}
    file_hash = str(source["FileHash"])
    fields: JsonObject = {"FileHash": file_hash}
    if oss_uri:
        fields["OSSURI"] = oss_uri
    if oss_uri and _MD5.fullmatch(file_hash):
        fields |= digest_fields(bytes.fromhex(file_hash), size)
    return fields


def _size(content: JsonObject) -> int:
    size = content["Size"]
    assert isinstance(size, int)
    return size


def _is_sample(filename: str) -> bool:
    return filename.rpartition("/")[2].partition(".")[0] == SAMPLE_STEM


def file_payload(entry: FileEntry) -> JsonObject:
    """Return the whole File object of an entry."""
    times = {"CreateTime": east_8_text(entry.create_time), "UpdateTime": east_8_text(entry.update_time)}
    return entry.metadata | times


def project_fields(payload: JsonObject, fields: frozenset[str]) -> JsonObject:
    """Return only the named fields, all of them if none is named (IMM-BGFM-WITHFIELDS-FILTER)."""
    return {name: value for name, value in payload.items() if name in fields} if fields else payload
