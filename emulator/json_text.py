"""Strict reading and compact writing of JSON text."""

import json
import math
from typing import Never

JsonObject = dict[str, object]


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


def write_json(value: object) -> str:
    """Return compact JSON text; non-ASCII characters stay as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
