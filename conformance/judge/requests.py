"""Judging the request that was really sent, not the label it was made under."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.judge.validation import AnswerJudge
from conformance.wire.encoding import encode_value
from openapi import Operation, Parameter

_BOOLEANS = {"true": True, "false": False}


class RequestJudge:
    """Tells which requirements of an operation a request breaks."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._judges = {
            name: AnswerJudge(parameter.node) for name, parameter in operation.parameters.items()
        }

    def broken(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the ids (without aspect) of the requirements that `params` breaks.

        Values are JSON values, or `RawText` for wire text.
        """
        found: dict[str, None] = {}
        for name, parameter in self._operation.parameters.items():
            for requirement in self._of(parameter, params.get(name)):
                found[requirement] = None
        return tuple(found)

    def ambiguous(self, params: Mapping[str, Any]) -> bool:
        """Return whether a list is too long only if repeated items count.

        No source says whether they do (facts imm.md 14.2, ice.md 5.19).
        """
        return any(self._repeats(p, params[n]) for n, p in self._operation.parameters.items() if n in params)

    def _repeats(self, parameter: Parameter, value: Any) -> bool:
        items, _ = _decoded(parameter, encode_value(value, parameter.encoding))
        limit = parameter.node.schema.get("maxItems")
        if limit is None or not isinstance(items, list) or len(items) <= limit:
            return False
        return bool(len({json.dumps(item, sort_keys=True) for item in items}) <= limit)

    def _of(self, parameter: Parameter, value: Any) -> list[str]:
        text = "" if value is None else encode_value(value, parameter.encoding)
        if not text:
            return [_base(parameter.required_ids[0])] if parameter.required else []
        decoded, readable = _decoded(parameter, text)
        if not readable:
            return [f"{self._operation.name}/request/{parameter.name}/type"]
        sight = self._judges[parameter.name].judge(decoded)
        return [_base(breach.requirement) for breach in sight.breaches]


def _decoded(parameter: Parameter, text: str) -> tuple[Any, bool]:
    if parameter.encoding == "comma":
        return text.split(","), True
    if parameter.encoding == "boolean":
        return _BOOLEANS.get(text.lower()), text.lower() in _BOOLEANS
    if parameter.encoding == "text":
        return text, True
    try:
        return json.loads(text), True
    except (ValueError, RecursionError):
        return None, False


def _base(requirement: str) -> str:
    return requirement.removesuffix("/accepts")

