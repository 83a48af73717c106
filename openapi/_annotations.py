"""The inheritance of `x-level`, `x-defaults` and their like (docs/contract.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from openapi._documents import Node
from openapi._model import Aspect, ContractError, Grade, Level

_ASPECTS = ("accepts", "refuses", "code")
_TEXTS = ("level", "source", "grade", "statement", "resolution", "open")
_LISTS = ("facts", "codes", "status")
_ANNOTATIONS = ("x-level", "x-source", "x-grade", "x-facts", "x-keywords", "x-defaults")
_UNSURE = ("example-only", "inferred", "contradicted")


@dataclass(frozen=True, slots=True)
class Annotation:
    """What the documents say about one requirement beside its keyword."""

    level: Level
    source: str
    grade: Grade
    facts: tuple[str, ...]
    statement: str = ""
    resolution: str = ""
    codes: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    open: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The annotations in force at one place of a document.

    `texts` are the inherited level, source and grade; `defaults` the
    inherited entries by keyword, each a tuple from the outermost inwards.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

    def enter(self, node: Node) -> Scope:
        """Return the scope inside `node`."""
        own = {k[2:]: node[k] for k in ("x-level", "x-source", "x-grade") if k in node}
        added = node.get("x-defaults", {})
        if not own and not added:
            return self
        defaults = dict(self.defaults)
        for keyword, entry in added.items():
            _check_entry(node, keyword, entry)
            defaults[keyword] = (*defaults.get(keyword, ()), entry)
        return replace(self, texts={**self.texts, **own}, defaults=defaults)

    def annotate(self, node: Node, keyword: str, aspect: Aspect = "") -> Annotation:
        """Return what holds for one keyword of `node`, seen from outside it.

        Raises ContractError for an unknown level or grade and for a MUST
        that the sources do not carry.
        """
        own = {k[2:]: node[k] for k in ("x-level", "x-source", "x-grade") if k in node}
        entry = node.get("x-keywords", {}).get(keyword, {})
        _check_entry(node, keyword, entry)
        inherited = self.enter(node).defaults.get(keyword, ())
        layers = [self.texts, *inherited, own, entry]
        if aspect:
            layers = _with_aspect(layers, aspect)
        merged: dict[str, Any] = {}
        for layer in layers:
            merged.update({k: v for k, v in layer.items() if k in (*_TEXTS, *_LISTS)})
        facts = [f for layer in layers for f in layer.get("facts", ())]
        facts += node.get("x-facts", ()) if aspect in ("", "accepts") else ()
        return _validated(node, keyword, merged, tuple(dict.fromkeys(facts)))


def refuse_unknown(node: Node, *also: str) -> None:
    """Raise ContractError for an annotation that has no meaning or no keyword.

    `also` are the extensions that are no annotations and may stand there too.
    """
    for key in node:
        if key.startswith("x-") and key not in (*_ANNOTATIONS, *also):
            raise _error(node, f"unknown annotation '{key}'")
    for keyword in node.get("x-keywords", {}):
        if keyword not in node and keyword != "required":
            raise _error(node, f"annotation of '{keyword}', which is not there")


def _with_aspect(layers: list[Mapping[str, Any]], aspect: str) -> list[Any]:
    """Expand entries into entry and aspect; refusals start over as SHOULD."""
    if aspect == "accepts":
        pairs = [(layer, layer.get(aspect, {})) for layer in layers]
        return [part for pair in pairs for part in pair]
    start = {"level": "SHOULD", "grade": "inferred"}
    sources = [{k: v for k, v in layer.items() if k == "source"} for layer in layers]
    return [*sources, start, *(layer.get(aspect, {}) for layer in layers)]


def _check_entry(node: Node, keyword: str, entry: object) -> None:
    if not isinstance(entry, Mapping):
        raise _error(node, f"annotation of '{keyword}' is {entry!r}, not a mapping")
    allowed = {*_TEXTS, *_LISTS, *_ASPECTS}
    for key, value in entry.items():
        if key not in allowed:
            raise _error(node, f"annotation of '{keyword}' has the unknown key '{key}'")
        if key in _ASPECTS:
            _check_entry(node, f"{keyword}.{key}", value)
        elif isinstance(value, list) is not (key in _LISTS):
            raise _error(node, f"'{key}' of the annotation of '{keyword}' is {value!r}")


def _validated(node: Node, keyword: str, merged: Mapping[str, Any], facts: tuple[str, ...]) -> Annotation:
    annotation = Annotation(
        level=merged.get("level", "SHOULD"),
        source=merged.get("source", ""),
        grade=merged.get("grade", "inferred"),
        facts=facts,
        statement=merged.get("statement", ""),
        resolution=merged.get("resolution", ""),
        codes=tuple(merged.get("codes", ())),
        statuses=tuple(merged.get("status", ())),
        open=merged.get("open", ""),
    )
    problem = level_problem(annotation.level, annotation.grade, annotation.source, annotation.resolution)
    if problem:
        raise _error(node, f"'{keyword}' {problem}")
    return annotation


def level_problem(level: str, grade: str, source: str, resolution: str) -> str:
    """Return what is wrong with a level and its evidence, or an empty string.

    A MUST needs a source that states it (design section 4).
    """
    if level not in get_args(Level):
        return f"has the level {level!r}, expected MUST or SHOULD"
    if grade not in get_args(Grade):
        return f"has the grade {grade!r}, expected one of {', '.join(get_args(Grade))}"
    if level == "MUST" and not source:
        return "is MUST without a source"
    settled = grade == "contradicted" and resolution
    if level == "MUST" and grade in _UNSURE and not settled:
        return f"is MUST with the grade '{grade}'"
    return ""


def _error(node: Node, problem: str) -> ContractError:
    return ContractError(node.location.document, "", f"line {node.location.line}: {problem}")
