"""Rules about what a file tells of its OSS object (imm.md 8.5, fields 47 to 68)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.behaviors._file_rules import file_rule, is_whole, shown
from conformance.behaviors._lookups import File, has

Judged = Iterator[tuple[bool, str]]

_KMS_FIELDS = ("ServerSideDataEncryption", "ServerSideEncryptionKeyId")


@file_rule(
    "encryption-only-kms",
    "ServerSideDataEncryption and ServerSideEncryptionKeyId are present only with 'KMS'",
    "ServerSideEncryption",
)
def encryption_only_kms(file: File) -> Judged:
    """Judge the fields that belong to encryption by KMS (IMM-FILE-SSE-DATA)."""
    kind = file.get("ServerSideEncryption")
    extra = [name for name in _KMS_FIELDS if has(file, name)]
    if extra or has(file, "ServerSideEncryption"):
        yield kind == "KMS" or not extra, f"ServerSideEncryption is {shown(kind)} beside {' and '.join(extra)}"


@file_rule("user-meta-present", "OSSUserMeta is absent, since the object has no user metadata", "OSSUserMeta")
def user_meta_present(file: File) -> Judged:
    """Judge OSSUserMeta: an empty one says that there is nothing to present (IMM-FILE-USERMETA)."""
    meta = file.get("OSSUserMeta")
    if isinstance(meta, dict):
        yield bool(meta), "OSSUserMeta is an empty object"


@file_rule("tagging-present", "OSSTaggingCount is absent, since the object has no tags", "OSSTaggingCount")
def tagging_present(file: File) -> Judged:
    """Judge OSSTaggingCount: zero says that no tags are set (IMM-FILE-TAGGING)."""
    count = file.get("OSSTaggingCount")
    if is_whole(count):
        yield count != 0, "OSSTaggingCount is 0"


@file_rule("tagging-count", "OSSTaggingCount is the number of members of OSSTagging", "OSSTaggingCount", "OSSTagging")
def tagging_count(file: File) -> Judged:
    """Judge OSSTaggingCount where OSSTagging is there too (IMM-FILE-TAGCOUNT)."""
    count, tags = file.get("OSSTaggingCount"), file.get("OSSTagging")
    if is_whole(count) and isinstance(tags, dict):
        yield count == len(tags), f"OSSTaggingCount is {count} with {len(tags)} tags"


@file_rule("crc64-range", "OSSCRC64 is below two to the power of 64", "OSSCRC64")
def crc64_range(file: File) -> Judged:
    """Judge the number in OSSCRC64 (IMM-FILE-CRC64)."""
    text = file.get("OSSCRC64")
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 100:
        yield int(text) < 2**64, f"OSSCRC64 is {text}"
