"""Identifiers: different on every call, the same again for the same seed and the same calls."""

import hashlib
import string
from uuid import UUID

from emulator.state import State

_ALPHANUMERIC = string.digits + string.ascii_uppercase + string.ascii_lowercase
_EVENT_LENGTH = 22
_BLOCK = 1_000


class Ids:
    """A source of identifiers; none is given out twice.

    The state counts them in blocks that are set aside, so that a call that changes nothing else leaves it as it is.
    """

    def __init__(self, seed: int, state: State) -> None:
        self._seed = seed
        self._state = state
        self._last = state.serial

    def _digest(self) -> bytes:
        if self._last == self._state.serial:
            self._state.serial += _BLOCK
        self._last += 1
        text = f"{self._seed}:{self._last}"
        return hashlib.sha256(text.encode()).digest()

    def request_id(self) -> str:
        """Return an upper-case UUID (RPC-REQID-FORM)."""
        return str(UUID(bytes=self._digest()[:16], version=4)).upper()

    def trace_id(self) -> str:
        """Return 32 lower-case hexadecimal digits (RPC-TRACE-HEADER)."""
        return self._digest().hex()[:32]

    def job_id(self) -> str:
        """Return 32 lower-case hexadecimal digits, the form of job and media ids."""
        return self._digest().hex()[:32]

    def task_id(self, task_type: str) -> str:
        """Return ``<task type>-<uuid>`` (imm.md 1.5)."""
        return f"{task_type}-{UUID(bytes=self._digest()[:16], version=4)}"

    def event_id(self) -> str:
        """Return three hexadecimal digits, a hyphen and letters and digits (imm.md 1.5)."""
        digest = self._digest()
        tail = "".join(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)] for byte in digest[:_EVENT_LENGTH])
        return f"{digest[-2:].hex()[:3].upper()}-{tail}"
