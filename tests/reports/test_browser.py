"""The page in a real browser: quiet, without a network, usable by keyboard and by screen readers."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openapi import Contract
from reports import build_report
from reports.renderings import render

from .conftest import BROKEN, INFO, WARNED, finding, good_tally

pytestmark = pytest.mark.outside

OUTSIDE = Path(__file__).parents[1] / "outside"
Seen = dict[str, Any]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], Seen]:
    """Return the function that opens the page of a report and uses it."""
    browser = shutil.which("chromium")
    if not browser or not (OUTSIDE / "node_modules" / "playwright-core").exists():
        reason = "Chromium or playwright-core is not installed; tests/outside/install.sh installs them"
        if os.environ.get("CONFORMANCE_REQUIRE_OUTSIDE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    def visited(report: dict[str, Any]) -> Seen:
        page = tmp_path_factory.mktemp("page") / "report.html"
        page.write_text(render("html", report), encoding="utf-8")
        command = ["node", "page.mjs", browser, page.as_uri()]
        done = subprocess.run(command, cwd=OUTSIDE, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        seen: Seen = json.loads(done.stdout)
        return seen

    return visited


@pytest.fixture(scope="module")
def broken_report(contract: Contract) -> dict[str, Any]:
    """Return the report of a run that found something."""
    tally = good_tally(contract)
    for requirement in (*BROKEN, WARNED):
        tally.violate(requirement, finding())
    tally.blocked["CreateBinding/response/RequestId/required"] = "no project could be made"
    del tally.exercised["CreateBinding/response/RequestId/required"]
    more = build_report(contract, tally, INFO)
    again = [{**entry, "id": f"{entry['id']}/again"} for entry in more["requirements"] if not entry["findings"]]
    return {**more, "requirements": [*more["requirements"], *again][:2000]}


@pytest.fixture(scope="module")
def broken(visit: Callable[[dict[str, Any]], Seen], broken_report: dict[str, Any]) -> Seen:
    """Return what came of visiting the page of a run that found something, of 2,000 requirements."""
    return visit(broken_report)


@pytest.fixture(scope="module")
def attacked(visit: Callable[[dict[str, Any]], Seen], hostile_report: dict[str, Any]) -> Seen:
    """Return what came of visiting the page of a hostile target."""
    return visit(hostile_report)


@pytest.fixture(params=["broken", "attacked"])
def seen(request: pytest.FixtureRequest) -> Seen:
    """Return what came of visiting each page."""
    visited: Seen = request.getfixturevalue(request.param)
    return visited


def test_page_is_quiet(seen: Seen) -> None:
    """The page writes nothing to the console, asks nothing of the network and opens no dialog."""
    assert (seen["console"], seen["requests"], seen["dialogs"]) == ([], [], 0)


@pytest.mark.parametrize("view", ["light", "dark", "narrow"])
def test_page_is_accessible(view: str, seen: Seen) -> None:
    """Axe finds nothing serious, with every detail open: light, dark and on a telephone."""
    assert seen["axe"][view] == []


def test_page_fits(seen: Seen) -> None:
    """Nothing makes the page wider than the window."""
    assert (seen["widths"]["light"], seen["widths"]["narrow"]) == (1280, 390)


def test_page_is_dark_at_night(broken: Seen) -> None:
    """The page follows the system, and the button overrules it."""
    assert broken["shown"]["light"] != broken["shown"]["dark"] == broken["shown"]["chosen"]


def test_search(broken: Seen, broken_report: dict[str, Any]) -> None:
    """The slash key leads to the search, which shows exactly the rows with all words, and says how many."""
    ids = [r["id"].lower() for r in broken_report["requirements"]]
    expected = sum("uris" in name and "maxitems" in name for name in ids)

    assert broken["focused"] == "q"
    assert broken["searched"] == expected > 0
    assert broken["said"] == f"{expected} of {broken['total']} requirements"


def test_search_is_quick(broken: Seen) -> None:
    """Thirteen keys and their result take less than two seconds with 2,000 requirements."""
    assert broken["total"] == 2000
    assert broken["searchMilliseconds"] < 2000


def test_escape_clears(broken: Seen) -> None:
    """Escape clears the search and closes what it opened."""
    assert broken["cleared"] == broken["atFirst"] == 0


def test_filter(broken: Seen, broken_report: dict[str, Any]) -> None:
    """Filters by outcome, level and cell of the matrix show exactly their requirements."""
    entries = broken_report["requirements"]

    assert broken["filteredKinds"] == ["conforms"]
    assert broken["filtered"] == sum(r["outcome"] == "conforms" for r in entries)
    assert broken["should"] == sum(r["level"] == "SHOULD" for r in entries)
    assert broken["ofCell"] == int(broken["cell"])


def test_copy(broken: Seen) -> None:
    """The first button of a finding copies exactly the line that repeats it."""
    assert broken["copied"] == finding().rerun


def test_print(broken: Seen) -> None:
    """On paper there are the verdict and what was not tested, and no form."""
    assert broken["printed"] == {"filter": False, "verdict": True, "silence": True}


def test_without_script(broken: Seen) -> None:
    """Without JavaScript the page can be read, and shows no filter that would not work."""
    assert broken["withoutScript"] == {"verdict": True, "filter": False}
