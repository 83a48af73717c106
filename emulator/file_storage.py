"""What OSS knows of an object: its times, digests, headers, tags, encryption and versions (imm.md 8.5, 47 to 68)."""

import base64
import math
import random
from typing import Final

from emulator.json_text import JsonObject
from emulator.times import SECOND, east_8_text, utc_text

_FIRST_SECOND: Final = 1_609_459_200
_SPAN_SECONDS: Final = 3 * 365 * 24 * 60 * 60
_DAY_SECONDS: Final = 24 * 60 * 60
_PART_BYTES: Final = 100 * 1024 * 1024
_ENCRYPTIONS: Final[tuple[JsonObject, ...]] = (
    {},
    {},
    {"ServerSideEncryption": "AES256"},
    {"ServerSideEncryption": "SM4"},
    {
        "ServerSideEncryption": "KMS",
        "ServerSideDataEncryption": "SM4",
        "ServerSideEncryptionKeyId": "9468da86-3509-4f8d-a61e-6eab1eac0001",
    },
)
_HEADERS: Final = {
    "CacheControl": ("no-cache", "max-age=3600", "private"),
    "ContentDisposition": ("inline", "attachment"),
    "ContentEncoding": ("identity", "gzip"),
    "ContentLanguage": ("zh-CN", "en-US", "de"),
}
_HEADER_CHANCE: Final = 0.3
_TAGS: Final = ("team", "stage", "origin")
_TAG_VALUES: Final = ("blue", "final", "camera", "import")


def file_times(dice: random.Random) -> JsonObject:
    """Return the times of the file itself, each not before the one it depends on."""
    created = (_FIRST_SECOND + dice.randrange(_SPAN_SECONDS)) * SECOND + dice.randrange(SECOND)
    modified = created + dice.randrange(90 * _DAY_SECONDS) * SECOND
    accessed = modified + dice.randrange(30 * _DAY_SECONDS) * SECOND
    return {
        "FileCreateTime": east_8_text(created),
        "FileModifiedTime": east_8_text(modified),
        "FileAccessTime": east_8_text(accessed),
    }


def digest_fields(digest: bytes, size: int) -> JsonObject:
    """Return the digests of an object from its MD5; OSS gives no MD5 and another ETag for one uploaded in parts."""
    if is_multipart(size):
        return {"ETag": f'"{digest.hex().upper()}-{math.ceil(size / _PART_BYTES)}"'}
    return {"ETag": f'"{digest.hex().upper()}"', "ContentMd5": base64.b64encode(digest).decode()}


def is_multipart(size: int) -> bool:
    """Tell whether an object of this size was uploaded in parts."""
    return size > _PART_BYTES


def storage_fields(oss_uri: str, size: int, dice: random.Random) -> JsonObject:
    """Return the properties of an object; optional ones only if the object or its bucket has them."""
    fields: JsonObject = {
        "OSSCRC64": str(dice.getrandbits(64)),
        "OSSStorageClass": dice.choice(("Standard", "Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")),
        "ObjectACL": dice.choice(("default", "default", "private", "public-read", "public-read-write")),
        "OSSObjectType": "Multipart" if is_multipart(size) else dice.choice(("Normal", "Normal", "Appendable")),
    }
    return fields | _bucket_fields(oss_uri, dice) | _header_fields(dice) | _tag_fields(dice)


def _bucket_fields(oss_uri: str, dice: random.Random) -> JsonObject:
    """Return what follows from the settings of the bucket: encryption, versions, allowed origins."""
    settings = random.Random(oss_uri.removeprefix("oss://").partition("/")[0])
    fields = dict(settings.choice(_ENCRYPTIONS))
    if settings.random() < 0.5:
        fields["OSSVersionId"] = base64.b64encode(dice.randbytes(33)).decode()
    if settings.random() < 0.3:
        fields["AccessControlAllowOrigin"] = "https://www.example.com"
        fields["AccessControlRequestMethod"] = settings.choice(("GET", "PUT", "POST"))
    return fields


def _header_fields(dice: random.Random) -> JsonObject:
    fields: JsonObject = {
        name: dice.choice(values) for name, values in _HEADERS.items() if dice.random() < _HEADER_CHANCE
    }
    if dice.random() < _HEADER_CHANCE:
        fields["OSSExpiration"] = utc_text((4_102_444_800 + dice.randrange(_SPAN_SECONDS)) * SECOND)
    return fields


def _tag_fields(dice: random.Random) -> JsonObject:
    fields: JsonObject = {}
    if dice.random() < _HEADER_CHANCE:
        fields["OSSUserMeta"] = {"source": dice.choice(_TAG_VALUES)}
    if dice.random() < _HEADER_CHANCE:
        names = dice.sample(_TAGS, dice.randint(1, len(_TAGS)))
        fields["OSSTaggingCount"] = len(names)
        fields["OSSTagging"] = {name: dice.choice(_TAG_VALUES) for name in names}
    return fields
