"""Whether a value keeps a published schema, told in one sentence."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from reports.schemas import load_schema
from reports.text import line

_LONGEST = 300


@cache
def _validator(schema: str, definitions: tuple[str, ...]) -> jsonschema_rs.Draft202012Validator:
    whole = load_schema(schema)
    if definitions:  # of which an error tells more than of a choice between all of them
        of = [{"$ref": f"#/$defs/{name}"} for name in definitions]
        whole = {"$schema": whole["$schema"], "$defs": whole["$defs"], "allOf": of}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def misfit(value: Any, schema: str, *definitions: str) -> str:
    """Return what a published schema has against a value, empty if nothing.

    With names of its definitions the value must keep these.
    """
    try:
        error = next(_validator(schema, definitions).iter_errors(value), None)
    except UnicodeEncodeError:  # JSON can write half a surrogate pair, and a target may have sent one
        whole = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return misfit(whole, schema, *definitions)
    if error is None:
        return ""
    place = "/".join(map(str, error.instance_path)) or "the whole"
    return f"at {line(place, _LONGEST)}: {line(error.message, _LONGEST)}"
