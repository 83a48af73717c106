"""A finding taken apart for two panes: the control and the probe, with what differs marked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.difference import ABSENT
from reports.summary import Entry
from reports.text import clip, shown

LONGEST = 1600
LONGEST_COMMAND = 16_000
_STATUS = re.compile(r"(HTTP \d{3}) (.*)", re.DOTALL)
_PLACE = re.compile(r"\$(?:\.\w+|\[\d+\])+")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_SENTINEL = "\ue000the place\ue000"
_HEAD = re.compile(r"[^.\[]+")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter as text in three pieces, of which the middle one is marked."""

    name: str
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One request with its answer; `raw` is the request where it cannot be taken apart.

    `body`, `marked` and `rest` are the answer's body in three pieces.
    """

    title: str
    operation: str
    values: tuple[Value, ...]
    raw: str
    status: str
    body: str
    marked: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line; `whole` says that what is shown is exactly what would be copied."""

    name: str
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is shown of one finding."""

    finding: Entry
    panes: tuple[Pane, ...]
    changes: Sequence[Mapping[str, str]]
    commands: tuple[Command, ...]


def evidence_of(finding: Entry) -> Evidence:
    """Return a finding taken apart."""
    changes = finding.get("changes", ())
    probe = _pane("Probe", finding.get("request", ""), finding.get("answer", ""), changes, "probe")
    panes = [probe] if probe.operation or probe.raw or probe.body or probe.status else []
    if finding.get("control"):
        control = finding["control"], finding.get("control_answer", "")
        panes.insert(0, _pane("Control, which was accepted", *control, changes, "control"))
    elif panes:
        panes = [_marked(replace(probe, title="Request"), finding)]
    return Evidence(finding, tuple(panes), changes, tuple(_commands(finding)))


def _pane(title: str, request: str, answer: str, changes: Sequence[Mapping[str, str]], key: str) -> Pane:
    operation, params = _parts(request)
    status, body = _answer(answer)
    if params is None:
        return Pane(title, "", (), clip(request, LONGEST), status, body)
    marks = {_head(c["place"]): (c["place"], c[key]) for c in changes if c["place"]}
    values = [_value(name, params[name], *marks.get(name, ("", ""))) for name in params]
    values += [Value(n, "", mark, "") for n, (_, mark) in marks.items() if n not in params]
    return Pane(title, operation, tuple(values), "", status, body)


def _parts(request: str) -> tuple[str, dict[str, Any] | None]:
    """Return the operation and the parameters of a request; None if they cannot be read."""
    operation, _, text = request.partition(" ")
    try:
        params = json.loads(text)
    except (ValueError, RecursionError):
        return operation, None
    return operation, params if isinstance(params, dict) else None


def _answer(answer: str) -> tuple[str, str]:
    """Return the status line and the body, laid out if it is JSON."""
    found = _STATUS.fullmatch(answer)
    status, body = found[1] if found else "", _answer_body(answer)
    try:
        body = json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return status, clip(body, LONGEST)
    return status, clip(body, LONGEST)


def _marked(pane: Pane, finding: Entry) -> Pane:
    """Mark the value in the answer that the finding names by its place."""
    found = _PLACE.search(finding["observed"])
    try:
        body = json.loads(_answer_body(finding.get("answer", "")))
    except (ValueError, RecursionError):
        return pane
    steps = [int(number) if number else name for name, number in _STEP.findall(found[0])] if found else []
    value = _replaced(body, steps)
    if value is None:
        return pane
    text = json.dumps(body, indent=1, ensure_ascii=False)
    before, sentinel, after = text.partition(f'"{_SENTINEL}"')
    if not sentinel or len(before) > LONGEST:
        return pane
    return replace(pane, body=before, marked=clip(value, LONGEST), rest=clip(after, LONGEST))


def _replaced(body: Any, steps: Sequence[str | int]) -> str | None:
    """Put a sentinel in the place that steps lead to and return as JSON what was there; None if nothing was."""
    for step in steps[:-1]:
        body = _inside(body, step)
    if not steps or not _has(body, steps[-1]):
        return None
    value = json.dumps(body[steps[-1]], indent=1, ensure_ascii=False)
    body[steps[-1]] = _SENTINEL
    return value


def _has(body: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(body, list) and step < len(body)
    return isinstance(body, dict) and step in body


def _inside(body: Any, step: str | int) -> Any:
    return body[step] if _has(body, step) else None


def _answer_body(answer: str) -> str:
    found = _STATUS.fullmatch(answer)
    return found[2] if found else answer


def _head(place: str) -> str:
    """Return the parameter that a place is in."""
    found = _HEAD.match(place)
    return found[0] if found else place


def _value(name: str, value: Any, place: str, mark: str) -> Value:
    text = json.dumps(value, ensure_ascii=False)
    if mark == ABSENT:
        return Value(name, clip(text, LONGEST), f" {place} is absent", "")
    if not mark or mark not in text:
        return Value(name, clip(text, LONGEST), "", "")
    before, _, after = text.rpartition(mark)
    return Value(name, clip(before, LONGEST), clip(mark, LONGEST), clip(after, LONGEST))


def _commands(finding: Entry) -> list[Command]:
    found = []
    for name, key in (("Repeat this case", "rerun"), ("Repeat the request", "curl")):
        text = finding[key]
        if text:
            said = shown(text, LONGEST_COMMAND)
            found.append(Command(name, said, whole=said == text))
    return found
