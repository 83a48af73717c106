"""How sharp the kit is: faults planted and caught, measured by `conformance selftest`.

The figures are in `sensitivity.json` beside this module. They hold for one
contract; for any other a report says that they are stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA = "conformance-sensitivity/1"
FILE = Path(__file__).with_name("sensitivity.json")


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The measured figures: of the whole kit, and (planted, caught) by requirement."""

    contract: str
    faults: int
    planted: int
    caught: int
    collateral: int
    survived: int
    lawful: int
    alarms: int
    requirements: Mapping[str, tuple[int, int]] = field(repr=False)

    def whole(self, digest: str) -> dict[str, Any]:
        """Return the figures of the kit as a report for the contract with `digest` has them."""
        return {
            "faults": self.faults,
            "planted": self.planted,
            "caught": self.caught,
            "collateral": self.collateral,
            "survived": self.survived,
            "lawful_servers": self.lawful,
            "alarms": self.alarms,
            "stale": digest != self.contract,
        }

    def of(self, requirement: str) -> dict[str, int]:
        """Return the faults planted and caught of one requirement."""
        planted, caught = self.requirements.get(requirement, (0, 0))
        return {"planted": planted, "caught": caught}


@lru_cache(maxsize=1)
def sensitivity() -> Sensitivity:
    """Return the figures that the package was shipped with."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Sensitivity(
        contract=data["contract"],
        faults=data["faults"],
        planted=data["planted"],
        caught=data["caught"],
        collateral=data["collateral"],
        survived=data["survived"],
        lawful=data["lawful"],
        alarms=data["alarms"],
        requirements={name: (row[0], row[1]) for name, row in data["requirements"].items()},
    )


def in_words(whole: Mapping[str, Any]) -> str:
    """Return the figures of the kit in one sentence."""
    if not whole["faults"]:
        return "not measured; `conformance selftest --publish` measures it"
    text = (
        f"the kit catches {whole['caught']} of {whole['faults']} planted faults under their own requirement "
        f"and alarms at {whole['alarms']} of {whole['lawful_servers']} lawful servers"
    )
    return f"{text} (measured with another contract)" if whole["stale"] else text
