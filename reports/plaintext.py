"""Text of a target made fit for a terminal, a log and a sentence."""

from __future__ import annotations

import unicodedata

_UNFIT = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
LONGEST = 400


def plain(text: str, longest: int = LONGEST) -> str:
    """Return `text` on one line, cut short, with what controls a display written as escapes.

    Control, format (writing direction) and private characters, surrogates
    and line separators cannot move a cursor, hide text or break a line.
    """
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(_escaped(c) if unicodedata.category(c) in _UNFIT else c for c in cut)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
