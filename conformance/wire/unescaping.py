"""Looking for a text in another one that may have escaped it in any way, several times over.

Whatever is escaped reads like what is not, once both are read in the same
way: URL, JSON, HTML and Python escapes, layer by layer. Each escape becomes
one byte, so that a place in what was read leads back to where it stood.
"""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from functools import lru_cache

_LAYERS = 4
"""As often is a text read that mixes kinds of escapes; one kind upon itself is read at once."""

_ESCAPE = re.compile(
    rb"\\+u(?P<code>[0-9a-fA-F]{4})|\\+x(?P<byte>[0-9a-fA-F]{2})|\\+(?P<plain>.)"
    rb"|%(?:25)*(?P<quoted>[0-9a-fA-F]{2})"
    rb"|&(?:amp;)*(?P<entity>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|quot|apos|lt|gt|sol|plus|equals);",
    re.DOTALL,
)
_STRANGE = re.compile(rb"[\x80-\xff]+")
_BEYOND = b"\x80"
"""Stands for all characters beyond ASCII, which each kind of escapes takes apart in another way."""

_ALIKE = bytes.maketrans(b"+\n\r\t\b\f\v\a", b" nrtbfva")
"""What is the same when it is read: a plus that stands for a blank, and what Python and JSON escape by a letter."""

_HEX = rb"(?:2[56]|3[0-9b]|[46][1-9a-fA-F]|5[0-9aAcC]|7[0-9aA])"
_HIDING = tuple(re.compile(pattern) for pattern in (rb"\\(?:u00|x)" + _HEX, rb"%" + _HEX, rb"&(?:amp;)*#"))
"""Escapes of letters and digits, and of what begins or ends another escape.

Each has a beginning of its own: a search for one of several beginnings takes ten times as long."""


def hides_words(data: bytes) -> bool:
    """Return whether letters or digits may be escaped in `data`, which few writers do."""
    return any(pattern.search(data) for pattern in _HIDING)


class Unescaped:
    """A text without its escapes; `find` tells where others are in the text as it was."""

    def __init__(self, data: bytes) -> None:
        self._layers: list[_Layer] = []
        while len(self._layers) < _LAYERS and (layer := _Layer(data, _ESCAPE)).found:
            self._layers.append(layer)
            data = layer.text
        self._layers.append(_Layer(data, _STRANGE))
        self.text = self._layers[-1].text.translate(_ALIKE)

    def find(self, sought: str) -> list[tuple[int, int]]:
        """Return beginning and end of each place where a text is, with the escapes that it has there."""
        read = _read(sought)
        return [(self._place(m.start()), self._place(m.end())) for m in re.finditer(re.escape(read), self.text)]

    def _place(self, at: int) -> int:
        for layer in reversed(self._layers):
            at = layer.place(at)
        return at


@lru_cache(maxsize=64)
def _read(sought: str) -> bytes:
    return Unescaped(sought.rstrip("\\").encode()).text  # a backslash at its end belongs to what follows


class _Layer:
    """A text without the outermost of its escapes, and where each of them was."""

    def __init__(self, data: bytes, escape: re.Pattern[bytes]) -> None:
        self._made, self._read = array("L", [0]), array("L", [0])
        text = bytearray()
        for found in escape.finditer(data):
            text += data[self._read[-1] : found.start()]
            text += _meaning(found)
            self._made.append(len(text))
            self._read.append(found.end())
        self.found = bool(text)
        self.text = bytes(text + data[self._read[-1] :])

    def place(self, at: int) -> int:
        """Return where a byte of the text was."""
        last = bisect_right(self._made, at) - 1
        return self._read[last] + at - self._made[last]


def _meaning(found: re.Match[bytes]) -> bytes:
    """Return what an escape stands for, as one byte."""
    kind, value = found.lastgroup, found[found.lastgroup or 0]
    if kind == "plain":
        return value
    if kind == "entity":
        character = html.unescape(f"&{value.decode()};")
        return character.encode() if len(character) == 1 and character.isascii() else _BEYOND
    code = int(value, 16) if kind else 0x80
    return bytes([code]) if code < 0x80 else _BEYOND
