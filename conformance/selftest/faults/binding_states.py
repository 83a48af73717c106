"""Faults of GetBinding that several readings of one binding show."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from conformance.selftest.edits import edited, later, renewed
from conformance.selftest.faults.bindings import binding_of, in_first_dataset, key_of
from conformance.selftest.planting import After, plant
from emulator import Answer, Call, Emulator

Key = tuple[str, ...]
Binding = dict[str, Any]


def _is_steady(binding: Binding) -> bool:
    return bool(binding["Phase"] == "IncrementalScanning")


@plant(
    "scan-again",
    "GetBinding/behavior/phase-order",
    "Every third reading of a scanned binding says 'FullScanning' again.",
)
def _scan_again() -> After:
    readings: Counter[Key] = Counter()

    def edit(call: Call, binding: Binding) -> None:
        readings[key_of(call)] += _is_steady(binding)
        if _is_steady(binding) and readings[key_of(call)] % 3 == 0:
            binding["Phase"] = "FullScanning"

    return edited("GetBinding", edit, part="Binding")


@plant("ready-for-ever", "GetBinding/behavior/state-order", "A binding stays 'Ready'.")
def _ready_for_ever() -> After:
    return binding_of("GetBinding", lambda b: b.update(State="Ready", Phase=""))


@plant(
    "born-after-scan",
    "GetBinding/behavior/create-time-kept",
    "The end of the full scan moves CreateTime and UpdateTime.",
)
def _born_after_scan() -> After:
    def edit(binding: Binding) -> None:
        if _is_steady(binding):
            binding.update({name: later(binding[name], seconds=1) for name in ("CreateTime", "UpdateTime")})

    return binding_of("GetBinding", edit)


@plant(
    "updated-before-birth",
    "GetBinding/behavior/time-order",
    "UpdateTime is a second before CreateTime once the binding runs.",
)
def _updated_before_birth() -> After:
    def edit(binding: Binding) -> None:
        if binding["State"] == "Running":
            binding["UpdateTime"] = later(binding["CreateTime"], seconds=-1)

    return binding_of("GetBinding", edit)


@plant(
    "updated-in-the-past",
    "GetBinding/behavior/time-order",
    "In the first dataset of a project UpdateTime of a binding is a second before CreateTime.",
)
def _updated_in_the_past() -> After:
    def edit(binding: Binding) -> None:
        binding["UpdateTime"] = later(binding["CreateTime"], seconds=-1)

    return in_first_dataset("GetBinding", edit)


@plant("updated-by-scan", "GetBinding/behavior/times-equal", "The end of the full scan moves UpdateTime.")
def _updated_by_scan() -> After:
    def edit(binding: Binding) -> None:
        if _is_steady(binding):
            binding["UpdateTime"] = later(binding["CreateTime"], seconds=8.2)

    return binding_of("GetBinding", edit)


@plant(
    "updated-by-reading",
    "GetBinding/behavior/read-only",
    "From the third reading of a scanned binding on UpdateTime moves.",
)
def _updated_by_reading() -> After:
    readings: Counter[Key] = Counter()

    def edit(call: Call, binding: Binding) -> None:
        readings[key_of(call)] += _is_steady(binding)
        late = max(0, readings[key_of(call)] - 2)
        binding["UpdateTime"] = later(binding["CreateTime"], milliseconds=late)

    return edited("GetBinding", edit, part="Binding")


@plant(
    "binding-outlives-deletion",
    "GetBinding/behavior/gone-after-delete",
    "A deleted binding can still be read, 'Running'.",
)
def _binding_outlives_deletion() -> After:
    read: dict[Key, Answer] = {}
    deleted: set[Key] = set()

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        key = key_of(call)
        if call.action == "CreateBinding":
            deleted.discard(key)
        if call.action == "GetBinding" and answer.status == 200:
            read[key] = copy.deepcopy(answer)
        if call.action == "DeleteBinding" and answer.status == 200:
            deleted.add(key)
        return renewed(read[key], answer) if call.action == "GetBinding" and key in deleted & read.keys() else answer

    return after
