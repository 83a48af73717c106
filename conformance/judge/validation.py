"""Passive judging: every answer against the whole response contract.

`jsonschema-rs` decides; each of its errors is attributed to the requirement
that the failed keyword is. A walk beside it counts the occasions (which
requirements had something to judge) and judges what validators leave out:
JSON inside strings, the ranges of integers, lengths in bytes, null members.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from conformance.wire.answers import BodyLimits, read_text
from openapi import Requirement, SchemaNode

_NOTHING_SAID: Mapping[str, Requirement] = MappingProxyType({})
_RANGES = {"int32": 31, "int64": 63}
_STRING_ONLY = {"pattern", "format", "minLength", "maxLength", "maxBytes"}
_ARRAY_ONLY = {"minItems", "maxItems", "uniqueItems"}
_NUMBER_ONLY = {"minimum", "maximum"}


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken keyword: the requirement, where in the answer, and the value that is there if there is one."""

    requirement: str
    at: str
    expected: str
    observed: str
    found: Any = field(default=None, compare=False)


@dataclass(slots=True)
class Sight:
    """What one value showed: occasions, breaches, nulls and unknown members.

    `misspelt` tells of unknown members that are known ones in another spelling,
    `seen` are the occasions one by one.
    """

    occasions: Counter[str] = field(default_factory=Counter)
    breaches: list[Breach] = field(default_factory=list)
    nulls: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    misspelt: list[str] = field(default_factory=list)
    known_members: int = 0
    seen: list[str] = field(default_factory=list)


