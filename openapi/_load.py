"""From the folder of documents to the contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from openapi._annotations import Scope, level_problem
from openapi._derive import Deriver
from openapi._documents import Documents, Node
from openapi._model import (
    Contract,
    ContractError,
    Contradiction,
    Operation,
    Requirement,
    SchemaNode,
)

_HERE = Path(__file__).resolve().parent
_NONE = "holds no contract; expected a document with 'x-operation' in the folder itself, operations in folders below it"
_DECLARED_KEYS = {"id", "level", "statement", "source", "grade", "facts", "resolution"}


def load_contract(directory: Path | None = None) -> Contract:
    """Load all documents of a folder (by default the shipped contract), once in a process.

    Raises ContractError if a document is unreadable, an annotation is wrong,
    a MUST lacks its evidence or an id occurs twice.
    """
    return _loaded(directory or _HERE)


@lru_cache(maxsize=8)
def _loaded(directory: Path) -> Contract:
    documents = Documents(directory)
    if not documents.may_be_a_contract():
        raise ContractError(str(directory), "", _NONE)
    found: list[Requirement] = []
    operations: dict[str, Operation] = {}
    error: SchemaNode | None = None
    for name in documents.names():
        root = documents.load(name)
        if "x-operation" in root:
            found.extend(_declared(root, str(root["x-operation"])))
            error = _error_envelope(documents, root, found) or error
        elif "openapi" in root:
            operation = _operation(documents, name, root, found)
            operations[operation.name] = operation
    if error is None or not operations:
        raise ContractError(str(documents.directory), "", _NONE)
    return Contract(
        operations=operations,
        error=error,
        ledger=_ledger(found),
        digest=documents.digest(),
        directory=str(documents.directory),
    )


def _ledger(found: list[Requirement]) -> dict[str, Requirement]:
    ledger: dict[str, Requirement] = {}
    for requirement in found:
        if requirement.id in ledger:
            raise ContractError(
                requirement.location.document,
                "",
                f"line {requirement.location.line}: the id '{requirement.id}' is taken",
            )
        ledger[requirement.id] = requirement
    return ledger


def _error_envelope(documents: Documents, root: Node, found: list[Requirement]) -> SchemaNode | None:
    schema = root.get("components", {}).get("schemas", {}).get("Error")
    if schema is None:
        return None
    deriver = Deriver(documents, str(root["x-operation"]), "error", found)
    return deriver.schema(schema, Scope().enter(root), "")


def _operation(documents: Documents, name: str, root: Node, found: list[Requirement]) -> Operation:
    try:
        post = root["paths"]["/"]["post"]
        title = str(post["operationId"])
        success = post["responses"]["200"]["content"]["application/json"]["schema"]
    except (KeyError, TypeError) as error:
        raise ContractError(name, "", f"expected an operation, {error} missing") from None
    scope = Scope().enter(root).enter(post)
    headers, query = _split_parameters(documents, post)
    requests = Deriver(documents, title, "request", found)
    parameters = {p.name: p for p in (requests.parameter(q, scope) for q in query)}
    answers = Deriver(documents, title, "response", found)
    response = answers.schema(success, scope, "")
    message = _message(documents, title, root, scope, found)
    found.append(_whole_request(root, title))
    found.extend(_declared(root, title))
    return Operation(
        name=title,
        service=name.split("/", 1)[0],
        action=_const(name, headers, "x-acs-action"),
        version=_const(name, headers, "x-acs-version"),
        methods=tuple(post.get("x-methods", ("POST",))),
        parameters=parameters,
        response=response,
        message=message,
        contradictions=tuple(_contradictions(root)),
        document=name,
    )


def _whole_request(root: Node, title: str) -> Requirement:
    """Return the requirement that a request within all rules is accepted."""
    return Requirement(
        id=f"{title}/request/accepts",
        operation=title,
        side="request",
        level="SHOULD",
        statement="A request that keeps every documented rule is accepted.",
        source=f"all parameters of {title} together",
        grade="inferred",
        facts=(),
        location=root.location,
        aspect="accepts",
    )


def _split_parameters(documents: Documents, post: Node) -> tuple[dict[str, Node], list[Node]]:
    headers: dict[str, Node] = {}
    query: list[Node] = []
    for raw in post.get("parameters", ()):
        node = documents.follow(raw)
        if node["in"] == "header":
            headers[str(node["name"]).lower()] = node
        else:
            query.append(node)
    return headers, query


def _const(document: str, headers: dict[str, Node], name: str) -> str:
    try:
        return str(headers[name]["schema"]["const"])
    except KeyError:
        raise ContractError(document, "", f"expected the header parameter '{name}' with a const") from None


def _message(documents: Documents, title: str, root: Node, scope: Scope, found: list[Requirement]) -> SchemaNode | None:
    for hook in root.get("webhooks", {}).values():
        content = hook["post"]["requestBody"]["content"]
        deriver = Deriver(documents, title, "message", found)
        return deriver.schema(content["application/json"]["schema"], scope, "")
    return None


def _declared(root: Node, operation: str) -> Iterator[Requirement]:
    for entry in root.get("x-requirements", ()):
        unknown = set(entry) - _DECLARED_KEYS
        missing = {"id", "level", "statement", "source", "grade"} - set(entry)
        problem = level_problem(
            entry.get("level", ""),
            entry.get("grade", ""),
            entry.get("source", ""),
            entry.get("resolution", ""),
        )
        if unknown or missing or problem:
            wrong = problem or f"has wrong or missing keys {sorted(unknown | missing)}"
            raise ContractError(
                root.location.document,
                "",
                f"line {entry.location.line}: requirement '{entry.get('id')}' {wrong}",
            )
        yield _behavior(operation, entry)


def _behavior(operation: str, entry: Node) -> Requirement:
    values: dict[str, Any] = {k: entry[k] for k in ("level", "statement", "source")}
    return Requirement(
        id=f"{operation}/behavior/{entry['id']}",
        operation=operation,
        side="behavior",
        grade=entry["grade"],
        facts=tuple(entry.get("facts", ())),
        resolution=entry.get("resolution", ""),
        location=entry.location,
        **values,
    )


def _contradictions(root: Node) -> Iterator[Contradiction]:
    for entry in root.get("x-contradictions", ()):
        yield Contradiction(
            id=str(entry["id"]),
            statement=str(entry["statement"]),
            resolution=str(entry["resolution"]),
            samples=tuple((str(s["file"]), str(s["at"]), str(s["requirement"])) for s in entry.get("samples", ())),
        )
