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
        self._judges = {name: AnswerJudge(parameter.node) for name, parameter in operation.parameters.items()}

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
        """Return whether no source says if `params` breaks a rule.

        That is so for a list that is too long only if repeated items count
        (facts imm.md 14.2, ice.md 5.19), and for an empty text inside JSON,
        which clients send for "not given" (imm.md 1.2).
        """
        return any(
            self._repeats(p, params[n]) or self._has_empty_text(p, params[n])
            for n, p in self._operation.parameters.items()
            if n in params
        )

    def _has_empty_text(self, parameter: Parameter, value: Any) -> bool:
        if parameter.encoding != "json":
            return False
        pending = [_decoded(parameter, encode_value(value, parameter.encoding))[0]]
        while pending:
            item = pending.pop()
            if item == "":
                return True
            if isinstance(item, dict):
                pending.extend(item.values())
            elif isinstance(item, list):
                pending.extend(item)
        return False

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
