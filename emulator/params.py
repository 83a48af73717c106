"""Typed reading of the parameters of a call; every fault becomes the refusal that the service words."""

from collections.abc import Mapping

from emulator.errors import ErrorStyle
from emulator.json_text import JsonObject, read_json

_BOOLEANS = {"true": True, "false": False}


class Params:
    """The parameters of one call. A parameter with an empty text counts as not given."""

    def __init__(self, values: Mapping[str, str], errors: ErrorStyle) -> None:
        self._values = values
        self.errors = errors

    def optional(self, name: str) -> str:
        """Return a text, empty if the parameter is not given."""
        return self._values.get(name, "")

    def text(self, name: str) -> str:
        """Return a text that must be given."""
        value = self.optional(name)
        if not value:
            raise self.errors.missing(name)
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean in any spelling of case, false if not given (IMM-COM-BOOL, RPC-BOOL-CASE)."""
        value = self.optional(name)
        if not value:
            return False
        if value.lower() not in _BOOLEANS:
            raise self.errors.invalid(name, f'expected true or false, found "{value}"')
        return _BOOLEANS[value.lower()]

    def number(self, name: str, highest: int, default: int) -> int:
        """Return a whole number from 1 to ``highest``."""
        value = self.optional(name)
        if not value:
            return default
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(highest)) else 0
        if not 1 <= number <= highest:
            raise self.errors.invalid(name, f'expected a whole number from 1 to {highest}, found "{value}"')
        return number

    def short_text(self, name: str, longest: int) -> str:
        """Return a text of at most ``longest`` characters, empty if not given."""
        value = self.optional(name)
        if len(value) > longest:
            raise self.errors.invalid(name, f"expected at most {longest} characters, found {len(value)}")
        return value

    def user_data(self, longest: int) -> str:
        """Return UserData of at most ``longest`` UTF-8 bytes, empty if not given (IMM-BIFM-USERDATA-MAX)."""
        value = self.optional("UserData")
        size = len(value.encode())
        if size > longest:
            raise self.errors.over_limit("UserData", f"at most {longest} bytes, found {size}")
        return value

    def json(self, name: str) -> object:
        """Return the value of a JSON text, None if not given."""
        value = self.optional(name)
        if not value:
            return None
        try:
            return read_json(value)
        except ValueError as error:
            raise self.errors.malformed(name, str(error)) from None

    def array(self, name: str) -> list[object]:
        """Return a JSON array, empty if not given."""
        value = self.json(name)
        if value is None and not self._is_null(name):
            return []
        if not isinstance(value, list):
            raise self.errors.invalid(name, f"expected a JSON array, found {json_type(value)}")
        return value

    def required_array(self, name: str, most: int, least: int = 1) -> list[object]:
        """Return a JSON array of ``least`` to ``most`` items; with fewer it counts as missing (IMM-BGFM-URIS-EMPTY)."""
        self.text(name)
        items = self.array(name)
        if len(items) < least:
            raise self.errors.missing(name)
        if len(items) > most:
            raise self.errors.over_limit(name, f"at most {most} items, found {len(items)}")
        return items

    def texts(self, name: str, items: list[object]) -> list[str]:
        """Return the items of an array parameter that must all be strings."""
        for index, item in enumerate(items):
            if not isinstance(item, str):
                raise self.errors.invalid(f"{name}[{index}]", f"expected a string, found {json_type(item)}")
        return [item for item in items if isinstance(item, str)]

    def mapping(self, name: str) -> JsonObject:
        """Return a JSON object, empty if not given."""
        value = self.json(name)
        if value is None and not self._is_null(name):
            return {}
        return self.as_object(name, value)

    def as_object(self, name: str, value: object) -> JsonObject:
        """Return a value that must be a JSON object."""
        if not isinstance(value, dict):
            raise self.errors.invalid(name, f"expected a JSON object, found {json_type(value)}")
        return value

    def _is_null(self, name: str) -> bool:
        return self.optional(name) != ""


def json_type(value: object) -> str:
    """Return the JSON name of the type of a value, for error texts."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
