"""Strict reading and compact writing of JSON text."""

import json
import math
from typing import Any, Final, Never

JsonObject = dict[str, object]

_COMPACT: Final[dict[str, Any]] = {"ensure_ascii": False, "allow_nan": False, "separators": (",", ":")}


def read_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises ValueError for anything that could not be sent back as JSON in UTF-8: NaN, infinities, lone surrogates,
    and nesting too deep to be processed.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("the nesting is too deep") from None
    return value


def _refuse_constant(text: str) -> Never:
    raise ValueError(f'"{text}" is not JSON')


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f'"{text}" is out of range')
    return number


def write_json(value: object, **layout: Any) -> str:
    """Return JSON text, compact and with non-ASCII characters as they are unless ``layout`` says otherwise."""
    return json.dumps(value, **(_COMPACT | layout))
