"""Every File object obeys the rules of its fields, whatever the file."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXTENSIONS = [
    *("jpg", "png", "heic", "webp", "gif", "tiff"),
    *("mp4", "mov", "mkv", "avi", "ts"),
    *("mp3", "wav", "flac", "m4a"),
    *("pdf", "docx", "txt", "csv"),
    *("zip", "gz", "bin", ""),
]
SAMPLES = [f"sampleobject.{extension}" for extension in ("jpg", "mp4", "mp3", "pdf", "zip", "bin")]
KEYS = [f"dir/{number}.{extension}" for extension in EXTENSIONS for number in range(12)] + SAMPLES
BUCKETS = [f"bucket-{number}" for number in range(6)]
PDS = "pds://domains/bj1/drives/12/files/sampleobject/revisions/1"
RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
RATIOS = re.compile(r"(\w*Confidence|FaceQuality|Sharpness|Attractive|CentricScore|OverallQualityScore|\w*Similarity)")
SIZES = re.compile(r"\w*(Width|Height|Count|Bitrate|SampleRate|Channels|Duration|Age|AgeSD|Size|Left|Top|X|Y)")
ENUMS: dict[str, set[Any]] = {
    "MediaType": {"image", "other", "document", "archive", "video", "audio"},
    "ObjectType": {"file"},
    "ObjectStatus": {"Indexed"},
    "FigureType": {"face"},
    "Gender": {"female", "male"},
    "Emotion": {"happiness", "none"},
    "Mouth": {"open", "close"},
    "Beard": {"beard", "none"},
    "Hat": {"hat", "none"},
    "Mask": {"mask", "none"},
    "Glasses": {"glasses", "sunglasses", "none"},
    "LabelLevel": {1, 2, 3},
    "Type": {"text", "image", "link", "next"},
    "ObjectACL": {"default", "private", "public-read", "public-read-write"},
    "OSSStorageClass": {"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"},
    "OSSObjectType": {"Normal", "Multipart", "Appendable", "Symlink"},
    "ServerSideEncryption": {"AES256", "KMS", "SM4"},
    "ServerSideDataEncryption": {"SM4"},
}
PATTERNS = {
    **dict.fromkeys(("UpdateTime", "CreateTime", "FileModifiedTime", "FileCreateTime", "FileAccessTime"), RFC3339),
    **dict.fromkeys(("ProduceTime", "OSSExpiration"), RFC3339),
    **dict.fromkeys(("FrameRate", "AverageFrameRate", "TimeBase", "CodecTimeBase"), r"\d+/\d+"),
    **dict.fromkeys(("AspectRatio", "SampleAspectRatio", "DisplayAspectRatio"), r"\d+:\d+"),
    "ContentType": r"[\w.+-]+/[\w.+-]+",
    "CodecTag": r"0x[0-9a-f]+",
    "Language": r"[a-zA-Z]{2,3}(-\w+)*",
    "ETag": r'"[0-9A-F]{32}(-\d+)?"',
    "OSSCRC64": r"\d{1,20}",
    "ObjectId": r"[0-9a-f]{64}|element-\d+",
    "OwnerId": r"\d+",
}
# Only in the models of the SDK, not in the sample of the documentation.
MODEL_ONLY = {
    "/Insights": dict,
    "/Labels/LabelAlias": str,
    "/Labels/Clips": list,
    "/Labels/Clips/TimeRange": list,
    "/Labels/Clips/TimeRange/": int,
    "/SceneElements/VideoStreamIndex": int,
    "/SceneElements/Labels": list,
    **{f"/SceneElements/Labels/{name}": str for name in ("Language", "LabelName", "ParentLabelName")},
    **{f"/SceneElements/Labels/{name}": float for name in ("LabelConfidence", "CentricScore")},
    "/SceneElements/Labels/LabelLevel": int,
    "/SceneElements/Labels/LabelAlias": str,
    "/SceneElements/Labels/Clips": list,
    "/SceneElements/Labels/Clips/TimeRange": list,
    "/SceneElements/Labels/Clips/TimeRange/": int,
    **{f"/Insights/{kind}": dict for kind in ("Image", "Video")},
    **{f"/Insights/{kind}/{name}": str for kind in ("Image", "Video") for name in ("Caption", "Description")},
    **{f"/Insights/{kind}/MultilingualContent": dict for kind in ("Image", "Video")},
    **{f"/Insights/{kind}/MultilingualContent/zh-Hans": dict for kind in ("Image", "Video")},
    **{
        f"/Insights/{kind}/MultilingualContent/zh-Hans/{name}": str
        for kind in ("Image", "Video")
        for name in ("Caption", "Description")
    },
    **{
        f"/AudioCovers/{part}/Boundary{rest}": kind
        for part in ("CroppingSuggestions", "OCRContents")
        for rest, kind in {
            "": dict,
            "/Width": int,
            "/Height": int,
            "/Left": int,
            "/Top": int,
            "/Polygon": list,
            "/Polygon/": dict,
            "/Polygon/X": int,
            "/Polygon/Y": int,
        }.items()
    },
}
FREE = ("/CustomLabels/", "/OSSTagging/", "/OSSUserMeta/")


def walk(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and value of every member below a value; array items have the path of their array."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{path}/{name}", name, member
            yield from walk(member, f"{path}/{name}")
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, dict | list):
                yield f"{path}/", "", item
            yield from walk(item, path)


def sample_file() -> dict[str, Any]:
    """Return the File object of the documented sample answer."""
    path = Path(__file__).parents[1] / "data" / "examples" / "BatchGetFileMeta.response.json"
    return dict(json.loads(path.read_text())["Files"][0])


def json_kind(value: Any) -> type:
    """Return the JSON type of a value; a number is a float unless it must be whole."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


