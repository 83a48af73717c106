"""Targets: the server under test, how it is described and how it is reached."""

from conformance.target.config import (
    TIERS,
    Fixtures,
    RunLimits,
    Target,
    TargetError,
    Tier,
    read_target,
)
from conformance.target.connect import Connection, connect

__all__ = [
    "TIERS",
    "Connection",
    "Fixtures",
    "RunLimits",
    "Target",
    "TargetError",
    "Tier",
    "connect",
    "read_target",
]
