"""What is wrong with a target file, in one sentence with its line and without anything that may be secret."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.target.urls import flaw_of_url, harmless
from conformance.wire.redaction import MASK
from reports.schemas import load_schema

_URLS = (("endpoints", "imm"), ("endpoints", "ice"), ("notifications", "mns_endpoint"))


def problem_of(text: str, data: dict[str, Any], folder: Path) -> str:
    """Return the first thing that is wrong with a target file, with its line; empty if nothing is.

    `folder` is where the files are that it names.
    """
    from jsonschema import Draft202012Validator  # slow to import

    error = next(iter(Draft202012Validator(load_schema("target")).iter_errors(data)), None)
    if error is not None:
        keys, problem = _described(error)
        return f"line {_line_of(text, keys)}: {problem}"
    keys, problem = next(_flaws(data, folder), ([], ""))
    return problem and f"line {_line_of(text, keys)}: {problem}"


def _flaws(data: dict[str, Any], folder: Path) -> Iterator[tuple[list[str], str]]:
    """Yield what a schema cannot say: the keys down to it, and a sentence about it."""
    for key, value in data.get("limits", {}).items():
        if not math.isfinite(value):
            yield ["limits", key], f"'limits.{key}' is {value}, expected a finite number"
    for section, key in _URLS:
        url = data.get(section, {}).get(key, "")
        if url and (flaw := flaw_of_url(url)):
            yield [section, key], f"{section}.{key} '{harmless(url)}' {flaw}"
    named = data["endpoints"].get("ca_file", "")
    if named and not (folder / named).is_file():
        why = "is not a file" if (folder / named).exists() else "does not exist"
        yield ["endpoints", "ca_file"], f"endpoints.ca_file '{named}' {why}"


def _described(error: Any) -> tuple[list[str], str]:
    """Return the keys down to what is wrong, and a sentence about it."""
    keys = [str(part) for part in error.absolute_path]
    where = f" in [{'.'.join(keys)}]" if keys else ""
    if error.validator == "additionalProperties":
        unknown = min(set(error.instance) - set(error.schema["properties"]))
        known = ", ".join(sorted(error.schema["properties"]))
        name = "an unknown key" if keys == ["credentials"] else f"unknown key '{harmless(unknown)}'"
        return [*keys, unknown], f"{name}{where}; expected one of {known}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return keys, f"the key '{missing}' is missing{where}"
    value = _shown(error.instance, keys)
    return keys, f"'{'.'.join(keys)}' is {value}, expected {_wanted(error.validator, error.validator_value)}"


def _shown(value: Any, keys: list[str]) -> str:
    """Return a value for an error text, as far as it can hold no secret."""
    if keys[:1] == ["credentials"]:
        return MASK
    if isinstance(value, dict):
        return f"a table of {', '.join(value) or 'nothing'}"
    if isinstance(value, list):
        return "an array"
    return repr(harmless(value) if isinstance(value, str) else value)


def _wanted(validator: Any, wanted: Any) -> str:
    if validator == "anyOf":
        return " or ".join(" with ".join(choice["required"]) for choice in wanted)
    words = {
        "type": f"a value of type {wanted}",
        "enum": f"one of {', '.join(map(str, wanted)) if validator == 'enum' else ''}",
        "pattern": f"text that matches {wanted}",
        "dependentRequired": "'mns_endpoint' and 'queue' together",
    }
    return words.get(str(validator), f"{validator} {wanted}")


def _line_of(text: str, keys: list[str]) -> int:
    """Return the line on which the last of `keys` is written, or else the one before it."""
    names = [k for k in keys if not k.isdigit()]
    while names:
        line = _line_of_key(text, names)
        if line:
            return line
        names.pop()
    return 1


def _line_of_key(text: str, names: list[str]) -> int:
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            section = header[1]
            if section == ".".join(names):
                return number
        elif section == ".".join(names[:-1]) and re.match(rf"\s*\"?{re.escape(names[-1])}\"?\s*=", line):
            return number
    return 0
