"""Faults in the values of a file that BatchGetFileMeta returns."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.selftest.faults._files import File, each_file, each_value, is_kind, storing
from conformance.selftest.planting import After, Before, plant
from emulator.state import FileEntry


@plant("document-base-name", "BatchGetFileMeta/behavior/filename-is-key", "Filename of a document has no folders.")
def _document_base_name() -> After:
    return each_value("Filename", lambda v: v.rpartition("/")[2] if v.endswith(".pdf") else v)


def _stored(*endings: str, **members: Any) -> tuple[Before, None]:
    """Return a hook that stores further members of the files with one of the endings, where they are not known."""
    return storing(lambda entry: replace(entry, metadata={**members, **entry.metadata}), *endings), None


@plant("audio-ossuri", "BatchGetFileMeta/behavior/ossuri-only-pds", "An audio file of OSS has an OSSURI.")
def _audio_ossuri() -> tuple[Before, None]:
    def change(entry: FileEntry) -> FileEntry:
        return replace(entry, metadata={**entry.metadata, "OSSURI": entry.metadata["URI"]})

    return storing(change, ".mp3"), None


@plant("shared-object-id", "BatchGetFileMeta/behavior/object-id-identity", "Files of two kinds share an ObjectId.")
def _shared_object_id() -> After:
    def edit(file: File) -> None:
        if is_kind(file, ".zip", ".bin") and "ObjectId" in file:
            file["ObjectId"] = "0" * 64

    return each_file(edit)


@plant("new-object-id", "BatchGetFileMeta/behavior/object-id-identity", "Indexing a file again changes its ObjectId.")
def _new_object_id() -> After:
    def edit(file: File) -> None:
        if file["UpdateTime"] != file["CreateTime"]:
            file["ObjectId"] = file["ObjectId"][::-1]

    return each_file(edit, whole=True)


@plant("archive-times-swapped", "BatchGetFileMeta/behavior/time-order", "UpdateTime of an archive is too early.")
def _archive_times_swapped() -> tuple[Before, None]:
    return storing(lambda entry: replace(entry, update_time=entry.create_time - 5_000_000), ".zip"), None


@plant("create-time-moves", "BatchGetFileMeta/behavior/reindex-times", "Indexing a file again moves its CreateTime.")
def _create_time_moves() -> After:
    return each_file(lambda f: f.update(CreateTime=f["UpdateTime"]), whole=True)


@plant("update-time-stays", "BatchGetFileMeta/behavior/reindex-times", "Indexing a file again leaves its UpdateTime.")
def _update_time_stays() -> After:
    return each_file(lambda f: f.update(UpdateTime=f["CreateTime"]), whole=True)


@plant("document-reason", "BatchGetFileMeta/behavior/reason-only-failed", "A document that is indexed has a Reason.")
def _document_reason() -> tuple[Before, None]:
    return _stored(".pdf", Reason="[InternalError]")


@plant("audio-as-video", "BatchGetFileMeta/behavior/content-type-agrees", "ContentType of an audio file is video/mpeg.")
def _audio_as_video() -> After:
    return each_value("ContentType", lambda v: v.replace("audio/mpeg", "video/mpeg"))


@plant("archive-with-width", "BatchGetFileMeta/behavior/media-group", "An archive has an ImageWidth.")
def _archive_with_width() -> tuple[Before, None]:
    return _stored(".zip", ImageWidth=640)


@plant("video-with-width", "BatchGetFileMeta/behavior/media-group", "A video has an ImageWidth.")
def _video_with_width() -> tuple[Before, None]:
    return _stored(".mp4", ImageWidth=640)


@plant("longitude-first", "BatchGetFileMeta/behavior/lat-long-range", "LatLong has the longitude first.")
def _longitude_first() -> After:
    return each_value("LatLong", lambda v: ",".join(v.split(",")[::-1]))


@plant("orientation-of-nothing", "BatchGetFileMeta/behavior/orientation-absent", "Orientation is there without EXIF's.")
def _orientation_of_nothing() -> After:
    def edit(text: str) -> str:
        return json.dumps({k: v for k, v in json.loads(text).items() if k != "Orientation"})

    return each_value("EXIF", edit)


@plant("one-figure-more", "BatchGetFileMeta/behavior/figure-count", "FigureCount is one too high.")
def _one_figure_more() -> After:
    return each_value("FigureCount", lambda v: v + 1)


def _each_item(name: str, edit: Any, *, last: bool = False) -> After:
    """Return a hook that edits the items of an array, or only the last one."""

    def change(items: list[File]) -> list[File]:
        own = deepcopy(items)  # What is stored may be a part of other files too.
        for item in own[-1:] if last else own:
            edit(item)
        return own

    return each_value(name, change)


@plant("third-cluster-id", "BatchGetFileMeta/behavior/figure-cluster-id", "A new reserved FigureClusterId is used.")
def _third_cluster_id() -> After:
    return _each_item("Figures", lambda f: f.update(FigureClusterId="figure-cluster-id-pending"), last=True)


@plant("boxed-polygon", "BatchGetFileMeta/behavior/boundary-one-form", "A polygon has a width and a height as well.")
def _boxed_polygon() -> After:
    def edit(holder: File) -> None:
        if "Polygon" in holder["Boundary"]:
            holder["Boundary"] |= {"Width": 200, "Height": 320}

    return _each_item("OCRContents", edit)


@plant("subtitle-index", "BatchGetFileMeta/behavior/stream-index-unique", "Subtitles have the Index of the video.")
def _subtitle_index() -> After:
    return _each_item("Subtitles", lambda stream: stream.update(Index=0))


@plant("streams-uncounted", "BatchGetFileMeta/behavior/stream-count", "StreamCount leaves out the last stream.")
def _streams_uncounted() -> After:
    return each_value("StreamCount", lambda v: v - 1)


@plant("clip-backwards", "BatchGetFileMeta/behavior/time-range-order", "The last clip of a label starts after its end.")
def _clip_backwards() -> After:
    def edit(label: File) -> None:
        for clip in label.get("Clips", [])[-1:]:
            clip["TimeRange"] = clip["TimeRange"][::-1]

    return _each_item("Labels", edit)


@plant("text-with-url", "BatchGetFileMeta/behavior/element-url", "A text of an element has a URL.")
def _text_with_url() -> After:
    def edit(element: File) -> None:
        for content in element["ElementContents"]:
            content.setdefault("URL", "http://aliyun.com")

    return _each_item("Elements", edit)


@plant("key-without-kms", "BatchGetFileMeta/behavior/encryption-only-kms", "A key id stands beside 'AES256'.")
def _key_without_kms() -> After:
    return each_value("ServerSideEncryption", lambda _: "AES256")


@plant("empty-user-meta", "BatchGetFileMeta/behavior/user-meta-present", "A file without metadata has OSSUserMeta.")
def _empty_user_meta() -> After:
    return each_file(lambda f: f.setdefault("OSSUserMeta", {}), whole=True)


@plant("no-tags-counted", "BatchGetFileMeta/behavior/tagging-present", "A file without tags has OSSTaggingCount.")
def _no_tags_counted() -> tuple[Before, None]:
    return _stored(OSSTaggingCount=0)


@plant("tags-uncounted", "BatchGetFileMeta/behavior/tagging-count", "OSSTaggingCount is one too high.")
def _tags_uncounted() -> After:
    return each_value("OSSTaggingCount", lambda v: v + 1)


@plant("crc-too-big", "BatchGetFileMeta/behavior/crc64-range", "OSSCRC64 has 65 bits.")
def _crc_too_big() -> After:
    return each_value("OSSCRC64", lambda v: str(int(v) % 2**60 + 2**64))
