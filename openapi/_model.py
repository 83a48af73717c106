"""The values that the loaded contract is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["MUST", "SHOULD"]
Grade = Literal["documented", "documented-twice", "example-only", "contradicted", "inferred"]
Side = Literal["request", "response", "error", "message", "behavior"]
Aspect = Literal["", "accepts", "refuses", "code"]
Encoding = Literal["text", "boolean", "json", "comma"]


class ContractError(Exception):
    """A document of the contract says something that the loader refuses.

    `document` is the file's path below the contract's folder, `where` a JSON
    pointer into it.
    """

    def __init__(self, document: str, where: str, problem: str) -> None:
        super().__init__(f"{document}{'#' + where if where else ''}: {problem}")
        self.document = document
        self.where = where
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Location:
    """Where a requirement is written: a document and a line in it (from 1)."""

    document: str
    line: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable statement of the contract (design section 4).

    `keyword` is the OpenAPI keyword of a structural requirement and empty for
    a declared one; `aspect` tells apart what a request keyword asks for;
    `value` is the keyword's documented value. `codes` and `statuses` are the
    accepted `Code` patterns and HTTP statuses of an aspect `code`.
    """

    id: str
    operation: str
    side: Side
    level: Level
    statement: str
    source: str
    grade: Grade
    facts: tuple[str, ...]
    location: Location
    keyword: str = ""
    aspect: Aspect = ""
    path: str = ""
    value: Any = None
    codes: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    resolution: str = ""

    @property
    def must(self) -> bool:
        """Whether breaking it breaks the contract."""
        return self.level == "MUST"


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """One schema of the contract with the requirements that its keywords are.

    `keywords` maps a keyword to the ids of its requirements (one in an
    answer, up to three in a request); `required` does so for each required
    member. `item` describes array items, `other` the values of members that
    `members` does not name, `content` the JSON text inside a string.
    """

    path: str
    schema: Mapping[str, Any]
    keywords: Mapping[str, tuple[str, ...]]
    required: Mapping[str, tuple[str, ...]]
    members: Mapping[str, SchemaNode] = field(default_factory=dict)
    item: SchemaNode | None = None
    other: SchemaNode | None = None
    content: SchemaNode | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One request parameter as it is on the wire."""

    name: str
    required: bool
    encoding: Encoding
    node: SchemaNode
    required_ids: tuple[str, ...]
    example: Any = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A place where the sources disagree, and the reading that was chosen."""

    id: str
    statement: str
    resolution: str
    samples: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract.

    `action` and `version` are how it is named on the wire, `methods` the HTTP
    methods that the service documents, `message` the schema of the message
    that the operation sends later, if it sends one.
    """

    name: str
    service: str
    action: str
    version: str
    methods: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    response: SchemaNode
    message: SchemaNode | None
    contradictions: tuple[Contradiction, ...]
    document: str


@dataclass(frozen=True, slots=True)
class Contract:
    """All documents, loaded: the operations, the error envelope, the ledger.

    `ledger` maps requirement ids to requirements in the order of the
    documents; `digest` is the SHA-256 of the documents' bytes.
    """

    operations: Mapping[str, Operation]
    error: SchemaNode
    ledger: Mapping[str, Requirement]
    digest: str
    directory: str

    def of(self, operation: str) -> tuple[Requirement, ...]:
        """Return the requirements of one operation (or pseudo-operation)."""
        return tuple(r for r in self.ledger.values() if r.operation == operation)
