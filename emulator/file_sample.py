"""The file that shows every field, like the sample answer of the API documentation, but without its contradictions.

A file whose name is ``sampleobject`` with any extension has all fields that its kind of URI can have: OSSURI needs a
PDS URI (IMM-FILE-OSSURI).
"""

import random
from typing import Final

from emulator.file_images import figure, rectangle
from emulator.file_media import audio_stream, scenes, subtitle_stream, video_stream
from emulator.json_text import JsonObject, write_json

SAMPLE_STEM: Final = "sampleobject"

_WIDTH: Final = 1280
_HEIGHT: Final = 720
_SECONDS: Final = 22.88
_POLYGON: Final[JsonObject] = {"Polygon": [{"X": 10, "Y": 10}, {"X": 210, "Y": 12}, {"X": 205, "Y": 330}]}
_MAP: Final[JsonObject] = {"key": {"key": ["value"]}}


def sample_fields() -> JsonObject:
    """Return every field but those that say which file it is."""
    dice = random.Random(SAMPLE_STEM)
    parts = (_place(), _picture(dice), _media(dice), _tags(), _storage(), _semantics(), _cluster(), _insights())
    return {name: value for part in parts for name, value in part.items()}


def _place() -> JsonObject:
    address = {
        "Language": "zh-Hans",
        "AddressLine": "浙江省杭州市西湖区转塘街道",
        "Country": "中国",
        "Province": "浙江省",
        "City": "杭州市",
        "District": "西湖区",
        "Township": "转塘街道",
    }
    return {
        "ProduceTime": "2021-06-29T14:50:13.011643661+08:00",
        "LatLong": "30.134390,120.074997",
        "Timezone": "",
        "Addresses": [address],
        "TravelClusterId": "-",
    }


def _label() -> JsonObject:
    return {
        "Language": "zh-Hans",
        "LabelName": "猫",
        "LabelLevel": 2,
        "LabelConfidence": 0.9891784601980591,
        "ParentLabelName": "动物",
        "CentricScore": 0.7319999933242798,
        "LabelAlias": "小猫",
        "Clips": [{"TimeRange": [0, 4_000]}, {"TimeRange": [9_500, 12_000]}],
    }


def _reading(boundary: JsonObject) -> JsonObject:
    return {"Language": "zh-Hans", "Contents": "出口", "Confidence": 0.8254936695098877, "Boundary": boundary}


def _cropping(boundary: JsonObject) -> JsonObject:
    return {"AspectRatio": "2:3", "Confidence": 0.7079545259475708, "Boundary": boundary}


def _image(dice: random.Random) -> JsonObject:
    """Return the members that a picture and the cover of a piece of music share."""
    box = rectangle(dice, _WIDTH, _HEIGHT)
    exif = {"Orientation": {"value": "6"}, "DateTime": {"value": "2021:06:29 14:50:13"}}
    return {
        "ImageWidth": _WIDTH,
        "ImageHeight": _HEIGHT,
        "EXIF": write_json(exif),
        "ImageScore": {"OverallQualityScore": 0.736},
        "CroppingSuggestions": [_cropping(box), _cropping(_POLYGON)],
        "OCRContents": [_reading(box), _reading(_POLYGON)],
    }


def _picture(dice: random.Random) -> JsonObject:
    figures = [figure(dice, _WIDTH, _HEIGHT), figure(dice, _WIDTH, _HEIGHT) | {"Boundary": _POLYGON}]
    return _image(dice) | {
        "Orientation": 6,
        "Figures": figures,
        "FigureCount": len(figures),
        "Labels": [_label()],
        "OCRTexts": "Alibaba Cloud IMM\n",
        "PageCount": 5,
    }


