"""Values around each keyword, inside and outside, named, without chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from strategies._known import known, mutations
from strategies._regex import longest, shortest
from strategies._relatives import grown
from strategies._samples import sample, with_length
from strategies._sites import Site
from strategies._validity import broken, types
from strategies._values import ABSENT, RawText, compact

Expect = Literal["accepts", "refuses"]

FAR_ITEMS = 20
"""How far beyond its limit a list goes: so much longer, a request line still
fits into what common servers read."""

_TIMES_INSIDE = {
    "UTC": "2024-05-01T12:00:00Z",
    "with offset": "2024-05-01T12:00:00+08:00",
    "1 fraction digit": "2024-05-01T12:00:00.5Z",
    "9 fraction digits": "2024-05-01T12:00:00.123456789+08:00",
    "leap day": "2024-02-29T00:00:00Z",
}
_TIMES_OUTSIDE = {
    "date only": "2024-05-01",
    "without zone": "2024-05-01T12:00:00",
    "month 13": "2024-13-01T12:00:00Z",
    "no leap year": "2023-02-29T12:00:00Z",
    "hour 24": "2024-05-01T24:00:01Z",
    "space between": "2024-05-01 12:00:00 Z",
    "seconds since 1970": "1714536000",
    "trailing newline": "2024-05-01T12:00:00Z\n",
    "words": "yesterday",
}
_RANGES = {"int32": 2**31, "int64": 2**63}
_BOOLEANS = {"word": "maybe", "number": "2", "array": "[true]", "object": '{"a":1}'}


@dataclass(frozen=True, slots=True)
class Variant:
    """One value for a place, on one side of a keyword.

    `says` completes "the place ..."; `twin` is the value of the control where
    that is not the value that the place already had, and `instead` what the
    control says.
    """

    label: str
    expect: Expect
    value: Any
    says: str
    twin: Any = ABSENT
    instead: str = ""


def _inside(label: str, value: Any, says: str) -> Variant:
    return Variant(label, "accepts", value, says)


def _outside(label: str, value: Any, says: str, twin: Any = ABSENT, instead: str = "") -> Variant:
    return Variant(label, "refuses", value, says, twin, instead)


def _type(site: Site, value: Any) -> Iterator[Variant]:
    if site.is_parameter and site.parameter.encoding == "boolean":
        yield _inside("true", True, "is true")
        yield _inside("false", False, "is false")
        for label, text in _BOOLEANS.items():
            yield _outside(label, RawText(text), f"is {text} instead of a boolean")
        return
    expected = " or ".join(t for t in types(site.node.schema) if t != "null")
    yield _inside(expected, value, f"is of type {expected}")
    for label, other in _of_other_types(value, free=not site.node.members).items():
        name = f"{label} instead of {expected}"
        yield _outside(name, other, f"is {compact(other)[:60]}, {name}")
    if site.is_parameter:
        text = compact(value)[:-1]
        yield _outside("broken JSON", RawText(text), "is JSON text without its end")


def _of_other_types(value: Any, *, free: bool) -> dict[str, Any]:
    """Return one value of each type, what a reader that helps itself would make the right one of first.

    What is a `free` object has no member that its text could be.
    """
    first = value[0] if isinstance(value, list) and value else ABSENT
    text = {"string": compact(value) if free and isinstance(value, dict) else _text_for(value, first)}
    item = {"object": first if isinstance(first, dict) else {"0": value if first is ABSENT else first}}
    likely = item if isinstance(first, dict) else text if isinstance(value, dict | list) else {}
    return {**likely, "integer": 7, "array": [value], **item, **text, "number": 1.5, "boolean": True}


def _text_for(value: Any, first: Any) -> str:
    """Return the text that may stand for a value: what it is about, else its JSON."""
    texts = [text for text in value.values() if isinstance(text, str)] if isinstance(value, dict) else [first]
    return texts[0] if texts and isinstance(texts[0], str) else compact(value)


def _enum(site: Site, value: Any) -> Iterator[Variant]:
    for allowed in site.node.schema["enum"]:
        yield from _listed(allowed)
    yield from _not_listed(value if isinstance(value, str) else "")
    first = site.node.schema["enum"][0]
    yield from _not_listed(first)


def _const(site: Site, _: Any) -> Iterator[Variant]:
    wanted = site.node.schema["const"]
    yield from _listed(wanted)
    yield from _not_listed(wanted)


def _listed(allowed: Any) -> Iterator[Variant]:
    label = allowed if isinstance(allowed, str) else compact(allowed)
    yield _inside(label or "empty text", allowed, f"is {compact(allowed)}")


def _not_listed(listed: Any) -> Iterator[Variant]:
    if isinstance(listed, int | float):
        yield _outside("unlisted value", 987654, "is 987654, which is not listed")
    elif isinstance(listed, str):
        yield _outside("unlisted value", "Unlisted", 'is "Unlisted", not a listed value')
        for label, text in (("wrong case", listed.swapcase()), ("spaces", f" {listed} ")):
            says = f"is {compact(text)} ({label})"
            yield _outside(label, text, says, listed, compact(listed))


def _pattern(site: Site, value: Any) -> Iterator[Variant]:
    pattern = site.node.schema["pattern"]
    yield _inside("as given", value, f"is {compact(value)}")
    format_ = known(site.node.schema)
    if format_ is None:
        for label, text in {"shortest": shortest(pattern), "longest": longest(pattern)}.items():
            if text is not None:
                yield _inside(label, text, f"is {_short(text)}")
        outside = mutations(str(value))
    else:
        for label, text in format_.inside(str(value)).items():
            yield _inside(label, text, f"is {_short(text)}")
        outside = format_.outside(str(value))
    for label, text in outside.items():
        yield _outside(label, text, f"is {_short(text)} ({label})")


def _short(text: str) -> str:
    shown = compact(text)
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(text)} characters)"


def _format(site: Site, value: Any) -> Iterator[Variant]:
    name = site.node.schema["format"]
    if name == "date-time":
        for label, text in _TIMES_INSIDE.items():
            yield _inside(label, text, f"is {compact(text)}")
        for label, text in _TIMES_OUTSIDE.items():
            yield _outside(label, text, f"is {compact(text)} ({label})")
        return
    limit = _RANGES[name]
    yield _inside("as given", value, f"is {value}")
    for number in (-limit, limit - 1):
        yield _inside(str(number), number, f"is {number}")
    for number, twin in ((-limit - 1, -limit), (limit, limit - 1)):
        yield _outside(str(number), number, f"is {number}", twin, str(twin))


def _bytes(text: str) -> int:
    return len(text.encode())


def _sized(site: Site, value: Any, size: int, unit: str, is_inside: bool) -> Any:
    """Return a text of a size that breaks as few keywords as it can, or ABSENT."""
    best: Any = ABSENT
    fewest = len(site.node.keywords) + 1
    for text in with_length(site.node, str(value), size, _bytes if unit == "byte" else len):
        breaks = len(broken(site.node, text))
        if breaks < fewest:
            best, fewest = text, breaks
        if fewest == (0 if is_inside else 1):
            break
    return best


def _lengths(site: Site, value: Any, inside: list[int], outside: list[int], unit: str) -> Iterator[Variant]:
    """Yield texts of the sizes; the twin of those outside is the last inside."""
    instead = ""
    twin: Any = ABSENT
    for size in inside:
        text, label = _sized(site, value, size, unit, True), _counted(size, unit)
        yield _inside(label, text, f"has {label}")
        if text is not ABSENT and not broken(site.node, text):
            instead, twin = label, text
    for size in outside:
        text, label = _sized(site, value, size, unit, False), _counted(size, unit)
        yield _outside(label, text, f"has {label}", twin, instead)


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _max_length(site: Site, value: Any) -> Iterator[Variant]:
    most = site.node.schema["maxLength"]
    yield from _lengths(site, value, [1, most - 1, most], [most + 1, most * 2], "character")


def _min_length(site: Site, value: Any) -> Iterator[Variant]:
    least = site.node.schema["minLength"]
    yield from _lengths(site, value, [least + 1, least], [least - 1, 0], "character")


def _max_bytes(site: Site, value: Any) -> Iterator[Variant]:
    """Yield texts around the limit; the first outside has few characters, so that it tells bytes from them."""
    most = site.node.schema["x-maxBytes"]
    plain = list(_lengths(site, value, [1, most - 1, most], [most + 1, most * 2], "byte"))
    full = "é" * (most // 2) + "a" * (most % 2)
    over = f"{full}a"
    says = f"has {most + 1} bytes in {len(over)} characters"
    yield from (variant for variant in plain if variant.expect == "accepts")
    yield _inside(f"{most} bytes, multi-byte", full, f"has {most} bytes in {len(full)} characters")
    yield _outside(f"{most + 1} bytes, multi-byte", over, says, full, f"{most} bytes")
    yield from (variant for variant in plain if variant.expect == "refuses")


def _items(site: Site, value: Any, inside: list[int], outside: list[int]) -> Iterator[Variant]:
    given = value if isinstance(value, list) else []
    for count in inside:
        items, label = _exactly(site, given, count), _counted(count, "item")
        yield _inside(label, items, f"has {label}")
    twin = _exactly(site, given, inside[-1])
    for count in outside:
        items, label = _exactly(site, given, count), _counted(count, "item")
        yield _outside(label, items, f"has {label}", twin, str(inside[-1]))


def _exactly(site: Site, items: list[Any], count: int) -> Any:
    if count < 0:
        return ABSENT
    item = site.node.item
    if not items:
        items = ["sample" if item is None else sample(item)]
    return grown(item, items, count)


def _max_items(site: Site, value: Any) -> Iterator[Variant]:
    most = site.node.schema["maxItems"]
    yield from _items(site, value, [1, most - 1, most], [most + 1, most + min(most, FAR_ITEMS)])


def _min_items(site: Site, value: Any) -> Iterator[Variant]:
    least = site.node.schema["minItems"]
    yield from _items(site, value, [least + 1, least], [least - 1, 0])


def _numbers(inside: list[Any], outside: list[Any]) -> Iterator[Variant]:
    for number in inside:
        yield _inside(str(number), number, f"is {number}")
    for number in outside:
        yield _outside(str(number), number, f"is {number}", inside[0], str(inside[0]))


def _minimum(site: Site, _: Any) -> Iterator[Variant]:
    least = site.node.schema["minimum"]
    yield from _numbers([least, least + 1], [least - 1, least - 1000])


def _maximum(site: Site, _: Any) -> Iterator[Variant]:
    most = site.node.schema["maximum"]
    yield from _numbers([most, most - 1], [most + 1, most + 1000])


MAKERS: dict[str, Callable[[Site, Any], Iterator[Variant]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minLength": _min_length,
    "maxLength": _max_length,
    "x-maxBytes": _max_bytes,
    "minItems": _min_items,
    "maxItems": _max_items,
    "minimum": _minimum,
    "maximum": _maximum,
}
