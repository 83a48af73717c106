"""Waivers: known gaps of a target, each with a reason, an owner and an end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from unicodedata import category

from reports.globs import matches
from reports.schemas import load_schema
from reports.toml_files import TomlFileError, read_toml

_ENTRY = re.compile(r"\s*\[\[\s*\"?waiver\"?\s*\]\]")
_DRAFT_DAYS = 90
_EMPTY = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that show nothing
_WANTED = {
    "date": "a date like 2027-01-31",
    "minLength": "a text that is not empty",
    "visible": "a text that can be seen",
}


class WaiverError(Exception):
    """A waiver file cannot be used; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry: what it waives, why, who answers for it, and the last day it holds.

    `observed`, if given, is a glob of the only wrong behaviour that it waives.
    """

    requirement: str
    reason: str
    owner: str
    expires: str
    observed: str = ""
    line: int = 1

    def covers(self, requirement: str, observed: str, day: str) -> bool:
        """Return whether what was observed of a requirement on a day is waived."""
        return self.holds(day) and matches(requirement, (self.requirement,)) and self.expects(observed)

    def holds(self, day: str) -> bool:
        """Return whether the waiver has not expired on a day (ISO 8601; empty: no day in particular)."""
        return not day or self.expires >= day

    def expects(self, observed: str) -> bool:
        """Return whether this is the wrong behaviour that is waived, if only one is."""
        return not self.observed or fnmatchcase(observed, self.observed.replace("[", "[[]"))


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one waiver: the ids that it waives, and the problem if it is stale."""

    waiver: Waiver
    waived: tuple[str, ...]
    problem: str

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the report."""
        return {**asdict(self.waiver), "waived": list(self.waived), "problem": self.problem}


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read a waiver file. Raises WaiverError with a sentence for the user."""
    try:
        text, data = read_toml(path)
    except TomlFileError as error:
        msg = f"waiver file '{path}' {error}"
        raise WaiverError(msg) from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _ENTRY.match(line)]
    _check(path, _as_json(data), text, lines)
    entries = data.get("waiver", [])
    places = lines if len(lines) == len(entries) else [1] * len(entries)
    return tuple(Waiver(**_as_json(entry), line=line) for entry, line in zip(entries, places, strict=True))


def _as_json(value: Any) -> Any:
    """Return a TOML value with dates as text."""
    if isinstance(value, dict):
        return {k: _as_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_json(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _check(path: Path, data: Mapping[str, Any], text: str, lines: Sequence[int]) -> None:
    """Raise WaiverError for the first thing that is wrong, with its line."""
    from jsonschema import Draft202012Validator, FormatChecker  # slow to import

    formats = FormatChecker(("date",))
    formats.checks("visible")(_is_visible)
    checker = Draft202012Validator(load_schema("waivers"), format_checker=formats)
    error = next(iter(checker.iter_errors(data)), None)
    if error is None:
        return
    keys = list(error.absolute_path)
    at = lines[keys[1]] if len(keys) > 1 and isinstance(keys[1], int) and keys[1] < len(lines) else 1
    name, problem = _described(error, keys)
    msg = f"waiver file '{path}', line {_line_of(text, at, name)}: {problem}"
    raise WaiverError(msg)


def _is_visible(value: object) -> bool:
    """Return whether a text has a character that can be seen; what is no text is no matter of this format."""
    return not isinstance(value, str) or any(category(c)[0] in "LNPS" and c not in _EMPTY for c in value)


def _described(error: Any, keys: Sequence[Any]) -> tuple[str, str]:
    """Return the key that is wrong, and a sentence about it."""
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = min(set(error.instance) - set(known))
        return unknown, f"unknown key '{unknown}', expected one of {', '.join(known)}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        return "", f"the key '{missing}' is missing"
    name = str(keys[-1]) if keys else "waiver"
    broken = error.validator_value if error.validator == "format" else error.validator
    expected = _WANTED.get(str(broken), f"{error.validator} {error.validator_value}")
    return name, f"'{name}' is {error.instance!r}, expected {expected}"


def _line_of(text: str, start: int, name: str) -> int:
    """Return the line of a key in the entry that begins at `start`."""
    lines = text.splitlines()
    for number in range(start, len(lines)):
        if _ENTRY.match(lines[number]):
            break
        if name and re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", lines[number]):
            return number + 1
    found = [n for n, line in enumerate(lines, 1) if name and re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", line)]
    return found[0] if start == 1 and found else start


def apply_waivers(
    waivers: Iterable[Waiver], requirements: Sequence[Mapping[str, Any]], day: str
) -> tuple[Applied, ...]:
    """Return what each waiver waives of the report's `requirements` on `day` (ISO 8601)."""
    return tuple(_applied(waiver, requirements, day) for waiver in waivers)


def _applied(waiver: Waiver, requirements: Sequence[Mapping[str, Any]], day: str) -> Applied:
    matched = [r for r in requirements if matches(r["id"], (waiver.requirement,))]
    broken = [r for r in matched if r["outcome"] == "violates"]
    waived = tuple(r["id"] for r in broken if all(waiver.expects(f["observed"]) for f in r["findings"]))
    problem = _problem(waiver, matched, broken, waived, day)
    return Applied(waiver, waived if waiver.holds(day) else (), problem and f"line {waiver.line}: {problem}")


def _problem(
    waiver: Waiver,
    matched: Sequence[Mapping[str, Any]],
    broken: Sequence[Mapping[str, Any]],
    waived: Sequence[str],
    day: str,
) -> str:
    """Return why a waiver is stale, or an empty text."""
    if not matched:
        return f"'{waiver.requirement}' matches no requirement"
    if not waiver.holds(day):
        return f"the waiver of '{waiver.requirement}' expired on {waiver.expires}"
    if not broken and any(r["outcome"] == "conforms" for r in matched):
        return f"'{waiver.requirement}' now conforms; remove the waiver"
    other = next((r for r in broken if r["id"] not in waived), None)
    if other is not None:
        seen = next(f["observed"] for f in other["findings"] if not waiver.expects(f["observed"]))
        return f"'{other['id']}' is broken in another way than '{waiver.observed}': {seen}"
    return ""


def draft(report: Mapping[str, Any], *, strict: bool) -> str:
    """Return a waiver file for what a run found broken, to be filled in by its owner."""
    levels = ("MUST", "SHOULD") if strict else ("MUST",)
    broken = [r for r in report["requirements"] if r["outcome"] == "violates" and r["level"] in levels]
    day = date.fromisoformat(report["run"]["started"][:10])
    expires = day + timedelta(days=_DRAFT_DAYS)
    head = f"# Drafted from a run against {json.dumps(report['target']['name'])} on {day}: say why, and who answers.\n"
    return head + "".join(_entry(r, day, expires) for r in broken)


def _entry(requirement: Mapping[str, Any], day: date, expires: date) -> str:
    finding = requirement["findings"][0]
    return (
        f"\n[[waiver]]\nrequirement = {json.dumps(requirement['id'])}\n"
        f'reason = "known gap when it was drafted on {day}"\nowner = "unassigned"\nexpires = {expires}\n'
        f"# observed = {json.dumps(finding['observed'])}\n"
    )
