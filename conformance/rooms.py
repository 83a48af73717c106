"""Making sure that our packages are ours."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOMS = ("openapi", "strategies", "emulator", "reports")


class ForeignPackageError(Exception):
    """A package of another origin stands in the place of one of ours."""


def check_rooms() -> None:
    """Raise ForeignPackageError if a folder of the user shadows one of our packages."""
    home = Path(__file__).resolve().parent.parent
    for name in ROOMS:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if origin != home / name:
            found = str(origin or (list(spec.submodule_search_locations or ()) if spec else "nothing"))
            msg = (
                f"the package '{name}' is expected in '{home}', but Python finds '{found}'; run from "
                "another folder or rename that one"
            )
            raise ForeignPackageError(msg)
