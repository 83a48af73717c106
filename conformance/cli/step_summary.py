"""The summary on the page of a GitHub job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.renderings import render

VARIABLE = "GITHUB_STEP_SUMMARY"


def add_step_summary(report: Mapping[str, Any]) -> str:
    """Add the Markdown of a report to the file that GitHub names, if it names one.

    Returns a sentence if that cannot be written; it changes no verdict.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return ""
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(render("markdown", report))
    except OSError as error:
        return f"{VARIABLE} '{path}' cannot be written: {error.strerror}"
    return ""
