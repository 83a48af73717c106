"""Whole valid requests of an operation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from openapi import Operation
from strategies._prose import ALTERNATIVES, of_one_channel
from strategies._schemas import values


def valid_requests(
    operation: Operation,
    fixed: Mapping[str, Any] | None = None,
    *,
    omit: Collection[str] = (),
) -> st.SearchStrategy[dict[str, Any]]:
    """Draw valid requests: JSON values by parameter name.

    `fixed` holds values, or strategies of values, that are used as given and
    always present: the names of projects, tasks and the like that exist.
    Required parameters are present, optional ones come and go; those in
    `omit` never come. Of parameters of which one is needed, such as `JobIds`
    and `UploadURLs`, there is exactly one, unless `fixed` has both.

    Raises InvalidArgument for a name that is no parameter of the operation,
    and for a required one in `omit`.
    """
    given = dict(fixed or {})
    _check_names(operation, given, omit)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, parameter in operation.parameters.items():
        if name in given:
            required[name] = _strategy(given[name])
        elif name not in omit and not _is_settled(name, given):
            made = values(operation, parameter.node, name, 1)
            (required if parameter.required else optional)[name] = made
    groups = [{name: optional.pop(name) for name in group if name in optional} for group in ALTERNATIVES]
    parts = [st.fixed_dictionaries(required, optional=optional)]
    for group in filter(None, groups):
        alone = [st.fixed_dictionaries({name: made}) for name, made in group.items()]
        parts.append(st.one_of(alone))
    return st.tuples(*parts).map(lambda drawn: of_one_channel({k: v for d in drawn for k, v in d.items()}))


def _is_settled(name: str, given: Mapping[str, Any]) -> bool:
    """Return whether a given parameter stands in for this one."""
    groups = (group for group in ALTERNATIVES if name in group)
    return any(other in given for group in groups for other in group)


def _strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def _check_names(operation: Operation, given: Mapping[str, Any], omit: Collection[str]) -> None:
    for argument, names in (("fixed", given), ("omit", omit)):
        for name in names:
            if name not in operation.parameters:
                known = ", ".join(operation.parameters)
                raise InvalidArgument(
                    f"{argument}={name!r}: {operation.name} has no such parameter; expected one of {known}"
                )
    for name in omit:
        if operation.parameters[name].required and name not in given:
            raise InvalidArgument(f"omit={name!r}: {operation.name} requires it")
