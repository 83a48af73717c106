"""Texts of targets made fit to be shown: nothing invisible, nothing endless."""

from __future__ import annotations

import re

LONGEST = 2000
SHORT = 400
_REORDERING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2064\ufeff\ufff9-\ufffb"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_HIDDEN = re.compile(f"[{_CONTROLS}{_REORDERING}{_INVISIBLE}]")


def visible(text: str) -> str:
    """Return `text` with every character that cannot be seen, or that moves others, named by its number."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n").replace("\r", "⟨U+000D⟩"))


def clip(text: str, longest: int = LONGEST) -> str:
    """Return `text`, or its beginning and how long it is."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def shown(text: str, longest: int = LONGEST) -> str:
    """Return what of a text is shown: clipped, with nothing invisible in it."""
    return visible(clip(text, longest))


def line(text: str, longest: int = SHORT) -> str:
    """Return what is shown of a text where it must be one line."""
    return " ".join(shown(text, longest).split())
