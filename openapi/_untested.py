"""The page of documented facts that the kit does not test."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_PAGES = (_HERE / "not-tested.md", _HERE.parent / "docs" / "not-tested.md")
_ROW = re.compile(r"^\| ([A-Z0-9-]+) \| (.+) \|$", re.MULTILINE)


def untested_facts() -> dict[str, str]:
    """Return the reason for every fact on the page `docs/not-tested.md`.

    The page stands beside this module in an installed package, and in `docs/`
    of a checkout.
    """
    page = next(path for path in _PAGES if path.exists())
    return dict(_ROW.findall(page.read_text(encoding="utf-8")))
