"""Faults that no check from outside can see in the embedded target, each with the reason.

`docs/sensitivity.md` lists them; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping

SURVIVORS: Mapping[str, str] = {}
"""The reason by the id of the fault."""
