"""From a schema to its structural requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openapi._annotations import Annotation, Scope, refuse_unknown
from openapi._documents import Documents, Node
from openapi._model import (
    Aspect,
    ContractError,
    Encoding,
    Parameter,
    Requirement,
    SchemaNode,
    Side,
)
from openapi._statements import describe

_VALUE_KEYWORDS = (
    "type",
    "enum",
    "const",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "x-maxBytes",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "contentSchema",
)
_FORMATS = ("date-time", "int32", "int64")
_UNSUPPORTED = ("oneOf", "anyOf", "allOf", "not", "if", "patternProperties")
_REQUEST_ASPECTS: tuple[Aspect, ...] = ("accepts", "refuses", "code")


@dataclass(frozen=True, slots=True)
class Deriver:
    """Walks schemas and collects the requirements that their keywords are.

    `above` are the references on the way to the schema, each with its document.
    """

    documents: Documents
    operation: str
    side: Side
    found: list[Requirement]
    above: tuple[tuple[str, str], ...] = ()

    def parameter(self, node: Node, scope: Scope) -> Parameter:
        """Derive one request parameter (an OpenAPI Parameter Object)."""
        refuse_unknown(node)
        encoding, schema = _encoding(node, self.documents)
        name = str(node["name"])
        inner = scope.enter(node)
        root = self.schema(schema, inner, name, on_wire=encoding)
        required_ids: tuple[str, ...] = ()
        if node.get("required"):
            required_ids = self._requirements(node, scope, name, "required", True)
        return Parameter(
            name=name,
            required=bool(node.get("required")),
            encoding=encoding,
            node=root,
            required_ids=required_ids,
            example=node.get("example", schema.get("example")),
        )

    def schema(self, raw: Node, scope: Scope, path: str, on_wire: Encoding = "json") -> SchemaNode:
        """Derive one schema and everything below it."""
        below = self._below(raw)
        node = self.documents.follow(raw)
        _refuse_unsupported(node)
        refuse_unknown(node, "x-maxBytes")
        inner = scope.enter(node)
        keywords = {
            keyword: self._requirements(node, scope, path, keyword, node[keyword])
            for keyword in _violable(node, self.side, on_wire)
        }
        members = {
            name: below.schema(child, inner, _join(path, name)) for name, child in node.get("properties", {}).items()
        }
        return SchemaNode(
            path=path,
            schema=node,
            keywords=keywords,
            required=self._required(node, inner, path),
            members=members,
            item=below._child(node, inner, "items", f"{path}[]", "text" if on_wire == "comma" else "json"),
            other=below._child(node, inner, "additionalProperties", f"{path}{{}}"),
            content=below._child(node, inner, "contentSchema", f"{path}#"),
        )

    def _below(self, raw: Node) -> Deriver:
        """Return the deriver of what is inside `raw`; refuses a schema inside itself."""
        reference = (raw.location.document, str(raw.get("$ref", "")))
        if reference in self.above:
            raise ContractError(reference[0], "", f"$ref {reference[1]!r} cannot be followed, it is part of itself")
        return replace(self, above=(*self.above, reference)) if reference[1] else self

    def _child(self, node: Node, inner: Scope, key: str, path: str, on_wire: Encoding = "json") -> SchemaNode | None:
        child = node.get(key)
        if not isinstance(child, Node):
            return None
        return self.schema(child, inner, path, on_wire)

    def _required(self, node: Node, inner: Scope, path: str) -> dict[str, tuple[str, ...]]:
        found = {}
        for name in node.get("required", ()):
            member = node.get("properties", {}).get(name)
            if member is None:
                raise ContractError(
                    node.location.document,
                    "",
                    f"line {node.location.line}: required '{name}' is not a property",
                )
            found[name] = self._requirements(self.documents.follow(member), inner, _join(path, name), "required", True)
        return found

    def _requirements(self, node: Node, scope: Scope, path: str, keyword: str, value: Any) -> tuple[str, ...]:
        aspects = _REQUEST_ASPECTS if self.side == "request" else ("",)
        made: list[Requirement] = []
        for aspect in aspects:
            said = scope.annotate(node, keyword, aspect)
            if not said.open and (aspect != "code" or said.codes):
                made.append(self._one(node, path, keyword, value, aspect, said))
        self.found.extend(made)
        return tuple(r.id for r in made)

    def _one(
        self,
        node: Node,
        path: str,
        keyword: str,
        value: Any,
        aspect: Aspect,
        said: Annotation,
    ) -> Requirement:
        shown = keyword.removeprefix("x-")
        end = f"/{aspect}" if aspect else ""
        requirement = Requirement(
            id="/".join(p for p in (self.operation, self.side, path, shown) if p) + end,
            operation=self.operation,
            side=self.side,
            level=said.level,
            statement=said.statement,
            source=said.source,
            grade=said.grade,
            facts=said.facts,
            location=node.line_of(keyword),
            keyword=shown,
            aspect=aspect,
            path=path,
            value=value,
            codes=said.codes,
            statuses=said.statuses,
            resolution=said.resolution,
        )
        if requirement.statement:
            return requirement
        return replace(requirement, statement=describe(requirement))


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _violable(node: Node, side: Side, on_wire: Encoding) -> Iterator[str]:
    """Yield the keywords of one schema that the wire can violate."""
    for keyword in _VALUE_KEYWORDS:
        if keyword not in node:
            continue
        if keyword == "format" and node["format"] not in _FORMATS:
            continue
        if keyword == "type" and on_wire in ("text", "comma"):
            continue
        if side == "request" and keyword in ("uniqueItems", "contentSchema"):
            continue
        yield keyword


def _encoding(node: Node, documents: Documents) -> tuple[Encoding, Node]:
    content = node.get("content")
    if content is not None:
        return "json", documents.follow(content["application/json"]["schema"])
    schema = documents.follow(node["schema"])
    if schema.get("type") == "array":
        return "comma", schema
    return ("boolean" if schema.get("type") == "boolean" else "text"), schema


def _refuse_unsupported(node: Mapping[str, Any]) -> None:
    for keyword in _UNSUPPORTED:
        if keyword in node and isinstance(node, Node):
            raise ContractError(
                node.location.document,
                "",
                f"line {node.line_of(keyword).line}: '{keyword}' points at no single "
                "keyword; declare the rule in x-requirements",
            )
