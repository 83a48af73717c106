"""Making sure that our packages are ours."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

ROOMS = ("openapi", "strategies", "emulator", "reports")


class ForeignPackageError(Exception):
    """A package of another origin stands in the place of one of ours."""


def check_rooms() -> None:
    """Raise ForeignPackageError if a folder of the user shadows one of our packages."""
    home = Path(__file__).resolve().parent.parent
    for name in ROOMS:
        spec = importlib.util.find_spec(name)
        found = _place(spec)
        if found != str(home / name):
            msg = (
                f"the package '{name}' is expected in '{home}', but Python finds '{found}'; run from "
                "another folder or rename that one"
            )
            raise ForeignPackageError(msg)


def _place(spec: ModuleSpec | None) -> str:
    """Return the folder of a package, the file of a module, or where else it was found."""
    if spec is None:
        return "nothing"
    if spec.origin is None:
        return str(list(spec.submodule_search_locations or ()))
    path = Path(spec.origin).resolve()
    return str(path.parent if path.name == "__init__.py" else path)
