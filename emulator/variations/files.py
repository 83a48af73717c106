"""Variations of BatchGetFileMeta and of the File objects (imm.md 2, 8.5 and 14)."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.calls import Answer, Call
from emulator.errors import invalid_argument
from emulator.file_sample import sample_fields
from emulator.files import FILE_MEMBERS
from emulator.json_text import JsonObject, read_json, write_json
from emulator.names import is_file_uri
from emulator.variations.model import After, Variation, add_absent, each, empty_unless_given, on, without

if TYPE_CHECKING:
    from emulator.core import Emulator

_ACTION: Final = "BatchGetFileMeta"
_NOT_SUPPORTED: Final = ("Timezone", "TravelClusterId", "CroppingSuggestions", "OCRContents", "PageCount", "Insights")
_IDENTITY: Final = frozenset(
    {
        "OwnerId",
        "ProjectName",
        "DatasetName",
        "ObjectType",
        "ObjectId",
        "URI",
        "Filename",
        "MediaType",
        "CreateTime",
        "UpdateTime",
        "CustomId",
        "CustomLabels",
    }
)
_FREE_TEXTS: Final = ("Title", "Artist", "AlbumArtist", "Composer", "Performer", "Album", "Timezone", "CustomId")
_FACE: Final = ("Gender", "Mouth", "Beard", "Hat", "Mask", "Glasses")
_FAILURE: Final = "[InternalError] The request has been failed due to some unknown error."


def _named(call: Call, parameter: str) -> list[object]:
    """Return the items of an array parameter of a call that was accepted."""
    items = read_json(call.params.get(parameter) or "[]")
    return items if isinstance(items, list) else []


def _in_each(change: Callable[[JsonObject], None]) -> After:
    """Return a hook that changes every File; under WithFields only the members that it has."""

    def changed(payload: JsonObject, call: Call, _emulator: "Emulator") -> None:
        fields = _named(call, "WithFields")

        def kept(file: JsonObject) -> None:
            change(file)
            for name in [name for name in file if fields and name not in fields]:
                del file[name]

        each("Files", change=kept)(payload, call, _emulator)

    return on(_ACTION, change=changed)


def _reversed(payload: JsonObject, _call: Call, _emulator: "Emulator") -> None:
    files = payload["Files"]
    assert isinstance(files, list)
    files.reverse()


def _as_often_as_asked(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    """Answer each repetition of a URI, by asking for the repeated ones once more."""
    uris = _named(call, "URIs") if call.action == _ACTION and answer.status == 200 else []
    while repeated := [uri for index, uri in enumerate(uris) if uri in uris[:index]]:
        more = copy.deepcopy(emulator.operate(_asking_for(call, repeated)).payload["Files"])
        files = answer.payload["Files"]
        assert isinstance(files, list)
        assert isinstance(more, list)
        files += more
        uris = repeated
    return answer


def _asking_for(call: Call, uris: list[object]) -> Call:
    return replace(call, params={**call.params, "URIs": write_json(uris)})


def _only_known_fields(call: Call, answer: Answer, emulator: "Emulator") -> Answer:
    if call.action != _ACTION or answer.status != 200:
        return answer
    unknown = [name for name in _named(call, "WithFields") if name not in FILE_MEMBERS]
    if not unknown:
        return answer
    return emulator.refuse(call, invalid_argument("WithFields", f'expected names of fields, found "{unknown[0]}"'))


def _leave_out_bad_uris(call: Call, emulator: "Emulator") -> Call | None:
    if call.action != _ACTION:
        return None
    try:
        uris = read_json(call.params.get("URIs", ""))
    except ValueError:
        return None
    if not isinstance(uris, list):
        return None
    kept = [uri for uri in uris if not isinstance(uri, str) or is_file_uri(uri, emulator.limits)]
    return _asking_for(call, kept) if len(kept) < len(uris) else None


def _objects(value: object, member: str) -> Iterator[JsonObject]:
    """Yield every object below a value that has a member."""
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, member)
    elif isinstance(value, dict):
        if member in value:
            yield value
        for inner in value.values():
            yield from _objects(inner, member)


def _minimal(file: JsonObject) -> None:
    without(*(name for name in list(file) if name not in _IDENTITY))(file)


def _lower_languages(file: JsonObject) -> None:
    for owner in _objects(file, "Language"):
        owner["Language"] = str(owner["Language"]).lower()


def _both_boundaries(file: JsonObject) -> None:
    for owner in _objects(file, "Boundary"):
        boundary = owner["Boundary"]
        if isinstance(boundary, dict):
            add_absent(boundary, {"Left": 10, "Top": 10, "Width": 20, "Height": 30, "Polygon": [{"X": 10, "Y": 10}]})


def _single_time(file: JsonObject) -> None:
    for owner in _objects(file, "TimeRange"):
        if isinstance(owner["TimeRange"], list):
            owner["TimeRange"] = owner["TimeRange"][:1]


def _more_counted(file: JsonObject) -> None:
    for name in ("FigureCount", "StreamCount"):
        if isinstance(count := file.get(name), int):
            file[name] = count + 7


def _oss_uri(file: JsonObject) -> None:
    if str(file.get("URI", "")).startswith("oss:"):
        file["OSSURI"] = file["URI"]


def _sample_encryption(file: JsonObject) -> None:
    if file.get("ServerSideEncryption") == "AES256":
        file |= {"ServerSideDataEncryption": "SM4", "ServerSideEncryptionKeyId": "9468da86-3509-4f8d-a61e-6eab1eac0001"}


def _url_on_text(file: JsonObject) -> None:
    for owner in _objects(file, "Content"):
        add_absent(owner, {"URL": "https://example.com/text"})


def _other_emotion(file: JsonObject) -> None:
    for owner in _objects(file, "Emotion"):
        owner["Emotion"] = "sadness" if owner["Emotion"] == "none" else owner["Emotion"]


def _plain_etag(file: JsonObject) -> None:
    if "ETag" in file:
        file["ETag"] = str(file["ETag"]).strip('"')


def _uuid_object_id(file: JsonObject) -> None:
    if "ObjectId" in file:
        digits = str(file["ObjectId"])
        file["ObjectId"] = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _without_values(file: JsonObject) -> None:
    for name in ("FileCreateTime", "FileAccessTime"):
        if name in file:
            file[name] = ""
    if file.get("MediaType") == "other":
        file["MediaType"] = ""
    for face in _objects(file, "FigureConfidence"):
        face.update({name: "" for name in _FACE if name in face})
    add_absent(file, {"OSSTaggingCount": 0, "Orientation": 1})


def _all_kinds(file: JsonObject) -> None:
    names = ("Figures", "FigureCount", "VideoStreams", "AudioStreams", "Subtitles", "StreamCount", "VideoWidth")
    sample = sample_fields()
    add_absent(file, {name: copy.deepcopy(sample[name]) for name in names})


VARIATIONS: Final = (
    Variation(
        "files-reversed",
        "Files come in the opposite order of the request.",
        ("imm.md 2.3", "imm.md 14.2, 1"),
        after=on(_ACTION, change=_reversed),
    ),
    Variation(
        "repeated-uris-twice",
        "A URI that is asked for twice is answered twice.",
        ("IMM-BGFM-FILES-UNIQUE", "imm.md 14.2, 1"),
        after=_as_often_as_asked,
    ),
    Variation(
        "unknown-fields-refused",
        "A name in WithFields that is no field is refused with InvalidArgument.",
        ("IMM-BGFM-WITHFIELDS-UNKNOWN",),
        after=_only_known_fields,
    ),
    Variation(
        "empty-uris-answered",
        "An empty list of URIs is answered with no files.",
        ("IMM-BGFM-URIS-EMPTY", "C11"),
        groups=("uris",),
        limits={"min_uris": 0},
    ),
    Variation(
        "bad-uris-left-out",
        "A URI of neither form is treated as not found; so is a list of none.",
        ("IMM-BGFM-URI-BAD", "IMM-BGFM-URIS-EMPTY"),
        groups=("uris",),
        before=_leave_out_bad_uris,
        limits={"min_uris": 0},
    ),
    Variation(
        "minimal-files",
        "A file has only what tells which it is, as with a template that extracts nothing.",
        ("imm.md 2.3", "imm.md 8.5"),
        groups=("file-members",),
        after=_in_each(_minimal),
    ),
    Variation(
        "mixed-files",
        "A file has fields of all kinds of media, as in the sample.",
        ("IMM-FILE-MEDIA-GROUP", "C21"),
        groups=("file-members",),
        after=_in_each(_all_kinds),
    ),
    Variation(
        "unsupported-absent",
        "Fields that are not supported at present are absent.",
        ("IMM-FILE-UNSUPPORTED", "C22"),
        groups=("unsupported",),
        after=_in_each(without(*_NOT_SUPPORTED)),
    ),
    Variation(
        "empty-file-texts",
        "Free texts without a value are empty instead of absent.",
        ("IMM-COM-NULL", "C22"),
        groups=("unsupported",),
        after=_in_each(empty_unless_given(*_FREE_TEXTS)),
    ),
    Variation(
        "values-without-value",
        "What is not known of an object or a face is empty, no tags are counted, and nothing is rotated.",
        ("IMM-COM-NULL", "imm.md 8.5"),
        groups=("file-members",),
        after=_in_each(_without_values),
    ),
    Variation(
        "languages-lower",
        "Languages are in lower case.",
        ("IMM-FILE-LANGUAGE", "C24"),
        after=_in_each(_lower_languages),
    ),
    Variation(
        "both-boundaries",
        "A boundary is a rectangle and a polygon at once, as in the sample.",
        ("IMM-FILE-BOUNDARY-XOR", "C15"),
        after=_in_each(_both_boundaries),
    ),
    Variation(
        "single-time-range",
        "A time range has one number, as in the sample.",
        ("IMM-FILE-TIMERANGE", "C16"),
        after=_in_each(_single_time),
    ),
    Variation(
        "more-counted",
        "FigureCount and StreamCount are higher than what is listed, as in the sample.",
        ("IMM-FILE-FIGURECOUNT", "IMM-FILE-STREAMCOUNT", "C17"),
        after=_in_each(_more_counted),
    ),
    Variation(
        "oss-uri-everywhere",
        "OSS files have OSSURI as well, as in the sample.",
        ("IMM-FILE-OSSURI", "C14"),
        after=_in_each(_oss_uri),
    ),
    Variation(
        "reason-while-indexed",
        "An indexed file has a Reason, as in the sample.",
        ("IMM-FILE-REASON", "C18"),
        after=_in_each(lambda file: file.update(Reason=_FAILURE)),
    ),
    Variation(
        "encryption-of-sample",
        "AES256 comes with data encryption and a key id, as in the sample.",
        ("IMM-FILE-SSE-DATA", "C19"),
        after=_in_each(_sample_encryption),
    ),
    Variation(
        "url-on-text",
        "An element's text has a URL, as in the sample.",
        ("IMM-FILE-ELEMENT-URL", "C20"),
        after=_in_each(_url_on_text),
    ),
    Variation(
        "other-emotion",
        "An emotion is none of the two that older texts list.",
        ("IMM-FILE-EMOTION", "C35"),
        after=_in_each(_other_emotion),
    ),
    Variation(
        "plain-etag",
        "ETag has no quotation marks.",
        ("IMM-FILE-ETAG",),
        after=_in_each(_plain_etag),
    ),
    Variation(
        "object-id-uuid",
        "ObjectId is a UUID.",
        ("IMM-FILE-OBJECTID", "imm.md 1.5"),
        after=_in_each(_uuid_object_id),
    ),
)
