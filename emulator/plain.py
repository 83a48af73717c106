"""Plain data and JSON: dataclasses to values that JSON can carry, and back by their type hints."""

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints


def to_json(value: object) -> object:
    """Return a value made of objects, arrays and scalars only."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: to_json(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(kind: Any, value: Any) -> Any:
    """Return a value of a type from what `to_json` made of it.

    A member that is left out has its default. Raises TypeError or ValueError if the value is not of that type.
    """
    if is_dataclass(kind):
        return _record(kind, value)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return {name: from_json(arguments[1], member) for name, member in _checked(value, dict).items()}
    if origin is list:
        return [from_json(arguments[0], item) for item in _checked(value, list)]
    return value if kind is object else _checked(value, kind)


def members_of(kind: Any) -> dict[str, Any]:
    """Return the types of a dataclass's members by name, in their order."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _record(kind: Any, value: Any) -> Any:
    members = members_of(kind)
    unknown = _checked(value, dict).keys() - members.keys()
    if unknown:
        raise ValueError(f'expected the members of {kind.__name__}, found "{min(unknown)}"')
    return kind(**{name: from_json(members[name], member) for name, member in value.items()})


def _checked(value: Any, kind: Any) -> Any:
    # A whole number is a float as well, but a boolean is no number.
    allowed = int | float if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"expected {kind}, found {type(value).__name__}")
    return value