@pytest.fixture(scope="module")
def files(shared_dataset: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Index many different files and return their metadata."""
    dataset, clock = shared_dataset
    uris = [f"oss://{bucket}/{key}" for bucket in BUCKETS for key in KEYS]
    sources: list[dict[str, object]] = [{"URI": uri} for uri in uris]
    sources.append(
        {"URI": PDS, "FileHash": "1d9c280a7c4f67f7ef873e28449dbe17", "OSSURI": "oss://bucket/sampleobject.jpg"}
    )
    sources.append({"URI": f"{PDS}2", "FileHash": "abc"})
    found = []
    for start in range(0, len(sources), 100):
        batch = sources[start : start + 100]
        assert dataset.scoped("BatchIndexFileMeta", Files=batch).status == 200
        clock.advance(1)
        found += dataset.scoped("BatchGetFileMeta", URIs=[source["URI"] for source in batch]).body["Files"]
    assert len(found) == len(sources)
    return found


def members(files: list[dict[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """Yield the members of all files, but not what callers name themselves."""
    for file in files:
        yield from ((path, name, value) for path, name, value in walk(file) if not path.startswith(FREE))


def test_names_and_types_are_documented(files: list[dict[str, Any]]) -> None:
    """Every member is one of the sample or of the models, and has its JSON type."""
    documented = {path: json_kind(value) for path, _, value in walk(sample_file())}
    documented |= {path: float if kind is int else kind for path, kind in MODEL_ONLY.items()}
    documented |= dict.fromkeys(("/EXIF", "/AudioCovers/EXIF", "/Reason"), str)
    cluster = {path: kind for path, kind in documented.items() if path.startswith("/Cluster")}

    odd = {(path, json_kind(value)) for path, _, value in members(files)} - set((documented | cluster).items())
    odd = {(path, kind) for path, kind in odd if not path.endswith("Polygon/")}

    assert odd == set()


def test_whole_numbers_are_whole(files: list[dict[str, Any]]) -> None:
    """What the sample gives as a whole number and the models type as integer has no fraction."""
    fractions = {"StartTime", "Duration", "SemanticSimilarity", "Similarity", "AgeSD"}
    whole = {
        path
        for path, name, value in walk(sample_file())
        if type(value) is int and name not in fractions and not name.endswith("Confidence")
    }

    wrong = {path for path, _, value in members(files) if path in whole and type(value) is not int}

    assert wrong == set()


def test_nothing_is_null(files: list[dict[str, Any]]) -> None:
    """A field without a value is left out."""
    assert [path for path, _, value in members(files) if value is None] == []


def test_enumerations(files: list[dict[str, Any]]) -> None:
    """Every enumerated member has one of its values."""
    wrong = {(path, str(value)) for path, name, value in members(files) if name in ENUMS and value not in ENUMS[name]}

    assert wrong == set()


def test_patterns(files: list[dict[str, Any]]) -> None:
    """Every text of a documented form has that form."""
    texts = ((path, value, PATTERNS[name]) for path, name, value in members(files) if name in PATTERNS)

    assert {(path, value) for path, value, pattern in texts if not re.fullmatch(pattern, value)} == set()


def test_ratios(files: list[dict[str, Any]]) -> None:
    """Confidences, scores and similarities are from 0 to 1."""
    wrong = {path for path, name, value in members(files) if RATIOS.fullmatch(name) and not 0 <= value <= 1}

    assert wrong == set()


def test_quantities_are_not_negative(files: list[dict[str, Any]]) -> None:
    """Sizes, counts and lengths are 0 or more."""
    assert {path for path, name, value in members(files) if SIZES.fullmatch(name) and value < 0} == set()


def test_boundaries_are_rectangles_or_polygons(files: list[dict[str, Any]]) -> None:
    """No boundary is both."""
    boundaries = [value for _, name, value in members(files) if name == "Boundary"]

    assert all(set(box) in ({"Polygon"}, {"Width", "Height", "Left", "Top"}) for box in boundaries)
    assert {"Polygon" in box for box in boundaries} == {True, False}


def test_time_ranges_are_pairs(files: list[dict[str, Any]]) -> None:
    """A time range has a start and an end, in this order."""
    ranges = [value for _, name, value in members(files) if name == "TimeRange"]

    assert ranges
    assert all(len(pair) == 2 and pair[0] <= pair[1] for pair in ranges)


def test_head_poses(files: list[dict[str, Any]]) -> None:
    """Angles of a head are from -180 to 180."""
    poses = [value for _, name, value in members(files) if name == "HeadPose"]

    assert poses
    assert all(-180 <= angle <= 180 for pose in poses for angle in pose.values())


def test_counts_agree_with_what_they_count(files: list[dict[str, Any]]) -> None:
    """Figures, tags and streams are as many as their counts say."""
    for file in files:
        streams = [*file.get("VideoStreams", []), *file.get("AudioStreams", []), *file.get("Subtitles", [])]
        assert file.get("FigureCount", 0) == len(file.get("Figures", []))
        assert file.get("OSSTaggingCount", 0) == len(file.get("OSSTagging", {}))
        assert file.get("StreamCount", 0) == len(streams)
        assert len({stream["Index"] for stream in streams}) == len(streams)


def test_exif_is_json_of_values(files: list[dict[str, Any]]) -> None:
    """EXIF is the text of an object whose members have a text value, and tells of every orientation."""
    texts = [(file["EXIF"], "Orientation" in file) for file in files if "EXIF" in file]

    assert texts
    for text, has_orientation in texts:
        exif = json.loads(text)
        assert all(isinstance(member["value"], str) for member in exif.values())
        assert ("Orientation" in exif) == has_orientation
    assert not any("Orientation" in file for file in files if "EXIF" not in file)


def test_orientations_are_those_of_exif(files: list[dict[str, Any]]) -> None:
    """Orientation is 1 to 8."""
    assert {file["Orientation"] for file in files if "Orientation" in file} <= set(range(1, 9))


def test_places_are_on_earth(files: list[dict[str, Any]]) -> None:
    """LatLong is latitude and longitude, and comes with an address."""
    places = [file for file in files if "LatLong" in file]

    assert places
    for file in places:
        latitude, longitude = (float(part) for part in file["LatLong"].split(","))
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180
        assert file["Addresses"]


def test_digests_agree(files: list[dict[str, Any]]) -> None:
    """FileHash, ContentMd5 and ETag come from one MD5 unless the object was uploaded in parts."""
    for file in (file for file in files if file["URI"].startswith("oss:")):
        assert file["ETag"].strip('"').partition("-")[0] == file["FileHash"].upper()
        assert ("-" in file["ETag"]) == (file["OSSObjectType"] == "Multipart") == ("ContentMd5" not in file)
        assert base64.b64decode(file.get("ContentMd5", ""), validate=True).hex() in ("", file["FileHash"])


def test_checksums_fit_64_bits(files: list[dict[str, Any]]) -> None:
    """OSSCRC64 is below 2 to the 64th."""
    assert all(int(file["OSSCRC64"]) < 2**64 for file in files if "OSSCRC64" in file)


def test_content_type_agrees_with_media_type(files: list[dict[str, Any]]) -> None:
    """An image, video or audio content type is that of such a file."""
    for file in files:
        major = file["ContentType"].partition("/")[0]
        assert (major in ("image", "video", "audio")) == (file["MediaType"] in ("image", "video", "audio"))
        assert major not in ("image", "video", "audio") or major == file["MediaType"]


def test_fields_belong_to_their_media(files: list[dict[str, Any]]) -> None:
    """Fields of pictures are on images, fields of streams on video and audio, but for the sample."""
    for file in (file for file in files if "sampleobject" not in file["URI"]):
        assert ("ImageWidth" in file) == (file["MediaType"] == "image")
        assert ("VideoWidth" in file) == (file["MediaType"] == "video")
        assert ("Bitrate" in file) == (file["MediaType"] in ("video", "audio"))
        assert not {"EXIF", "Figures"} & file.keys() or file["MediaType"] == "image"


def test_identity(files: list[dict[str, Any]]) -> None:
    """Object ids differ, names are those of the scope, Filename is the key."""
    assert len({file["ObjectId"] for file in files}) == len(files)
    assert {(file["ProjectName"], file["DatasetName"]) for file in files} == {("project", "dataset")}
    assert all(f"/{file['Filename']}" in file["URI"] or "OSSURI" in file for file in files)


def test_times_are_in_order(files: list[dict[str, Any]]) -> None:
    """A file is created before it is modified, and indexed once."""
    assert all(file["FileCreateTime"] <= file["FileModifiedTime"] <= file["FileAccessTime"] for file in files)
    assert all(file["CreateTime"] == file["UpdateTime"] for file in files)


def test_encryption_is_that_of_the_bucket(files: list[dict[str, Any]]) -> None:
    """All objects of a bucket are encrypted in the same way; keys and data encryption need KMS."""
    plain = [file for file in files if "sampleobject" not in file["URI"]]
    kinds = {(file["URI"].split("/")[2], file.get("ServerSideEncryption", "")) for file in plain}

    assert len(kinds) == len(BUCKETS)
    for file in files:
        if {"ServerSideDataEncryption", "ServerSideEncryptionKeyId"} & file.keys():
            assert file["ServerSideEncryption"] == "KMS"


def test_oss_uri_is_for_pds_only(files: list[dict[str, Any]]) -> None:
    """OSSURI is on PDS files only."""
    assert {file["URI"].partition(":")[0] for file in files if "OSSURI" in file} == {"pds"}


def test_links_have_urls(files: list[dict[str, Any]]) -> None:
    """Contents of an element have a URL if they are an image or a link."""
    contents = [content for _, name, value in members(files) if name == "ElementContents" for content in value]

    assert {content["Type"] for content in contents} == {"text", "image", "link"}
    assert all(("URL" in content) == (content["Type"] != "text") for content in contents)


def test_indexed_files_have_no_reason(files: list[dict[str, Any]]) -> None:
    """Reason has no content while nothing failed."""
    assert not any(file.get("Reason") for file in files)


def test_metadata_is_varied(files: list[dict[str, Any]]) -> None:
    """Optional fields are on some files and not on others."""
    plain = [file for file in files if "sampleobject" not in file["URI"]]
    optional = ("Figures", "OCRTexts", "CacheControl", "OSSTagging", "OSSVersionId", "Subtitles", "AudioCovers")

    shown = {name: {name in file for file in plain} for name in optional}

    assert [name for name, both in shown.items() if both != {True, False}] == []


def test_sample_shows_every_field(files: list[dict[str, Any]]) -> None:
    """The PDS file named after the sample has all 90 fields."""
    (file,) = (file for file in files if file["URI"] == PDS)

    assert file.keys() == sample_file().keys() | {"Insights"}
    assert len(file) == 90


def test_sample_on_oss_shows_every_field_but_one(files: list[dict[str, Any]]) -> None:
    """The OSS file named after the sample has all fields that an OSS file can have."""
    (file,) = (file for file in files if file["URI"] == "oss://bucket-0/sampleobject.jpg")

    assert file.keys() == (sample_file().keys() | {"Insights"}) - {"OSSURI"}


def test_sample_shows_every_nested_field(files: list[dict[str, Any]]) -> None:
    """All nested fields of the sample and of the models are shown."""
    (file,) = (file for file in files if file["URI"] == PDS)
    own = ("/EXIF", "/Custom", "/OSSTagging/", "/OSSUserMeta/")

    wanted = {path for path, _, _ in walk(sample_file())} | {
        path for path in MODEL_ONLY if not path.endswith("Polygon/")
    }

    assert {path for path in wanted - {path for path, _, _ in walk(file)} if not path.startswith(own)} == set()
