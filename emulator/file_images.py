"""What the analysis of an image yields: size, EXIF, place, faces, labels, scores (imm.md 8.5 to 8.10)."""

import random
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from emulator.json_text import JsonObject, write_json


class _Place(NamedTuple):
    latitude: float
    longitude: float
    country: str
    province: str
    city: str
    district: str
    township: str


_PLACES: Final = (
    _Place(30.134390, 120.074997, "China", "Zhejiang", "Hangzhou", "Xihu", "Zhuantang"),
    _Place(31.230416, 121.473701, "China", "Shanghai", "Shanghai", "Huangpu", "Nanjing East Road"),
    _Place(-33.856784, 151.215297, "Australia", "New South Wales", "Sydney", "Sydney CBD", "Circular Quay"),
    _Place(48.858370, 2.294481, "France", "Ile-de-France", "Paris", "7th arrondissement", "Gros-Caillou"),
    _Place(-22.951916, -43.210487, "Brazil", "Rio de Janeiro", "Rio de Janeiro", "Alto da Boa Vista", "Corcovado"),
)
_SIZES: Final = ((4032, 3024), (3024, 4032), (1920, 1080), (1080, 1080), (640, 480))
_WITH_EXIF: Final = ("jpg", "jpeg", "tif", "tiff", "heic", "")
_LABELS: Final = (
    ("Landscape", "Nature"),
    ("Beach", "Nature"),
    ("Dog", "Animal"),
    ("Cat", "Animal"),
    ("Portrait", "Person"),
    ("Building", "Architecture"),
)
_TEXTS: Final = ("EXIT", "Platform 9\n", "Today's menu\nSoup 4.50", "出口")


def image_fields(dice: random.Random, extension: str) -> JsonObject:
    """Return the fields of an image."""
    width, height = dice.choice(_SIZES)
    size = width * height // dice.randint(4, 12)
    fields: JsonObject = {"Size": size, "ImageWidth": width, "ImageHeight": height}
    fields["ImageScore"] = {"OverallQualityScore": ratio(dice)}
    fields["Labels"] = labels(dice)
    if extension in _WITH_EXIF:
        fields |= _camera_fields(dice, {"FileSize": str(size), "ImageWidth": str(width), "ImageHeight": str(height)})
    if dice.random() < 0.5:
        count = dice.randint(1, 3)
        fields |= {"Figures": [figure(dice, width, height) for _ in range(count)], "FigureCount": count}
    if dice.random() < 0.3:
        fields["OCRTexts"] = dice.choice(_TEXTS)
    if dice.random() < 0.3:
        fields["CroppingSuggestions"] = [
            {"AspectRatio": "2:3", "Confidence": ratio(dice), "Boundary": rectangle(dice, width, height)}
        ]
    return fields


def _camera_fields(dice: random.Random, exif: dict[str, str]) -> JsonObject:
    """Return what a camera writes: the time, sometimes the rotation and the place."""
    moment = datetime(2021, dice.randint(1, 12), dice.randint(1, 28), dice.randint(0, 23), dice.randint(0, 59), 17)
    exif["DateTimeOriginal"] = f"{moment:%Y:%m:%d %H:%M:%S}"
    fields: JsonObject = {"ProduceTime": f"{moment:%Y-%m-%dT%H:%M:%S}+08:00"}
    if dice.random() < 0.6:
        orientation = dice.choice((3, 6, 8))
        exif["Orientation"] = str(orientation)
        fields["Orientation"] = orientation
    if dice.random() < 0.5:
        fields |= _place_fields(dice)
    return fields | {"EXIF": write_json({name: {"value": value} for name, value in exif.items()})}


def _place_fields(dice: random.Random) -> JsonObject:
    place = dice.choice(_PLACES)
    address = {
        "Language": "en",
        "AddressLine": f"{place.township}, {place.district}, {place.city}, {place.country}",
        "Country": place.country,
        "Province": place.province,
        "City": place.city,
        "District": place.district,
        "Township": place.township,
    }
    return {"LatLong": f"{place.latitude:.6f},{place.longitude:.6f}", "Addresses": [address]}


def ratio(dice: random.Random) -> float:
    """Return a number from 0 to 1."""
    return round(dice.random(), 6)


def labels(dice: random.Random) -> list[JsonObject]:
    """Return one to three labels, each with its parent."""
    return [
        {
            "Language": "en",
            "LabelName": name,
            "LabelLevel": 2,
            "LabelConfidence": ratio(dice),
            "ParentLabelName": parent,
            "CentricScore": ratio(dice),
        }
        for name, parent in dice.sample(_LABELS, dice.randint(1, 3))
    ]


def rectangle(dice: random.Random, width: int, height: int) -> JsonObject:
    """Return a boundary that lies within a picture (IMM-FILE-BOUNDARY-XOR)."""
    left, top = dice.randrange(width // 2), dice.randrange(height // 2)
    return {"Width": width // 4, "Height": height // 4, "Left": left, "Top": top}


def figure(dice: random.Random, width: int, height: int) -> JsonObject:
    """Return a face with everything that is known of it (imm.md 8.6)."""
    clusters = ("figure-cluster-id-independent", "figure-cluster-id-unavailable", f"Cluster-{_uuid(dice)}")
    described = {
        "Gender": ("female", "male"),
        "Emotion": ("happiness", "none"),
        "Mouth": ("open", "close"),
        "Beard": ("beard", "none"),
        "Hat": ("hat", "none"),
        "Mask": ("mask", "none"),
        "Glasses": ("glasses", "sunglasses", "none"),
    }
    face: JsonObject = {
        "FigureId": _uuid(dice),
        "FigureConfidence": ratio(dice),
        "FigureClusterId": dice.choice(clusters),
        "FigureClusterConfidence": ratio(dice),
        "FigureType": "face",
        "Age": dice.randint(1, 90),
        "AgeSD": round(dice.uniform(0, 10), 2),
        "Boundary": rectangle(dice, width, height),
        "HeadPose": {name: round(dice.uniform(-30, 30), 6) for name in ("Pitch", "Roll", "Yaw")},
    }
    for name, values in described.items():
        face |= {name: dice.choice(values), f"{name}Confidence": ratio(dice)}
    return face | {name: ratio(dice) for name in ("FaceQuality", "Sharpness", "Attractive")}


def _uuid(dice: random.Random) -> str:
    return str(UUID(bytes=dice.randbytes(16), version=4))