def _media(dice: random.Random) -> JsonObject:
    video = video_stream(dice, (_WIDTH, _HEIGHT, "16:9"), _SECONDS)
    audio = audio_stream(dice, 1, _SECONDS) | {"Lyric": "test"}
    streams = [video, audio, subtitle_stream(2, _SECONDS)]
    return {
        "VideoWidth": _WIDTH,
        "VideoHeight": _HEIGHT,
        "VideoStreams": streams[:1],
        "AudioStreams": streams[1:2],
        "Subtitles": streams[2:],
        "AudioCovers": [_image(dice)],
        "StreamCount": len(streams),
        "ProgramCount": 1,
        "FormatName": "mov",
        "FormatLongName": "QuickTime / MOV",
        "StartTime": 0,
        "Bitrate": 5_727_926,
        "Duration": _SECONDS,
        "SceneElements": [scene | {"Labels": [_label()]} for scene in scenes(dice, _SECONDS)],
    }


def _tags() -> JsonObject:
    texts = dict.fromkeys(("Artist", "AlbumArtist", "Composer", "Performer"), "Jane")
    return {
        **texts,
        "Title": "test",
        "Album": "FirstAlbum",
        "Language": "eng",
        "CustomId": "member-image-id-0001",
        "CustomLabels": {"MemberName": "Tim", "Enabled": "True", "ItemCount": "10"},
    }


def _storage() -> JsonObject:
    return {
        "Size": 1000,
        "ETag": '"1D9C280A7C4F67F7EF873E28449DBE17"',
        "ContentMd5": "HZwoCnxPZ/fvhz4oRJ2+Fw==",
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment; filename=test.jpg",
        "ContentEncoding": "UTF-8",
        "ContentLanguage": "zh-CN",
        "AccessControlAllowOrigin": "https://aliyundoc.com",
        "AccessControlRequestMethod": "PUT",
        "ServerSideEncryptionCustomerAlgorithm": "SM4",
        "ServerSideEncryption": "KMS",
        "ServerSideDataEncryption": "SM4",
        "ServerSideEncryptionKeyId": "9468da86-3509-4f8d-a61e-6eab1eac0001",
        "OSSStorageClass": "Standard",
        "OSSCRC64": "559890638950338001",
        "ObjectACL": "default",
        "OSSUserMeta": {"key": "val"},
        "OSSTaggingCount": 2,
        "OSSTagging": {"key": "val", "stage": "final"},
        "OSSExpiration": "2120-01-01T12:00:00.000Z",
        "OSSVersionId": "CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0",
        "OSSDeleteMarker": "CAEQMhiBgIDXiaaB0BYiIGQzYmRkZGUxMTM1ZDRjOTZhNjk4YjRjMTAyZjhl",
        "OSSObjectType": "Normal",
    }


def _semantics() -> JsonObject:
    contents: list[JsonObject] = [
        {"Type": "text", "Content": "A cat sleeps.", "TimeRange": [0, 4_000]},
        {"Type": "image", "Content": "[image]", "URL": "https://example.com/cat.jpg", "TimeRange": [0, 1_000]},
        {"Type": "link", "Content": "[link]", "URL": "https://example.com/", "TimeRange": [9_500, 12_000]},
    ]
    element = {
        "ElementContents": contents,
        "ObjectId": "element-0001",
        "ElementType": "paragraph",
        "SemanticSimilarity": 0.855123,
        "ElementRelations": [{"Type": "next", "ObjectId": "element-0002"}],
    }
    return {"SemanticSimilarity": 0.855123, "SemanticTypes": ["content"], "Elements": [element]}


def _cluster() -> JsonObject:
    return {
        "FileStatus": "",
        "Reason": "",
        "SmartClusters": [{"SmartClusterId": "SmartCluster-0001", "Similarity": 0.75}],
        "SequenceNumber": 3,
        "ClusterStatus": _MAP,
        "ClusterModifications": _MAP,
    }


def _insights() -> JsonObject:
    summary = {"Caption": "Sleeping cat", "Description": "A cat sleeps on a sofa."}
    translated = {"zh-Hans": {"Caption": "睡着的猫", "Description": "一只猫睡在沙发上。"}}
    insight = summary | {"MultilingualContent": translated}
    return {"Insights": {"Image": insight, "Video": insight}}
