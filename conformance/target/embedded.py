"""The embedded emulator as the default target, in process."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.secret import Secret
from conformance.wire.signing import Credentials
from emulator import Emulator, Fault, Limits, OffsetClock

EMBEDDED_KEY = Credentials("embedded", Secret("embedded-emulator-secret"), Secret("embedded-emulator-token"))
"""A temporary key, so that its security token is exercised as well."""


def embedded_emulator(
    *, faults: Sequence[Fault] = (), limits: Limits | None = None
) -> tuple[Emulator, OffsetClock]:
    """Return a new emulator that verifies signatures, and its clock."""
    clock = OffsetClock()
    keys = {EMBEDDED_KEY.key_id: EMBEDDED_KEY.secret.reveal()}
    assert EMBEDDED_KEY.token is not None
    tokens = {EMBEDDED_KEY.key_id: EMBEDDED_KEY.token.reveal()}
    emulator = Emulator(clock=clock, credentials=keys, tokens=tokens, faults=faults, limits=limits or Limits())
    return emulator, clock
