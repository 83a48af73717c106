"""Names of projects, datasets and buckets, and keys of objects."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from hypothesis import strategies as st

from strategies._parts import (
    DIGITS,
    LOWER,
    UPPER,
    check_range,
    cut,
    of_bytes,
    of_length,
    plain_text,
    sizes,
)

MAX_KEY_BYTES = 1023
"""The longest object key of OSS, in bytes of UTF-8 (IMM-URI-OBJECT-NAME)."""

_NAME_START = LOWER + UPPER + "_"
_NAME = _NAME_START + DIGITS + "-"
_FRAGMENTS = (
    "photo",
    "a b",
    "a  b ",
    "a+b",
    "%20",
    "%",
    "%zz",
    "%2F",
    "%25",
    '"quoted"',
    "it's",
    "back\\slash",
    "dir/",
    "a//b",
    "./",
    "../",
    "?x=1",
    "#top",
    "a&b",
    "a=b",
    "a,b",
    "a;b",
    "[0]",
    "{x}",
    "<b>",
    "$HOME",
    "`id`",
    "*",
    "~",
    "null",
    "\N{CAT FACE}",
    "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
    "שלום",
    "مرحبا",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj",
    "e\N{COMBINING ACUTE ACCENT}",
    "Z\N{COMBINING TILDE}\N{COMBINING DIAERESIS}",
    "é",
    "照片",
    "\N{FULLWIDTH LATIN SMALL LETTER A}",
    "İ",
    "ß",
    "\N{NO-BREAK SPACE}",
    "\N{ZERO WIDTH SPACE}",
    "\N{LINE SEPARATOR}",
)
_ENDINGS = ("", ".jpg", ".JPG", ".mp4", ".tar.gz", ".", ".照片")
_CONTROLS = ("\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\x85")


def _resource_names() -> st.SearchStrategy[str]:
    return st.builds(
        lambda first, rest, size: first + of_length(rest, size - 1),
        st.sampled_from(_NAME_START),
        st.text(_NAME, min_size=1, max_size=4),
        sizes(1, 128),
    )


def project_names() -> st.SearchStrategy[str]:
    """Draw valid project names: 1 to 128 characters (IMM-COM-PROJECT-NAME).

    The bounds are drawn explicitly.
    """
    return _resource_names()


def dataset_names() -> st.SearchStrategy[str]:
    """Draw valid dataset names: 1 to 128 characters (IMM-COM-DATASET-NAME)."""
    return _resource_names()


def bucket_names() -> st.SearchStrategy[str]:
    """Draw valid bucket names: 3 to 63 characters (IMM-URI-BUCKET-NAME).

    The bounds are drawn explicitly.
    """
    ends = st.sampled_from(LOWER + DIGITS)
    return st.builds(
        lambda first, inner, last, size: first + of_length(inner, size - 2) + last,
        ends,
        st.text(LOWER + DIGITS + "-", min_size=1, max_size=5),
        ends,
        sizes(3, 63),
    )


def object_keys(
    min_bytes: int = 1,
    max_bytes: int = MAX_KEY_BYTES,
    *,
    control_characters: bool = False,
) -> st.SearchStrategy[str]:
    r"""Draw valid object keys of `min_bytes` to `max_bytes` bytes in UTF-8.

    Among them are spaces, plus signs, percent signs, quotes, backslashes,
    emoji, right-to-left text, combining characters and what is special in a
    query; both bounds are drawn explicitly, also with a multi-byte character
    at the end. No key starts with `/` or `\` (IMM-URI-OBJECT-NAME). Control
    characters come only if asked for; surrogates never.
    """
    check_range("min_bytes", min_bytes, 1, MAX_KEY_BYTES)
    check_range("max_bytes", max_bytes, min_bytes, MAX_KEY_BYTES)
    fragments = _FRAGMENTS + (_CONTROLS if control_characters else ())
    part = st.one_of(st.sampled_from(fragments), plain_text())
    free = st.builds(
        lambda parts, ending: _within("".join(parts) + ending, min_bytes, max_bytes),
        st.lists(part, min_size=1, max_size=3),
        st.sampled_from(_ENDINGS),
    )
    exact = st.builds(
        lambda text, size, end: of_bytes(_startable(text), size, end),
        part,
        st.sampled_from((min_bytes, max_bytes)),
        st.sampled_from(("", ".jpg", "é", "片", "\N{CAT FACE}")),
    )
    return st.one_of(free, free, exact)


def _startable(text: str) -> str:
    return text.lstrip("/\\") or "a"


def _within(text: str, min_bytes: int, max_bytes: int) -> str:
    key = cut(_startable(text), max_bytes)
    return key if len(key.encode()) >= min_bytes else of_bytes(key, min_bytes)


_TWISTS: dict[str, tuple[str, str]] = {
    "case": ("photo", "Photo"),
    "case beyond ASCII": ("straße", "STRASSE"),
    "composed and decomposed": ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\u0301"),
    "compatible forms": ("file", "\N{LATIN SMALL LIGATURE FI}le"),
    "two signs for one letter": ("\N{ANGSTROM SIGN}", "Å"),
    "space and plus": ("a b", "a+b"),
    "space and percent": ("a b", "a%20b"),
    "space at the end": ("a", "a "),
    "doubled slash": ("x/y", "x//y"),
}


def near_collisions() -> st.SearchStrategy[tuple[str, str]]:
    """Draw two different keys that a careless comparison takes for one.

    They differ by case, by Unicode normalisation, by escaping or by a space
    (IMM-URI-KEY-CASE: such keys are two files).
    """
    stems = st.text(LOWER, max_size=5)
    named = st.builds(
        lambda stem, pair, end: (stem + pair[0] + end, stem + pair[1] + end),
        stems,
        st.sampled_from(list(_TWISTS.values())),
        st.sampled_from(("", ".jpg")),
    )
    return st.one_of(named, _changed(str.upper), _changed(_decomposed))


def _changed(change: Callable[[str], str]) -> st.SearchStrategy[tuple[str, str]]:
    """Draw a key and its changed twin, which differs from it."""
    letters = st.sampled_from(("a", "é", "ñ", "ö"))
    return st.builds(
        lambda letter, rest: (f"é{rest}{letter}", change(f"é{rest}{letter}")),
        letters,
        st.text(LOWER, max_size=5),
    )


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)
