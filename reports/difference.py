"""In what two requests differ: the change that makes a probe of its control."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MOST = 4
LONGEST = 240
ABSENT = "absent"

Change = dict[str, str]


def changes_between(control: Mapping[str, Any], probe: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return where two requests differ and what each has there, as short JSON texts.

    More than a few changes are counted in a last entry whose place is empty.
    """
    found = list(_changes("", control, probe))
    kept = tuple({"place": p, "control": _shown(a), "probe": _shown(b)} for p, a, b in found[:MOST])
    if len(found) <= MOST:
        return kept
    return (*kept, {"place": "", "control": "", "probe": f"and {len(found) - MOST} more differences"})


class _Absent:
    """Stands for a member that one of two requests does not have."""


_NOTHING = _Absent()
_Found = tuple[str, Any, Any]


def _changes(place: str, control: Any, probe: Any) -> Iterator[_Found]:
    if isinstance(control, Mapping) and isinstance(probe, Mapping):
        yield from _of_members(place, control, probe)
    elif isinstance(control, list) and isinstance(probe, list):
        yield from _of_items(place, control, probe)
    elif type(control) is not type(probe) or control != probe:
        yield place, control, probe


def _of_members(place: str, control: Mapping[str, Any], probe: Mapping[str, Any]) -> Iterator[_Found]:
    for name in [*control, *(n for n in probe if n not in control)]:
        inner = f"{place}.{name}" if place else name
        yield from _changes(inner, control.get(name, _NOTHING), probe.get(name, _NOTHING))


def _of_items(place: str, control: list[Any], probe: list[Any]) -> Iterator[_Found]:
    shared = min(len(control), len(probe))
    found = [change for n in range(shared) for change in _changes(f"{place}[{n}]", control[n], probe[n])]
    if len(control) == len(probe):
        yield from found
    elif found:
        yield place, control, probe
    else:
        more, less = (control, "probe") if len(control) > len(probe) else (probe, "control")
        extra = more[shared:]
        where = f"{place}[{shared}]" if len(extra) == 1 else f"{place}[{shared}..{len(more) - 1}]"
        value = extra[0] if len(extra) == 1 else extra
        yield (where, _NOTHING, value) if less == "control" else (where, value, _NOTHING)


def _shown(value: Any) -> str:
    if isinstance(value, _Absent):
        return ABSENT
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
