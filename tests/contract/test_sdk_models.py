"""The documents and the models of the official SDKs, member by member in both directions."""

import sys
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import alibabacloud_ice20201109.models as ice_models
import alibabacloud_imm20200930.models as imm_models
import pytest
from darabonba.model import DaraModel

from openapi import Contract, Operation, SchemaNode

MODULES: dict[str, ModuleType] = {"imm": imm_models, "ice": ice_models}
SAMPLES: dict[type, Any] = {str: "x", int: 1, float: 1.5, bool: True}
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
OPERATIONS = (
    "BatchGetFileMeta",
    "CreateBinding",
    "GetBinding",
    "BatchIndexFileMeta",
    "IndexFileMeta",
    "GetTask",
    "GetUrlUploadInfos",
    "GetBatchMediaProducingJob",
)

Difference = tuple[str, str, str]


def is_model(hint: Any) -> bool:
    """Return whether a type of the SDK is one of its models."""
    return isinstance(hint, type) and issubclass(hint, DaraModel)


def sample(hint: Any) -> Any:
    """Return a value of a type that appears in the SDK."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is list:
        return [sample(arguments[0])]
    if typing.get_origin(hint) is dict:
        return {"key": sample(arguments[1])}
    return hint() if is_model(hint) else SAMPLES.get(hint, "x")


def members(model: type[DaraModel]) -> dict[str, Any]:
    """Return the types of a model's members by their names on the wire.

    The name is what appears in the model's map when only that attribute is set.
    """
    hints = typing.get_type_hints(model.__init__, vars(sys.modules[model.__module__]))
    bare = model().to_map()
    found = {}
    for attribute, hint in hints.items():
        full = model(**{attribute: sample(hint)}).to_map()
        (name,) = (key for key in full if bare.get(key) != full[key])
        found[name] = hint
    return found


def type_of(hint: Any) -> str:
    """Return the JSON type of a type of the SDK."""
    return "object" if is_model(hint) else TYPES[typing.get_origin(hint) or hint]


def differences(node: SchemaNode, hint: Any, at: str) -> Iterator[Difference]:
    """Yield where a schema and a type of the SDK disagree: place, document, SDK."""
    if hint is Any:
        return
    documented = str(node.schema["type"])
    if documented != type_of(hint):
        yield at, documented, type_of(hint)
        return
    if is_model(hint):
        yield from of_members(node.members, members(hint), at)
    elif typing.get_origin(hint) is not None:
        inner = typing.get_args(hint)[-1]
        child, below = (node.item, "[]") if documented == "array" else (node.other, "{}")
        if child is not None:
            yield from differences(child, inner, at + below)
        elif inner is not Any:
            yield at + below, "absent", type_of(inner)


def of_members(documented: typing.Mapping[str, SchemaNode], known: dict[str, Any], at: str) -> Iterator[Difference]:
    """Yield where the members of an object disagree."""
    for name in sorted({*documented, *known}):
        if name not in known:
            yield f"{at}/{name}", str(documented[name].schema["type"]), "absent"
        elif name not in documented:
            yield f"{at}/{name}", "absent", type_of(known[name])
        else:
            yield from differences(documented[name], known[name], f"{at}/{name}")


def model(operation: Operation, suffix: str) -> type[DaraModel]:
    """Return a model of the SDK by the name of its operation."""
    found: type[DaraModel] = getattr(MODULES[operation.service], operation.name + suffix)
    return found


def listed(differences: dict[str, dict[str, str]], side: str) -> set[Difference]:
    """Return the named differences below one side of an operation."""
    return {(at, d["document"], d["sdk"]) for at, d in differences.items() if at.startswith(f"{side}/")}


@pytest.mark.parametrize("name", OPERATIONS)
def test_requests_agree(name: str, contract: Contract, sdk_differences: dict[str, dict[str, str]]) -> None:
    """Document and SDK have the same request parameters, except for the named differences."""
    operation = contract.operations[name]
    documented = {p.name: p.node for p in operation.parameters.values()}

    found = set(of_members(documented, members(model(operation, "Request")), f"{name}/request"))

    assert found == listed(sdk_differences, f"{name}/request")


@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_agree(name: str, contract: Contract, sdk_differences: dict[str, dict[str, str]]) -> None:
    """Document and SDK have the same members in answers, except for the named differences."""
    operation = contract.operations[name]

    found = set(differences(operation.response, model(operation, "ResponseBody"), f"{name}/response"))

    assert found == listed(sdk_differences, f"{name}/response")


def test_differences_have_reasons(sdk_differences: dict[str, dict[str, str]]) -> None:
    """Every named difference says why it stands."""
    silent = [at for at, difference in sdk_differences.items() if not difference["reason"].endswith(".")]

    assert silent == []


def test_differences_are_of_known_operations(contract: Contract, sdk_differences: dict[str, dict[str, str]]) -> None:
    """No named difference is of an operation that is not compared."""
    assert {at.split("/", 1)[0] for at in sdk_differences} <= set(contract.operations) == set(OPERATIONS)
