"""Faults derived from the ledger: the fitting deviations of each structural requirement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.judge.requests import RequestJudge
from conformance.selftest.places import DROP, Change, change_at
from conformance.selftest.planting import After, Before, PlantedFault, Published
from emulator import Answer, ApiError, Call, Emulator, Publication
from openapi import Contract, Operation, Requirement
from strategies import RawText


def derived_faults(contract: Contract) -> Iterator[PlantedFault]:
    """Yield the faults of every structural requirement of requests and answers."""
    for requirement in contract.ledger.values():
        if requirement.side in ("response", "error"):
            yield from _answer_faults(requirement)
        elif requirement.side == "message":
            yield from _message_faults(requirement)
        elif requirement.side == "request" and requirement.keyword:
            yield from _request_faults(contract, requirement)


def _answer_faults(requirement: Requirement) -> Iterator[PlantedFault]:
    for name, change in _deviations(requirement):
        yield PlantedFault(
            id=f"{requirement.id}:{name}",
            requirement=requirement.id,
            description=f"{name} at {requirement.path or 'the body'}",
            after=_changing(requirement, change),
        )


def _message_faults(requirement: Requirement) -> Iterator[PlantedFault]:
    for name, change in _deviations(requirement):
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
            message = json.loads(publication.text)
            if requirement.path:
                change_at(message, requirement.path, change)
            else:
                message = change(message)
            publication = replace(publication, text=json.dumps(message, ensure_ascii=False))
        yield publication

    return published


def _changing(requirement: Requirement, change: Change) -> After:
    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        error = answer.status >= 400
        concerned = error if requirement.side == "error" else not error and call.action == requirement.operation
        if concerned and not requirement.path:
            body = json.dumps(change(answer.payload)).encode()
            return Answer(answer.status, answer.payload, answer.headers, body)
        if concerned:
            change_at(answer.payload, requirement.path, change)
        return answer

    return after


_WRONG: Mapping[str, list[tuple[str, Change]]] = {
    "string": [("number for text", lambda v: 7), ("object for text", lambda v: {"value": v})],
    "integer": [("text for number", str), ("fraction", lambda v: v + 0.5)],
    "number": [("text for number", str)],
    "boolean": [("text for boolean", str)],
    "array": [("object for array", lambda v: {"items": v}), ("JSON text for array", json.dumps)],
    "object": [("array for object", lambda v: [v]), ("JSON text for object", json.dumps)],
}


def _deviations(requirement: Requirement) -> list[tuple[str, Change]]:
    """Return the deviations that break one keyword of an answer, by name."""
    value = requirement.value
    makers: dict[str, list[tuple[str, Change]]] = {
        "required": [("dropped", lambda v: DROP), ("null", lambda v: None)],
        "type": _WRONG.get(value if isinstance(value, str) else "", []),
        "enum": [("value outside", lambda v: "Unlisted" if isinstance(v, str) else 10**6)],
        "const": [("other value", lambda v: "Other")],
        "pattern": [("trailing newline", lambda v: f"{v or 'x'}\n"), ("other form", lambda v: "!? ")],
        "format": [("no such form", lambda v: "yesterday" if isinstance(v, str) else 2**70)],
        "minLength": [("empty", lambda v: "")],
        "maxLength": [("too long", lambda v: "x" * (value + 1))],
        "minItems": [("too few", lambda v: v[: value - 1])],
        "maxItems": [("too many", lambda v: (v or [0]) * (value + 1))],
        "minimum": [("too small", lambda v: value - 1)],
        "maximum": [("too large", lambda v: value + 1)],
        "uniqueItems": [("item twice", lambda v: [*v, *v])],
        "contentSchema": [("no JSON", lambda v: "{broken" if v else v)],
    }
    if requirement.keyword == "enum" and all(isinstance(v, str) and v for v in value):
        makers["enum"].append(("other case", lambda v: v.swapcase()))
    return makers.get(requirement.keyword, [])


def _request_faults(contract: Contract, requirement: Requirement) -> Iterator[PlantedFault]:
    operation = contract.operations[requirement.operation]
    base = requirement.id.rsplit("/", 1)[0]
    if requirement.aspect == "refuses":
        yield PlantedFault(
            id=f"{requirement.id}:not enforced",
            requirement=requirement.id,
            description="a request that breaks the rule is accepted",
            before=_Forgiving(operation, base).before,
        )
    elif requirement.aspect == "code":
        yield PlantedFault(
            id=f"{requirement.id}:other code",
            requirement=requirement.id,
            description="the refusal has another Code",
            after=_miscoding(operation, base),
        )
    elif requirement.keyword in ("maxItems", "maxLength", "maxBytes", "enum", "minItems", "minLength"):
        yield PlantedFault(
            id=f"{requirement.id}:refused at the limit",
            requirement=requirement.id,
            description="a request at the documented limit is refused",
            before=_strict(requirement),
        )


def _texts(call: Call) -> dict[str, Any]:
    return {name: RawText(text) for name, text in call.params.items()}


@dataclass(slots=True)
class _Forgiving:
    """Lets requests pass that break one rule, by repairing what is wrong.

    The repair is the value of the latest request of the operation that broke
    nothing; until there is one, nothing is forgiven.
    """

    operation: Operation
    base: str
    good: dict[str, str] = field(default_factory=dict)
    judge: RequestJudge | None = None

    def before(self, call: Call, emulator: Emulator) -> Call | Answer | None:
        """Repair a call that breaks the rule."""
        del emulator
        if call.action != self.operation.name:
            return None
        self.judge = self.judge or RequestJudge(self.operation)
        broken = self.judge.broken(_texts(call))
        if not broken:
            self.good = dict(call.params)
            return None
        name = self.base.split("/")[2].split("[")[0]
        if self.base not in broken or name not in self.good:
            return None
        return _replaced(call, {**call.params, name: self.good[name]})


def _replaced(call: Call, params: Mapping[str, str]) -> Call:
    return Call(
        service=call.service,
        action=call.action,
        version=call.version,
        method=call.method,
        params=params,
        sources={name: call.sources.get(name, "query") for name in params},
        headers=call.headers,
    )


def _miscoding(operation: Operation, base: str) -> After:
    judge: list[RequestJudge] = []

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        del emulator
        if call.action != operation.name or answer.status != 400:
            return answer
        if not judge:
            judge.append(RequestJudge(operation))
        if base in judge[0].broken(_texts(call)):
            answer.payload["Code"] = "UnexpectedCode"
            return Answer(418, answer.payload, answer.headers)
        return answer

    return after


def _strict(requirement: Requirement) -> Before:
    """Refuse requests whose value at the path is exactly at the limit."""

    def before(call: Call, emulator: Emulator) -> Call | Answer | None:
        if call.action != requirement.operation:
            return None
        at_limit = False

        def look(value: Any) -> Any:
            nonlocal at_limit
            at_limit = at_limit or _is_limit(requirement, value)
            return value

        change_at(_decoded(call), requirement.path, look)
        if at_limit:
            return emulator.refuse(call, ApiError(400, "InvalidArgument", "The value is not accepted."))
        return None

    return before


def _is_limit(requirement: Requirement, value: Any) -> bool:
    keyword, limit = requirement.keyword, requirement.value
    if keyword == "enum":
        return bool(value == limit[-1])
    if keyword in ("maxItems", "minItems"):
        return isinstance(value, list) and len(value) == limit
    if not isinstance(value, str):
        return False
    return bool(len(value.encode() if keyword == "maxBytes" else value) == limit)


def _decoded(call: Call) -> dict[str, Any]:
    """Return the parameters with JSON text and comma lists as values."""
    found: dict[str, Any] = {}
    for name, text in call.params.items():
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if isinstance(value, list | dict):
            found[name] = value
        else:
            found[name] = text.split(",") if name in ("JobIds", "UploadURLs") else text
    return found
