"""Small hooks from which hand-written faults are made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from conformance.selftest.planting import After, Before
from emulator import Answer, Call, Emulator

Edit = Callable[[Call, dict[str, Any]], object]
Test = Callable[[Call, dict[str, Any]], bool]


def edited(actions: str | Collection[str], edit: Edit, *, part: str = "") -> After:
    """Return a hook that edits accepted answers to `actions`, or the object `part` in them."""
    chosen = {actions} if isinstance(actions, str) else set(actions)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        found: Any = answer.payload.get(part) if part else answer.payload
        if call.action in chosen and answer.status < 300 and isinstance(found, dict):
            edit(call, found)
        return answer

    return after


def with_status(action: str, status: int, test: Test) -> After:
    """Return a hook that gives another status to the accepted answers that `test` picks by their payload."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        chosen = call.action == action and answer.status < 300 and test(call, answer.payload)
        return replace(answer, status=status) if chosen else answer

    return after


def with_code(action: str, message: str, code: str) -> After:
    """Return a hook that gives another Code to refusals of `action` whose Message holds `message`."""

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action == action and answer.status >= 400 and message in str(answer.payload.get("Message")):
            answer.payload["Code"] = code
        return answer

    return after


def renewed(kept: Answer, fresh: Answer) -> Answer:
    """Return what was answered before as the answer to another call, with the RequestId of `fresh`."""
    ids = {name: text for name, text in fresh.headers.items() if name == "x-acs-request-id"}
    payload = {**copy.deepcopy(kept.payload), "RequestId": fresh.payload.get("RequestId", "")}
    return replace(kept, headers={**kept.headers, **ids}, payload=payload)


def redirected(actions: Collection[str], change: Callable[[Call, Emulator], Mapping[str, str] | None]) -> Before:
    """Return a hook that gives other values to parameters of `actions`; an empty value removes one."""

    def before(call: Call, emulator: Emulator) -> Call | None:
        changed = change(call, emulator) if call.action in actions else None
        if not changed:
            return None
        return replace(call, params={name: text for name, text in {**call.params, **changed}.items() if text})

    return before


def limited(action: str, test: Callable[[Call], bool], **limits: Any) -> Before:
    """Return a hook that executes the calls of `action` that `test` picks under other limits."""

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action != action or not test(call):
            return None
        return emulator.operate(call, limits=replace(emulator.limits, **limits))

    return before


def later(text: Any, **by: float) -> str:
    """Return a time moved by what `timedelta` takes; UTC stays `Z`."""
    moved = (datetime.fromisoformat(str(text)) + timedelta(**by)).isoformat()
    return moved.replace("+00:00", "Z")


def updated_later(told: dict[str, Any], **by: float) -> None:
    """Move UpdateTime away from CreateTime; all six digits are told, since one that is cut leaves room for both."""
    moment = datetime.fromisoformat(told["CreateTime"])
    born, updated = (time.isoformat(timespec="microseconds") for time in (moment, moment + timedelta(**by)))
    told.update(CreateTime=born, UpdateTime=updated)


def in_zone(hours: int, *names: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that tells times in the zone so many hours ahead of UTC, marked as UTC."""
    return lambda told: told.update({name: later(told[name], hours=hours) for name in names if told.get(name)})
