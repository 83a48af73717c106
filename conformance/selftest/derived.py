"""Faults derived from the ledger: the fitting deviations of each structural requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.selftest.deviations import deviations
from conformance.selftest.places import Change, change_at
from conformance.selftest.planting import After, PlantedFault, Published
from conformance.selftest.requests import request_faults
from emulator import Answer, Call, Emulator, Publication
from emulator.json_text import read_json, write_json
from openapi import Contract, Requirement


def derived_faults(contract: Contract, *, only: str = "") -> Iterator[PlantedFault]:
    """Yield the faults of every structural requirement of requests, answers and messages, or those of `only` one."""
    for requirement in [contract.ledger[only]] if only else contract.ledger.values():
        if requirement.side in ("response", "error"):
            yield from _answer_faults(requirement)
        elif requirement.side == "message":
            yield from _message_faults(requirement)
        elif requirement.side == "request" and requirement.keyword:
            yield from request_faults(contract, requirement)


def _answer_faults(requirement: Requirement) -> Iterator[PlantedFault]:
    for name, change in deviations(requirement):
        yield PlantedFault(
            id=f"{requirement.id}:{name}",
            requirement=requirement.id,
            description=f"{name} at {requirement.path or 'the body'}",
            after=_changing(requirement, change),
            answers_only=True,
            concerns=_concerned(requirement),
        )


def _message_faults(requirement: Requirement) -> Iterator[PlantedFault]:
    for name, change in deviations(requirement):
        yield PlantedFault(
            id=f"{requirement.id}:{name}",
            requirement=requirement.id,
            description=f"{name} at {requirement.path or 'the body'}",
            published=_publishing(requirement, change),
        )


def _publishing(requirement: Requirement, change: Change) -> Published:
    def published(publication: Publication, emulator: Emulator) -> Iterator[Publication]:
        del emulator
        if publication.operation == requirement.operation:
            message = read_json(publication.text)
            if requirement.path:
                change_at(message, requirement.path, change)
            else:
                message = change(message)
            publication = replace(publication, text=write_json(message))
        yield publication

    return published


def _concerned(requirement: Requirement) -> Callable[[Call, int], bool]:
    def concerns(call: Call, status: int) -> bool:
        error = status >= 400
        return error if requirement.side == "error" else not error and call.action == requirement.operation

    return concerns


def _changing(requirement: Requirement, change: Change) -> After:
    concerns = _concerned(requirement)

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if not concerns(call, answer.status):
            return answer
        if not requirement.path:
            body = write_json(change(answer.payload)).encode()
            return replace(answer, body=body)
        if requirement.side == "error" and requirement.value == "object":
            answer.payload.setdefault(requirement.path, {})  # no refusal of the embedded target has the object
        change_at(answer.payload, requirement.path, change)
        return answer

    return after
