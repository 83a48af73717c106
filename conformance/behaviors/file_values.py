"""Rules about the content of one file: identity, times, what was found in it (imm.md 8.5 and 8.16)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.behaviors._file_rules import file_rule, is_whole, named, objects, shown
from conformance.behaviors._lookups import File, files_of, has, is_pds, object_key, uri_of
from conformance.behaviors.instants import read_instant
from conformance.checks.registry import expect, watch
from conformance.exchange import Exchange, Verdict

Judged = Iterator[tuple[bool, str]]

_MEDIA = ("image", "video", "audio")
_IMAGE_FIELDS = ("ImageWidth", "ImageHeight", "ImageScore")
_STREAM_FIELDS = ("VideoStreams", "AudioStreams", "Subtitles", "VideoWidth", "VideoHeight")
_STREAM_LISTS = ("VideoStreams", "AudioStreams", "Subtitles")
_RESERVED_CLUSTERS = ("figure-cluster-id-independent", "figure-cluster-id-unavailable")

IDENTITY = "BatchGetFileMeta/behavior/object-id-identity"


@file_rule("filename-is-key", "for an OSS URI Filename is the key of the object", "URI", "Filename")
def filename_is_key(file: File) -> Judged:
    """Judge Filename; an empty one is none (IMM-FILE-FILENAME)."""
    key, name = object_key(uri_of(file)), file.get("Filename")
    if key is not None and isinstance(name, str) and name:
        yield name == key, f"Filename is {shown(name)}"


@file_rule("ossuri-only-pds", "OSSURI is present only if URI is a PDS URI", "URI", "OSSURI")
def ossuri_only_pds(file: File) -> Judged:
    """Judge OSSURI against the kind of URI (IMM-FILE-OSSURI)."""
    uri = uri_of(file)
    if uri:
        yield is_pds(uri) or not has(file, "OSSURI"), f"OSSURI is {shown(file.get('OSSURI'))}"


@watch(IDENTITY)
def object_ids_differ(exchange: Exchange) -> Iterator[Verdict]:
    """Judge that the files of an answer have different ids (IMM-FILE-OBJECTID)."""
    owners: dict[str, File] = {}
    for file in files_of(exchange):
        id_ = file.get("ObjectId")
        if not isinstance(id_, str) or not id_ or not uri_of(file):
            continue
        other = owners.setdefault(id_, file)
        yield expect(
            IDENTITY,
            uri_of(other) == uri_of(file),
            expected="different files have different ObjectIds",
            observed=f"{named(other)} and {named(file)} have the same",
            exchange=exchange,
        )


@file_rule("time-order", "UpdateTime is not before CreateTime", "CreateTime", "UpdateTime")
def time_order(file: File) -> Judged:
    """Judge the two times of an entry (IMM-FILE-TIME-ORDER)."""
    created, updated = read_instant(file.get("CreateTime")), read_instant(file.get("UpdateTime"))
    if created and updated:
        found = f"UpdateTime is {file['UpdateTime']} and CreateTime {file['CreateTime']}"
        yield not updated.precedes(created), found


@file_rule("reason-only-failed", "Reason is empty while ObjectStatus is 'Indexed'", "ObjectStatus", "Reason")
def reason_only_failed(file: File) -> Judged:
    """Judge Reason of an indexed file (IMM-FILE-REASON)."""
    if file.get("ObjectStatus") == "Indexed":
        yield not has(file, "Reason"), f"Reason is {shown(file.get('Reason'))}"


@file_rule("content-type-agrees", "ContentType agrees with MediaType", "ContentType", "MediaType")
def content_type_agrees(file: File) -> Judged:
    """Judge a content type of image, video or audio (IMM-FILE-CONTENTTYPE-MEDIA)."""
    content, media = file.get("ContentType"), file.get("MediaType")
    if not isinstance(content, str) or not isinstance(media, str) or not media:
        return
    major = content.partition("/")[0].lower()
    if major in _MEDIA:
        yield major == media, f"ContentType is '{content}' and MediaType '{media}'"


@file_rule(
    "media-group",
    "image fields are on images only, stream fields on video and audio only",
    "MediaType",
    *_IMAGE_FIELDS,
    *_STREAM_FIELDS,
)
def media_group(file: File) -> Judged:
    """Judge which groups of fields a file has, the reference sample apart (IMM-FILE-MEDIA-GROUP)."""
    media = file.get("MediaType")
    if not isinstance(media, str) or not media or _shows_everything(file):
        return
    for fields, right in ((_IMAGE_FIELDS, ("image",)), (_STREAM_FIELDS, ("video", "audio"))):
        for name in fields:
            if has(file, name):
                yield media in right, f"MediaType is '{media}' and {name} is present"


def _shows_everything(file: File) -> bool:
    """Return whether a file mixes all groups, as the official sample does (C21)."""
    every = (*_STREAM_LISTS, "ImageWidth", "AudioCovers")
    return file.get("MediaType") == "image" and all(has(file, name) for name in every)


@file_rule("lat-long-range", "latitude is within 90 and longitude within 180 degrees of zero", "LatLong")
def lat_long_range(file: File) -> Judged:
    """Judge the two numbers of LatLong (IMM-FILE-LATLONG-RANGE)."""
    text = file.get("LatLong")
    if not isinstance(text, str) or text.count(",") != 1:
        return
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        return
    yield abs(latitude) <= 90 and abs(longitude) <= 180, f"LatLong is '{text}'"


@file_rule("orientation-absent", "Orientation is absent, since EXIF has no rotation", "EXIF", "Orientation")
def orientation_absent(file: File) -> Judged:
    """Judge Orientation against EXIF (IMM-FILE-ORIENTATION).

    Zero is the placeholder of the official sample, and one says that nothing is rotated.
    """
    exif = _parsed(file.get("EXIF"))
    if exif is None:
        return
    rotated = any(part in name.casefold() for name in exif for part in ("orientation", "rotat"))
    turned = file.get("Orientation") not in (None, 0, 1)
    if turned or not rotated:
        yield rotated or not turned, f"Orientation is {shown(file.get('Orientation'))}"


def _parsed(text: Any) -> dict[str, Any] | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@file_rule("figure-count", "FigureCount is the length of Figures", "Figures", "FigureCount")
def figure_count(file: File) -> Judged:
    """Judge FigureCount where Figures is there too (IMM-FILE-FIGURECOUNT)."""
    count, figures = file.get("FigureCount"), file.get("Figures")
    if is_whole(count) and isinstance(figures, list):
        yield count == len(figures), f"FigureCount is {count} with {len(figures)} Figures"


@file_rule("figure-cluster-id", f"a reserved FigureClusterId is one of {', '.join(_RESERVED_CLUSTERS)}", "Figures")
def figure_cluster_id(file: File) -> Judged:
    """Judge the ids that look reserved (IMM-FILE-CLUSTERID)."""
    for figure in objects(file.get("Figures")):
        id_ = figure.get("FigureClusterId")
        if isinstance(id_, str) and id_.startswith("figure-cluster-id-"):
            yield id_ in _RESERVED_CLUSTERS, f"FigureClusterId is {shown(id_)}"


@file_rule("boundary-one-form", "a Boundary is a rectangle or a polygon, not both")
def boundary_one_form(file: File) -> Judged:
    """Judge every Boundary of a file (IMM-FILE-BOUNDARY-XOR)."""
    for boundary in _boundaries(file):
        box = [name for name in ("Width", "Height") if boundary.get(name)]
        polygon = boundary.get("Polygon")
        if box or polygon:
            yield not (box and polygon), f"a Boundary has {' and '.join(box)} and a Polygon"


def _boundaries(file: File) -> Iterator[dict[str, Any]]:
    """Yield the boundaries of figures, cropping suggestions and texts, of covers too."""
    pictures = [file, *objects(file.get("AudioCovers"))]
    for picture in pictures:
        for name in ("Figures", "CroppingSuggestions", "OCRContents"):
            for holder in objects(picture.get(name)):
                if isinstance(holder.get("Boundary"), dict):
                    yield holder["Boundary"]


@file_rule("stream-index-unique", "the streams of a file have different Index values")
def stream_index_unique(file: File) -> Judged:
    """Judge the indexes of all streams together (IMM-FILE-STREAM-INDEX)."""
    found = [stream.get("Index") for name in _STREAM_LISTS for stream in objects(file.get(name))]
    indexes = [index for index in found if is_whole(index)]
    if len(indexes) > 1:
        yield len(set(indexes)) == len(indexes), f"the indexes are {shown(indexes)}"


@file_rule("stream-count", "StreamCount is the number of streams listed", "StreamCount", *_STREAM_LISTS)
def stream_count(file: File) -> Judged:
    """Judge StreamCount where streams are listed (IMM-FILE-STREAMCOUNT)."""
    count = file.get("StreamCount")
    listed = sum(len(objects(file.get(name))) for name in _STREAM_LISTS)
    if is_whole(count) and listed:
        yield count == listed, f"StreamCount is {count} with {listed} streams"


@file_rule("time-range-order", "a TimeRange does not start after its end")
def time_range_order(file: File) -> Judged:
    """Judge every TimeRange of a file (IMM-FILE-TIMERANGE)."""
    for holder in _time_ranges(file):
        span = holder.get("TimeRange")
        if isinstance(span, list) and len(span) == 2 and all(is_whole(end) for end in span):
            yield span[0] <= span[1], f"TimeRange is {span}"


def _time_ranges(file: File) -> Iterator[dict[str, Any]]:
    """Yield what has a time range: parts of elements, scenes and clips of labels."""
    for element in objects(file.get("Elements")):
        yield from objects(element.get("ElementContents"))
    scenes = objects(file.get("SceneElements"))
    yield from scenes
    for labelled in (file, *scenes):
        for label in objects(labelled.get("Labels")):
            yield from objects(label.get("Clips"))


@file_rule("element-url", "URL of an element's content is present only for image and link", "Elements")
def element_url(file: File) -> Judged:
    """Judge URL of the contents of elements (IMM-FILE-ELEMENT-URL)."""
    for element in objects(file.get("Elements")):
        for content in objects(element.get("ElementContents")):
            kind = content.get("Type")
            if isinstance(kind, str) and (kind == "text" or has(content, "URL")):
                allowed = kind in ("image", "link") or not has(content, "URL")
                yield allowed, f"a content of Type '{kind}' has the URL {shown(content.get('URL'))}"
