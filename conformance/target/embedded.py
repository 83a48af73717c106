"""The embedded emulator as the default target, in process."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.secret import Secret
from conformance.wire.signing import Credentials
from emulator import Emulator, Fault, Limits, OffsetClock

EMBEDDED_KEY = Credentials("embedded", Secret("embedded-emulator-secret"))


def embedded_emulator(
    *, faults: Sequence[Fault] = (), limits: Limits | None = None
) -> tuple[Emulator, OffsetClock]:
    """Return a new emulator that verifies signatures, and its clock."""
    clock = OffsetClock()
    keys = {EMBEDDED_KEY.key_id: EMBEDDED_KEY.secret.reveal()}
    return Emulator(clock=clock, credentials=keys, faults=faults, limits=limits or Limits()), clock
