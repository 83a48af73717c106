"""A text that cannot be printed by accident."""

from __future__ import annotations


class Secret:
    """Holds a secret text; only `reveal()` gives it back.

    `str`, `repr` and formatting show a placeholder, so that a log line, an
    exception text or a report can hold one without giving it away.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for signing only."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        msg = "a Secret is not written anywhere"
        raise TypeError(msg)
