"""MediaType and ContentType of a file, by its extension and by what the caller says about it."""

from typing import Final, NamedTuple


class MediaKind(NamedTuple):
    """A media type with a content type that agrees with it (IMM-FILE-CONTENTTYPE-MEDIA)."""

    media_type: str
    content_type: str


_BY_EXTENSION: Final = {
    "image": {
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "png": "image/png",
        "gif": "image/gif",
        "bmp": "image/bmp",
        "webp": "image/webp",
        "heic": "image/heic",
        "avif": "image/avif",
        "tif": "image/tiff",
        "tiff": "image/tiff",
    },
    "video": {
        "mp4": "video/mp4",
        "m4v": "video/x-m4v",
        "mov": "video/quicktime",
        "mkv": "video/x-matroska",
        "webm": "video/webm",
        "avi": "video/x-msvideo",
        "flv": "video/x-flv",
        "ts": "video/mp2t",
    },
    "audio": {
        "mp3": "audio/mpeg",
        "m4a": "audio/mp4",
        "aac": "audio/aac",
        "wav": "audio/x-wav",
        "flac": "audio/flac",
        "ogg": "audio/ogg",
    },
    "document": {
        "pdf": "application/pdf",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "txt": "text/plain",
        "csv": "text/csv",
        "md": "text/markdown",
        "html": "text/html",
    },
    "archive": {
        "zip": "application/zip",
        "rar": "application/vnd.rar",
        "7z": "application/x-7z-compressed",
        "tar": "application/x-tar",
        "gz": "application/gzip",
    },
}
_DEFAULT: Final = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "document": "application/pdf",
    "archive": "application/zip",
    "other": "application/octet-stream",
}
_KINDS: Final = {
    extension: MediaKind(media_type, content_type)
    for media_type, types in _BY_EXTENSION.items()
    for extension, content_type in types.items()
}
_MEDIA: Final = ("image", "video", "audio")


def extension_of(filename: str) -> str:
    """Return the extension of the last path segment in lower case, without its dot; empty if there is none."""
    _, dot, extension = filename.rpartition("/")[2].rpartition(".")
    return extension.lower() if dot else ""


def media_kind(filename: str, media_type: str, content_type: str) -> MediaKind:
    """Return the kind of a file; empty texts are not given.

    A given media type wins, then a given content type, then the extension. A content type that contradicts the
    media type is replaced, so that the two always agree.
    """
    found = _KINDS.get(extension_of(filename), MediaKind("other", _DEFAULT["other"]))
    if not media_type:
        media_type = _media_type_of(content_type) if content_type else found.media_type
    for candidate in (content_type, found.content_type):
        if candidate and _agrees(media_type, candidate):
            return MediaKind(media_type, candidate)
    return MediaKind(media_type, _DEFAULT[media_type])


def _media_type_of(content_type: str) -> str:
    major = content_type.partition("/")[0].lower()
    if major in _MEDIA:
        return major
    return next((kind.media_type for kind in _KINDS.values() if kind.content_type == content_type.lower()), "other")


def _agrees(media_type: str, content_type: str) -> bool:
    major = content_type.partition("/")[0].lower()
    return major == media_type if major in _MEDIA or media_type in _MEDIA else True
