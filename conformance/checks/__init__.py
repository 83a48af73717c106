"""Checks: what is sent to settle requirements, and what is read from answers.

`@check` declares an active check, a flow that is a case of its own; `@watch`
declares a passive one, which looks at every exchange of an operation.
"""

from conformance.checks.registry import (
    Case,
    Watch,
    behaviors,
    check,
    conforms,
    expect,
    violates,
    watch,
    watches,
)

__all__ = [
    "Case",
    "Watch",
    "behaviors",
    "check",
    "conforms",
    "expect",
    "violates",
    "watch",
    "watches",
]
