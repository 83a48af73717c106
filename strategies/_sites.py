"""The places of a request for which the contract has a schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openapi import Operation, Parameter, SchemaNode
from strategies._validity import rule
from strategies._values import CONTENT, Step

_ANY_MEMBER = "key"


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a request: a parameter, or a value inside it.

    `steps` leads there from the map of parameters; `required` holds the ids
    of its requirement `required`, None if it is optional.
    """

    operation: str
    parameter: Parameter
    node: SchemaNode
    steps: tuple[Step, ...]
    required: tuple[str, ...] | None
    parent: Site | None = None

    @property
    def name(self) -> str:
        """The name of the nearest parameter or member."""
        return next(s for s in reversed(self.steps) if isinstance(s, str))

    @property
    def is_parameter(self) -> bool:
        """Whether it is a whole parameter."""
        return self.parent is None

    @property
    def on_wire_as_text(self) -> bool:
        """Whether the value stands in the query without JSON around it."""
        if self.is_parameter:
            return self.parameter.encoding in ("text", "boolean")
        return self.parameter.encoding == "comma"

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords here that are requirements, `required` first."""
        first = ("required",) if self.required else ()
        return (*first, *(keyword for keyword, ids in self.node.keywords.items() if ids))

    def requirement(self, keyword: str) -> str:
        """Return the id, without aspect, of a keyword's requirements."""
        return f"{self.operation}/request/{rule(self.node, keyword)}"

    def aspects(self, keyword: str) -> frozenset[str]:
        """Return which aspects of a keyword are requirements."""
        ids = (self.required or ()) if keyword == "required" else self.node.keywords[keyword]
        return frozenset(id_.rpartition("/")[2] for id_ in ids)


def sites(operation: Operation) -> Iterator[Site]:
    """Yield all places of the operation's requests, each after its parent."""
    for parameter in operation.parameters.values():
        ids = parameter.required_ids if parameter.required else None
        yield from _below(Site(operation.name, parameter, parameter.node, (parameter.name,), ids))


def _below(site: Site) -> Iterator[Site]:
    yield site
    node = site.node
    inner: list[tuple[Step, SchemaNode | None]] = list(node.members.items())
    inner += [(0, node.item), (_ANY_MEMBER, node.other), (CONTENT, node.content)]
    for step, child in inner:
        if child is not None:
            ids = node.required.get(step) if isinstance(step, str) else None
            yield from _below(Site(site.operation, site.parameter, child, (*site.steps, step), ids, site))
