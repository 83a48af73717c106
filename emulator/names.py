"""Rules for names, URIs and other single values (imm.md 1.5 and 1.6)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulator.limits import Limits

MEDIA_TYPES = frozenset({"image", "other", "document", "archive", "video", "audio"})

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_PDS = re.compile(r"pds://domains/([^/]+)/drives/([^/]+)/files/([^/]+)/revisions/([^/]+)")
_WORD = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*"
_MIME = re.compile(rf'{_WORD}/{_WORD}(?:\s*;\s*{_WORD}=(?:{_WORD}|"[^"]*"))*')
_LAT_LONG = re.compile(r"([+-]?\d+(?:\.\d+)?),([+-]?\d+(?:\.\d+)?)", re.ASCII)
_OSS = "oss://"
_ABSENT = "missing"
_ABSENT_PART = re.compile(r"(?<![A-Za-z0-9])missing(?![A-Za-z0-9])")
_ABSENT_HOST = ".invalid"


@dataclass(frozen=True, slots=True)
class OssFile:
    """The parts of ``oss://${Bucket}/${Object}``."""

    bucket: str
    key: str


def is_name(text: str, limits: Limits) -> bool:
    """Tell whether a text can name a project or dataset (IMM-COM-PROJECT-NAME, IMM-COM-DATASET-NAME)."""
    return len(text) <= limits.max_name_length and _NAME.fullmatch(text) is not None


def is_bucket(text: str, limits: Limits) -> bool:
    """Tell whether a text can name a bucket (IMM-URI-BUCKET-NAME)."""
    return limits.min_bucket_length <= len(text) <= limits.max_bucket_length and _BUCKET.fullmatch(text) is not None


def is_key(text: str, limits: Limits) -> bool:
    """Tell whether a text can be an object key (IMM-URI-OBJECT-NAME)."""
    return 1 <= len(text.encode()) <= limits.max_key_bytes and text[0] not in "/\\"


def oss_file(uri: str, limits: Limits) -> OssFile | None:
    """Return the parts of an OSS file URI, or None if it is not one (IMM-URI-OSS-FILE)."""
    if not uri.startswith(_OSS):
        return None
    bucket, _, key = uri.removeprefix(_OSS).partition("/")
    return OssFile(bucket, key) if is_bucket(bucket, limits) and is_key(key, limits) else None


def bucket_of(uri: str, limits: Limits) -> str | None:
    """Return the bucket of a binding URI, or None if anything follows the bucket (IMM-URI-BUCKET)."""
    bucket = uri.removeprefix(_OSS)
    return bucket if uri.startswith(_OSS) and is_bucket(bucket, limits) else None


def is_pds(uri: str) -> bool:
    """Tell whether a URI names a PDS file (IMM-URI-PDS)."""
    return _PDS.fullmatch(uri) is not None


def pds_file_id(uri: str) -> str:
    """Return the file id of a PDS URI; raises ValueError for another URI."""
    match = _PDS.fullmatch(uri)
    if match is None:
        raise ValueError(f'"{uri}" is not a PDS URI')
    return match[3]


def is_file_uri(uri: str, limits: Limits) -> bool:
    """Tell whether a URI names a file of OSS or PDS (IMM-BGFM-URI-FORMAT)."""
    return is_pds(uri) or oss_file(uri, limits) is not None


def is_absent(path: str) -> bool:
    """Tell whether a URI or URL stands for something that does not exist: one of its path segments is ``missing``."""
    return _ABSENT in path.partition("?")[0].split("/")


def is_absent_url(url: str) -> bool:
    """Tell whether a source URL cannot be fetched: it is absent, or its host ends in ``.invalid`` (RFC 6761)."""
    host = urlsplit(url).hostname or ""
    return is_absent(url) or host.rstrip(".").endswith(_ABSENT_HOST)


def is_absent_material(text: str) -> bool:
    """Tell whether a media id or URL stands for a material that does not exist: ``missing`` is a word part of it."""
    return _ABSENT_PART.search(text) is not None


def is_mime_type(text: str) -> bool:
    """Tell whether a text is ``type/subtype``, with parameters or without (IMM-FILE-CONTENTTYPE, RFC 9110 8.3)."""
    return _MIME.fullmatch(text) is not None


def is_lat_long(text: str) -> bool:
    """Tell whether a text is latitude and longitude within their ranges (IMM-FILE-LATLONG-RANGE)."""
    match = _LAT_LONG.fullmatch(text)
    return match is not None and abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180
