"""Faults derived from the requirements of requests: rules not enforced, and enforced too strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from conformance.checks.rows import base_request
from conformance.judge.requests import RequestJudge
from conformance.planning import all_cases
from conformance.selftest.places import change_at
from conformance.selftest.planting import After, PlantedFault
from conformance.world import PLACEHOLDER
from emulator import Answer, ApiError, Call, Emulator
from openapi import Contract, Operation, Requirement, load_contract
from strategies import RawText, Row, rows

Test = Callable[[Any], bool]

_BEYOND = {"maxItems": 1, "maxLength": 1, "maxBytes": 1, "minItems": -1, "minLength": -1, "maximum": 1, "minimum": -1}
_ENDS = {"trailing newline": "\n", "trailing space": " "}


def request_faults(contract: Contract, requirement: Requirement) -> Iterator[PlantedFault]:
    """Yield the faults that break one aspect (accepts, refuses, code) of a rule of requests."""
    operation = contract.operations[requirement.operation]
    sent = _row_ids(contract.directory)
    if requirement.aspect == "refuses":
        yield from _unenforced(operation, requirement, sent)
    elif requirement.aspect == "code":
        made = _miscoding(operation, requirement)
        yield _fault(requirement, "other code", "the refusal has another Code", after=made)
    elif _is_bound(requirement) and f"{requirement.id}[as given]" not in sent:
        yield _refusing(
            requirement, "refused at the limit", "a request at the documented limit", _limit_test(requirement, sent)
        )
    elif requirement.aspect == "accepts":
        kept = _sent_test(contract, requirement)
        yield _refusing(requirement, "refused although valid", "a request that keeps the rule", kept)


def _fault(requirement: Requirement, name: str, description: str, **hooks: Any) -> PlantedFault:
    return PlantedFault(f"{requirement.id}:{name}", requirement.id, description, **hooks)


def _is_bound(requirement: Requirement) -> bool:
    return requirement.keyword in (*_BEYOND, "enum")


def _unenforced(operation: Operation, requirement: Requirement, sent: frozenset[str]) -> Iterator[PlantedFault]:
    """Yield a fault that accepts whatever breaks the rule, and those that accept one kind of it."""

    def forgiving(name: str, description: str, test: Test | None) -> PlantedFault:
        return _fault(requirement, name, description, before=_Forgiving(operation, requirement, test).before)

    yield forgiving("not enforced", "a request that breaks the rule is accepted", None)
    if requirement.keyword in _BEYOND:
        size = requirement.value + _BEYOND[requirement.keyword]
        beyond = partial(_is_size, requirement.keyword, size)
        yield forgiving("enforced one too late", f"{size} is accepted", beyond)
    if f"{requirement.id}[wrong case]" in sent:
        folded = [str(v).casefold() for v in requirement.value]
        yield forgiving("other case accepted", "case is ignored", lambda v: str(v).casefold() in folded)
    for label, end in _ENDS.items():
        if f"{requirement.id}[{label}]" in sent:
            yield forgiving(f"{label} accepted", f"a value with a {label} is accepted", partial(_ends, end))


def _is_size(keyword: str, size: Any, value: Any) -> bool:
    return bool(_measure(keyword, value) == size)


def _ends(end: str, value: Any) -> bool:
    return isinstance(value, str) and value.endswith(end)


@lru_cache(maxsize=4)
def _row_ids(directory: str) -> frozenset[str]:
    """Return the ids of all cases; those of rows are the id of the requirement with the row's label."""
    return frozenset(case.id for case in all_cases(directory))


def _texts(call: Call) -> dict[str, Any]:
    return {name: RawText(text) for name, text in call.params.items()}


@dataclass(slots=True)
class _Forgiving:
    """Lets requests pass that break one rule, by repairing what is wrong.

    The repair is the value of the latest request of the operation that broke
    nothing; until there is one, nothing is forgiven. With a `test` only
    requests with a value at the place that it picks are.
    """

    operation: Operation
    requirement: Requirement
    test: Test | None
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
        base = self.requirement.id.rsplit("/", 1)[0]
        name = base.split("/")[2].split("[")[0]
        # An empty text counts as absent, so it breaks another rule than that of the shortest one.
        empty = self.requirement.keyword == "minLength" and call.params.get(name) == ""
        if not (base in broken or empty) or name not in self.good or not self._picked(call):
            return None
        params = {**call.params, name: self.good[name]}
        return replace(call, params=params, sources={n: call.sources.get(n, "query") for n in params})

    def _picked(self, call: Call) -> bool:
        return self.test is None or _has(call, self.requirement.path, self.test)


def _has(call: Call, path: str, test: Test) -> bool:
    """Return whether a call has a value at a path that the test picks."""
    return any(map(test, _values_at(_decoded(call), path)))


def _values_at(params: Mapping[str, Any], path: str) -> list[Any]:
    values: list[Any] = []

    def look(value: Any) -> Any:
        values.append(value)
        return value

    change_at(params, path, look)
    return values


def _miscoding(operation: Operation, requirement: Requirement) -> After:
    judge: list[RequestJudge] = []
    base = requirement.id.rsplit("/", 1)[0]

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


def _refusing(requirement: Requirement, name: str, what: str, test: Test) -> PlantedFault:
    """Refuse requests with a value at the place that `test` picks.

    Reading files works until files have been seen: before that nothing could
    be told from a server that is empty.
    """
    armed = requirement.operation != "BatchGetFileMeta"

    def before(call: Call, emulator: Emulator) -> Call | Answer | None:
        if armed and call.action == requirement.operation and _has(call, requirement.path, test):
            return emulator.refuse(call, ApiError(400, "InvalidArgument", "The value is not accepted."))
        return None

    def after(call: Call, answer: Answer, emulator: Emulator) -> Answer:
        nonlocal armed
        del emulator
        armed = armed or (call.action == requirement.operation and bool(answer.payload.get("Files")))
        return answer

    return _fault(requirement, name, f"{what} is refused", before=before, after=after)


def _limit_test(requirement: Requirement, sent: frozenset[str]) -> Test:
    """Return the test of a value that is at a limit; of an enum for the last one that a row sends."""
    keyword, limit = requirement.keyword, requirement.value
    if keyword == "enum":
        values = [value for value in limit if f"{requirement.id}[{value}]" in sent]
        return lambda value: value in values[-1:]
    return partial(_is_size, keyword, limit)


def _sent_test(contract: Contract, requirement: Requirement) -> Test:
    """Return the test of the value that is sent to see whether it is accepted; of any if the control has it."""
    made = _operation_rows(contract.directory, requirement.operation)
    row = next(row for row in made if f"{row.requirement}/{row.expect}" == requirement.id)
    if row.is_control:
        return lambda _: True
    values = _values_at(row.params, requirement.path)
    return lambda value: value in values


@lru_cache(maxsize=32)
def _operation_rows(directory: str, name: str) -> tuple[Row, ...]:
    operation = load_contract(Path(directory)).operations[name]
    return rows(operation, base_request(operation, PLACEHOLDER))


def _measure(keyword: str, value: Any) -> Any:
    """Return what a keyword bounds of a value; None if it bounds nothing of it."""
    if keyword in ("minimum", "maximum"):
        return value
    if keyword in ("maxItems", "minItems"):
        return len(value) if isinstance(value, list) else None
    if not isinstance(value, str):
        return None
    return len(value.encode() if keyword == "maxBytes" else value)


def _decoded(call: Call) -> Mapping[str, Any]:
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