class AnswerJudge:
    """Judges values against one schema of the contract; compiled once.

    `ledger` holds the statements that say in words what a pattern asks for,
    `schema` is what the validator decides by.
    """

    def __init__(self, node: SchemaNode, ledger: Mapping[str, Requirement] = _NOTHING_SAID) -> None:
        self._node = node
        self._ledger = ledger
        self._by_path: dict[tuple[str | int, ...], str] = {}
        self.schema = self._compile(node, ())
        self._validator = jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True)
        self._kinds: dict[tuple[int, type | None], tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._content = {id(n): AnswerJudge(inner, ledger) for n, inner in _contents(node)}

    def _compile(self, node: SchemaNode, path: tuple[str, ...]) -> dict[str, Any]:
        """Return the plain schema of `node`; note which path is which id."""
        schema: dict[str, Any] = {}
        for keyword, ids in node.keywords.items():
            if keyword in ("contentSchema", "x-maxBytes"):
                continue
            if keyword == "format" and node.schema["format"] in _RANGES:
                continue
            schema[keyword] = node.schema[keyword]
            self._by_path[(*path, keyword)] = ids[0]
        if node.required:
            schema["required"] = list(node.required)
            for name, ids in node.required.items():
                self._by_path[(*path, "required", name)] = ids[0]
        if node.members:
            schema["properties"] = {
                name: self._compile(child, (*path, "properties", name)) for name, child in node.members.items()
            }
        if node.item:
            schema["items"] = self._compile(node.item, (*path, "items"))
        if node.other:
            inner = (*path, "additionalProperties")
            schema["additionalProperties"] = self._compile(node.other, inner)
        return schema

    def judge(self, value: Any, at: str = "$") -> Sight:
        """Return what `value` shows; `at` is its place, for the texts."""
        sight = Sight()
        cleaned = self._walk(self._node, value, at, sight)
        sight.occasions.update(sight.seen)
        for error in self._validator.iter_errors(cleaned):
            sight.breaches.append(self._breach(error, cleaned, at, sight.nulls))
        return sight

    def _breach(
        self,
        error: jsonschema_rs.ValidationError,
        root: Any,
        at: str,
        nulls: list[str],
    ) -> Breach:
        path = tuple(error.schema_path)
        place = at + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path)
        keyword = str(path[-1])
        if keyword == "required":
            name = str(getattr(error.kind, "property", ""))
            member = f"{place}.{name}"
            return Breach(
                self._by_path[(*path, name)],
                member,
                f"`{name}` is present",
                f"{member} is {'null' if member in nulls else 'absent'}",
            )
        found = _at(root, error.instance_path)
        requirement = self._by_path[path]
        return Breach(
            requirement,
            place,
            self._expected(requirement, keyword, _schema_value(self._node, path)),
            f"{place} is {observed_text(keyword, found)}",
            found,
        )

    def _expected(self, requirement: str, keyword: str, value: Any) -> str:
        """Return what was expected; of a pattern what the statement says in its place."""
        entry = self._ledger.get(requirement)
        if keyword != "pattern" or entry is None or str(value) in entry.statement:
            return expected_text(keyword, value)
        return entry.statement.removesuffix(".")

    def _walk(self, node: SchemaNode, value: Any, at: str, sight: Sight) -> Any:
        """Count occasions below `node`; return `value` without null members."""
        self._count(node, value, at, sight)
        if isinstance(value, dict):
            return self._walk_object(node, value, at, sight)
        if isinstance(value, list) and node.item:
            item = node.item
            return [self._walk(item, child, f"{at}[{i}]", sight) for i, child in enumerate(value)]
        return value

    def _walk_object(self, node: SchemaNode, value: dict[str, Any], at: str, sight: Sight) -> dict[str, Any]:
        sight.seen += self._required(node)
        cleaned = {}
        for name, child in value.items():
            place = f"{at}.{name}"
            inner = node.members.get(name, node.other)
            if child is None and node.members and (inner is None or name in node.members):
                sight.nulls.append(place)
            elif inner is not None:
                sight.known_members += 1
                cleaned[name] = self._walk(inner, child, place, sight)
            else:
                cleaned[name] = child
                if node.members:
                    sight.unknown.append(place)
                    sight.misspelt.extend(_misspelt(node, name, value, place))
        return cleaned

    def _count(self, node: SchemaNode, value: Any, at: str, sight: Sight) -> None:
        counted, looked = self._applying(node, value)
        sight.seen += counted
        for keyword in looked:
            if keyword == "contentSchema":
                self._look_inside(node, value, at, sight)
            elif (problem := _beyond(keyword, node, value)) is not None:
                requirement = node.keywords[keyword][0]
                sight.breaches.append(
                    Breach(requirement, at, problem, f"{at} is {observed_text(keyword, value)}", value)
                )

    def _applying(self, node: SchemaNode, value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what there is to judge about a value of this type, and the keywords to look at ourselves."""
        key = (id(node), type(value))
        if key not in self._kinds:
            keywords = [keyword for keyword in node.keywords if _applies(keyword, value)]
            counted = tuple(node.keywords[keyword][0] for keyword in keywords)
            self._kinds[key] = counted, tuple(keyword for keyword in keywords if _looks(keyword, node, value))
        return self._kinds[key]

    def _required(self, node: SchemaNode) -> tuple[str, ...]:
        """Return what there is to judge about the members that an object must have."""
        key = (id(node), None)
        if key not in self._kinds:
            self._kinds[key] = tuple(ids[0] for ids in node.required.values()), ()
        return self._kinds[key][0]

    def _look_inside(self, node: SchemaNode, value: str, at: str, sight: Sight) -> None:
        if not value:
            sight.occasions[node.keywords["contentSchema"][0]] -= 1
            return
        try:
            inner = read_text(value, BodyLimits())
        except ValueError:
            sight.breaches.append(
                Breach(
                    node.keywords["contentSchema"][0],
                    at,
                    "a string that holds JSON text",
                    f"{at} is {observed_text('contentSchema', value)}",
                )
            )
            return
        below = self._content[id(node)].judge(inner, f"{at}#")
        sight.occasions.update(below.occasions)
        sight.breaches.extend(below.breaches)
        sight.unknown.extend(below.unknown)


def _misspelt(node: SchemaNode, name: str, value: dict[str, Any], place: str) -> Iterator[str]:
    """Yield how an unknown member should be spelled, if that member is absent."""
    for right in node.members:
        if _folded(right) == _folded(name) and right not in value:
            yield f"{place} stands for `{right}`,"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _contents(node: SchemaNode) -> Iterator[tuple[SchemaNode, SchemaNode]]:
    if node.content is not None and "contentSchema" in node.keywords:
        yield node, node.content
    for child in (*node.members.values(), node.item, node.other):
        if child is not None:
            yield from _contents(child)


def _applies(keyword: str, value: Any) -> bool:
    name = keyword.removeprefix("x-")
    if name in _STRING_ONLY and not isinstance(value, str):
        return name == "format" and isinstance(value, int)
    if name in _ARRAY_ONLY:
        return isinstance(value, list)
    if name in _NUMBER_ONLY:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "contentSchema":
        return isinstance(value, str)
    return True


def _looks(keyword: str, node: SchemaNode, value: Any) -> bool:
    """Return whether the validator leaves it to us to look at values of this type."""
    if keyword == "format":
        return isinstance(value, int) and node.schema["format"] in _RANGES
    if keyword == "type":
        return isinstance(value, float) and node.schema["type"] == "integer"
    return keyword in ("x-maxBytes", "contentSchema")


def _beyond(keyword: str, node: SchemaNode, value: Any) -> str | None:
    """Return what was expected of a value that `_looks` picks, or None."""
    if keyword == "format":
        bits = _RANGES[node.schema["format"]]
        return None if -(2**bits) <= value < 2**bits else f"a number within {bits + 1} bits"
    if keyword == "type":
        return "a whole JSON number without a fraction" if value.is_integer() else None
    limit = node.schema["x-maxBytes"]
    return f"at most {limit} bytes in UTF-8" if len(value.encode("utf-8", "surrogatepass")) > limit else None


def _at(root: Any, path: list[str | int]) -> Any:
    for part in path:
        root = root[part]
    return root


def _schema_value(node: SchemaNode, path: tuple[str | int, ...]) -> Any:
    """Return the documented value of the keyword at the end of `path`."""
    current: SchemaNode | None = node
    parts = list(path)
    while len(parts) > 1 and current is not None:
        step = parts.pop(0)
        if step == "properties":
            current = current.members[str(parts.pop(0))]
        elif step == "items":
            current = current.item
        else:
            current = current.other
    return current.schema.get(str(parts[-1])) if current is not None else None


def expected_text(keyword: str, value: Any) -> str:
    """Return the documented value of a keyword in a few words."""
    if keyword == "enum":
        return f"one of {', '.join(map(repr, value))}"
    words = {
        "type": f"of type {value}",
        "const": f"{value!r}",
        "pattern": f"text that matches {value}",
        "format": f"a value of format {value}",
        "uniqueItems": "no item twice",
    }
    return words.get(keyword, f"{keyword} {value}")


def observed_text(keyword: str, value: Any) -> str:
    """Return a found value, cut short, with its type where that matters."""
    if keyword in ("minItems", "maxItems"):
        return f"an array of {len(value)}"
    if keyword in ("minLength", "maxLength") and len(value) > 40:
        return f"a text of {len(value)} characters"
    text = json.dumps(value, default=str)
    shown = text if len(text) <= 120 else f"{text[:117]}..."
    if keyword == "type" and value is not None:
        return f"{_json_type(value)} {shown}"
    return shown


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "the boolean"
    names: dict[type, str] = {
        str: "the string",
        list: "the array",
        dict: "the object",
    }
    return names.get(type(value), "the number")
