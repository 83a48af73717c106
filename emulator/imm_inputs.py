"""Reading of the structures InputFile and Notification (imm.md 8.2 and 8.3)."""

from collections.abc import Callable
from typing import Final

from emulator.context import Context
from emulator.json_text import JsonObject
from emulator.names import MEDIA_TYPES, is_lat_long, is_mime_type, is_pds, oss_file
from emulator.params import Params, json_type
from emulator.times import is_rfc3339

_FREE_TEXTS: Final = (
    "CustomId",
    "FileHash",
    "Title",
    "Artist",
    "AlbumArtist",
    "Composer",
    "Performer",
    "Album",
)
_RULED_TEXTS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "MediaType": (MEDIA_TYPES.__contains__, f"one of {', '.join(sorted(MEDIA_TYPES))}"),
    "ContentType": (is_mime_type, "a MIME type"),
    "LatLong": (is_lat_long, "latitude,longitude"),
    "ProduceTime": (is_rfc3339, "an RFC 3339 time"),
}
_ADDRESS_TEXTS: Final = ("Language", "AddressLine", "Country", "Province", "City", "District", "Township")
_LABEL_TEXTS: Final = ("Language", "LabelName", "ParentLabelName", "LabelAlias")
_LABEL_RATIOS: Final = ("LabelConfidence", "CentricScore")
_FIGURE_TEXTS: Final = ("FigureId", "FigureClusterId", "FigureType")
_FIGURE_TYPES: Final = ("", "face")


class _Members:
    """The members of one JSON object inside a parameter; null counts as not given."""

    def __init__(self, params: Params, path: str, value: object) -> None:
        self._params = params
        self._path = path
        self._value = params.as_object(path, value)

    def text(self, name: str) -> str:
        value = self._value.get(name)
        if value is not None and not isinstance(value, str):
            raise self.invalid(name, f"expected a string, found {json_type(value)}")
        return value or ""

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise self._params.errors.missing(f"{self._path}.{name}")
        return value

    def ratio(self, name: str) -> float | None:
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.invalid(name, "expected a number from 0 to 1")
        return value

    def raw(self, name: str) -> object:
        return self._value.get(name)

    def child(self, name: str) -> "_Members":
        return _Members(self._params, f"{self._path}.{name}", self._value[name])

    def mapping(self, name: str) -> JsonObject | None:
        value = self._value.get(name)
        return None if value is None else self._params.as_object(f"{self._path}.{name}", value)

    def items(self, name: str) -> list["_Members"]:
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.invalid(name, f"expected an array, found {json_type(value)}")
        return [_Members(self._params, f"{self._path}.{name}[{index}]", item) for index, item in enumerate(value)]

    def texts(self, names: tuple[str, ...]) -> JsonObject:
        return {name: text for name in names if (text := self.text(name))}

    def invalid(self, name: str, expected: str) -> Exception:
        return self._params.errors.invalid(f"{self._path}.{name}", expected)


def read_input_file(params: Params, path: str, value: object, context: Context) -> JsonObject:
    """Return the members of an InputFile that were given, checked.

    Empty texts and empty arrays mean "not given" (IMM-BIFM-EMPTY-ARRAYS); Figures are checked and otherwise ignored,
    because they only matter for updates. ``path`` names the value in error texts.
    """
    members = _Members(params, path, value)
    read = {"URI": _read_uri(members, context)} | members.texts(_FREE_TEXTS) | _ruled_texts(members)
    read |= _read_pds_members(members, context)
    labels = members.mapping("CustomLabels")
    if labels is not None:
        read["CustomLabels"] = labels
    for item in members.items("Figures"):
        _check_figure(item)
    arrays = {
        "Labels": [_read_label(item) for item in members.items("Labels")],
        "Addresses": [item.texts(_ADDRESS_TEXTS) for item in members.items("Addresses")],
    }
    return read | {name: items for name, items in arrays.items() if items}


def _read_uri(members: _Members, context: Context) -> str:
    uri = members.required("URI")
    if not is_pds(uri) and oss_file(uri, context.limits) is None:
        raise members.invalid("URI", f'expected an OSS file URI or a PDS URI, found "{uri}"')
    return uri


def _read_pds_members(members: _Members, context: Context) -> JsonObject:
    if is_pds(members.text("URI")):
        members.required("FileHash")
    uri = members.text("OSSURI")
    if not uri:
        return {}
    if not is_pds(members.text("URI")):
        raise members.invalid("OSSURI", "expected only for a PDS URI")
    if oss_file(uri, context.limits) is None:
        raise members.invalid("OSSURI", f'expected an OSS file URI, found "{uri}"')
    return {"OSSURI": uri}


def _ruled_texts(members: _Members) -> JsonObject:
    read: JsonObject = {}
    for name, (is_valid, expected) in _RULED_TEXTS.items():
        text = members.text(name)
        if text and not is_valid(text):
            raise members.invalid(name, f'expected {expected}, found "{text}"')
        if text:
            read[name] = text
    return read


def _check_figure(members: _Members) -> None:
    members.texts(_FIGURE_TEXTS)
    figure_type = members.text("FigureType")
    if figure_type not in _FIGURE_TYPES:
        raise members.invalid("FigureType", f'expected "face", found "{figure_type}"')


def _read_label(members: _Members) -> JsonObject:
    label = members.texts(_LABEL_TEXTS)
    label |= {name: ratio for name in _LABEL_RATIOS if (ratio := members.ratio(name)) is not None}
    level = members.raw("LabelLevel")
    if level is not None:
        if isinstance(level, bool) or level not in (1, 2, 3) or not isinstance(level, int):
            raise members.invalid("LabelLevel", "expected 1, 2 or 3")
        label["LabelLevel"] = level
    ranges = [_time_range(item) for item in members.items("Clips")]
    # An answer has two numbers in each range (IMM-FILE-TIMERANGE), so only such clips are kept.
    clips = [{"TimeRange": numbers} for numbers in ranges if len(numbers) == 2 and numbers[0] <= numbers[1]]
    return label | ({"Clips": clips} if clips else {})


def _time_range(members: _Members) -> list[int]:
    """Return the numbers of a clip; no source says how many a request has to give."""
    value = members.raw("TimeRange")
    if value is None:
        return []
    numbers = [item for item in value if type(item) is int] if isinstance(value, list) else []
    if not isinstance(value, list) or len(numbers) != len(value):
        raise members.invalid("TimeRange", "expected an array of whole numbers")
    return numbers


def read_notification(params: Params, context: Context) -> str:
    """Return the MNS topic that Notification names, empty if none; refuses an incomplete Notification.

    RocketMQ settings are checked and otherwise ignored: this server delivers to MNS topics only.
    """
    members = _Members(params, "Notification", params.mapping("Notification"))
    uri = members.text("ExtendedMessageURI")
    if uri and oss_file(uri, context.limits) is None:
        raise members.invalid("ExtendedMessageURI", f'expected an OSS file URI, found "{uri}"')
    if members.mapping("RocketMQ") is not None:
        queue = members.child("RocketMQ")
        queue.required("InstanceId")
        queue.required("TopicName")
    return members.child("MNS").required("TopicName") if members.mapping("MNS") is not None else ""
