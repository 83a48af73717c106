"""Faults of GetBinding that show in several readings of one binding."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from conformance.selftest.faults.bindings import later
from conformance.selftest.planting import After, Before, plant
from emulator import Answer, Call, Emulator

Key = tuple[str, ...]


def _read(call: Call, answer: Answer) -> dict[str, Any]:
    """Return the binding in an accepted answer of GetBinding, else a throw-away."""
    found = answer.payload.get("Binding")
    return found if call.action == "GetBinding" and isinstance(found, dict) else {}


def _key(call: Call) -> Key:
    return tuple(call.params.get(name, "") for name in ("ProjectName", "DatasetName", "URI"))


def _is_steady(binding: dict[str, Any]) -> bool:
    return binding.get("Phase") == "IncrementalScanning"


@plant("scan-again", "GetBinding/behavior/phase-order", "Every third reading of a scanned binding says 'FullScanning' again.")
def _scan_again() -> After:
    readings: Counter[Key] = Counter()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if _is_steady(binding):
            readings[_key(call)] += 1
            if readings[_key(call)] % 3 == 0:
                binding["Phase"] = "FullScanning"
        return answer

    return after


@plant("ready-for-ever", "GetBinding/behavior/state-order", "A binding stays 'Ready'.")
def _ready_for_ever() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if binding:
            binding.update(State="Ready", Phase="")
        return answer

    return after


@plant("born-after-scan", "GetBinding/behavior/create-time-kept", "The end of the full scan moves CreateTime and UpdateTime.")
def _born_after_scan() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if _is_steady(binding):
            binding.update({name: later(binding[name], seconds=1) for name in ("CreateTime", "UpdateTime")})
        return answer

    return after


@plant("updated-before-birth", "GetBinding/behavior/time-order", "UpdateTime is a second before CreateTime once the binding runs.")
def _updated_before_birth() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if binding.get("State") == "Running":
            binding["UpdateTime"] = later(binding["CreateTime"], seconds=-1)
        return answer

    return after


@plant("updated-by-scan", "GetBinding/behavior/times-equal", "The end of the full scan moves UpdateTime.")
def _updated_by_scan() -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if _is_steady(binding):
            binding["UpdateTime"] = later(binding["CreateTime"], seconds=8.2)
        return answer

    return after


@plant("updated-by-reading", "GetBinding/behavior/read-only", "From the third reading of a scanned binding on UpdateTime moves.")
def _updated_by_reading() -> After:
    readings: Counter[Key] = Counter()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        binding = _read(call, answer)
        if _is_steady(binding):
            readings[_key(call)] += 1
            late = max(0, readings[_key(call)] - 2)
            binding["UpdateTime"] = later(binding["CreateTime"], milliseconds=late)
        return answer

    return after


@plant("binding-outlives-deletion", "GetBinding/behavior/gone-after-delete", "A deleted binding can still be read, 'Running'.")
def _binding_outlives_deletion() -> tuple[Before, After]:
    read: dict[Key, Answer] = {}
    deleted: set[Key] = set()

    def before(call: Call, emulator: Emulator) -> Answer | None:
        if call.action == "CreateBinding":
            deleted.discard(_key(call))
        if call.action == "GetBinding" and _key(call) in deleted and _key(call) in read:
            return copy.deepcopy(read[_key(call)])
        return None

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        if _read(call, answer):
            read[_key(call)] = copy.deepcopy(answer)
        if call.action == "DeleteBinding" and answer.status == 200:
            deleted.add(_key(call))
        return answer

    return before, after
