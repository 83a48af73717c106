"""The same outcomes in every kind of run, but for what a page names as needing something."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.judging import judge_emulator
from conformance.settings import Settings
from conformance.target.config import Fixtures
from conformance.target.embedded import embedded_emulator, seed
from emulator import Emulator
from openapi import load_contract
from tests.modes.conftest import seeded
from tests.serving import on_a_socket

PAGE = Path(__file__).parents[2] / "docs" / "needs.md"
NONE = Fixtures()
KEY = ("testid", "testsecret")
COMMAND = Path(sys.executable).with_name("conformance")
ALWAYS = frozenset({"luck"})
WHOLE = Settings()


def all_fixtures() -> Fixtures:
    """Return the fixtures of a seeded emulator, with the bucket that has objects in it."""
    return replace(seed(embedded_emulator()[0]), bucket="embedded-bucket")


def half_of(fixtures: Fixtures) -> Fixtures:
    """Return fixtures of which what the second half would name is left out."""
    return replace(fixtures, missing_uris=(), tasks=(), batch_jobs=(), expired_batch_jobs=())


def needs() -> dict[str, frozenset[str]]:
    """Return what the page says that each requirement needs; those that need nothing are left out."""
    rows = re.findall(r"^\| `([^`]+)` \| ([\w -]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    patterns = [(re.compile(re.escape(glob).replace(r"\*", ".*")), need) for glob, need in rows]
    found = {
        requirement: frozenset(need for pattern, need in patterns if pattern.fullmatch(requirement))
        for requirement in load_contract().ledger
    }
    return {requirement: wanted for requirement, wanted in found.items() if wanted}


def lacking(*missing: str) -> set[str]:
    """Return the requirements that are not judged where this is missing."""
    return {requirement for requirement, wanted in needs().items() if wanted & (ALWAYS | set(missing))}


def unjudged(report: Mapping[str, Any]) -> set[str]:
    """Return the requirements that did not conform; none of them may be broken or unsure."""
    entries = [entry for entry in report["requirements"] if entry["outcome"] != "conforms"]
    assert {entry["outcome"] for entry in entries} <= {"blocked", "not-exercised"}
    assert all(entry["reason"] for entry in entries)
    return {entry["id"] for entry in entries}


def test_every_must_is_judged_on_the_embedded_target() -> None:
    """On the default target every MUST is exercised and conforms."""
    report = judge_emulator()

    assert {e["id"] for e in report["requirements"] if e["level"] == "MUST" and not e["exercised"]} == set()
    assert unjudged(report) == lacking()
    assert report["verdict"] == "conforms"


def test_in_process_without_fixtures() -> None:
    """What a run provisions itself stands for fixtures, but for those that the API cannot make."""
    report = judge_emulator(settings=WHOLE, fixtures=NONE)

    assert unjudged(report) == lacking("fixtures", "reason")


def test_in_process_without_signatures() -> None:
    """Without signatures only what needs them is not judged."""
    report = judge_emulator(settings=WHOLE, variations=["no-signatures"])

    assert unjudged(report) == lacking("signatures")


def test_in_process_with_all_fixtures() -> None:
    """With all fixtures only what is asked of made-up objects is not judged."""
    report = judge_emulator(settings=WHOLE, fixtures=all_fixtures(), prepare=seeded)

    assert unjudged(report) == lacking("reason", "made-up objects")


def test_in_process_with_half_of_the_fixtures() -> None:
    """With half of the fixtures the rest is provisioned."""
    report = judge_emulator(settings=WHOLE, fixtures=half_of(all_fixtures()), prepare=seeded)

    assert lacking("made-up objects") <= unjudged(report) <= lacking("fixtures", "reason", "made-up objects")


def toml(fixtures: Fixtures) -> str:
    """Return the table of a target file."""
    given = {name: value for name, value in asdict(fixtures).items() if value}
    lines = [
        f"{name} = {json.dumps(value)}" for name, value in given.items() if name not in ("tasks", "url_upload_jobs")
    ]
    tasks = [f'[[fixtures.tasks]]\ntype = "{kind}"\nid = "{id_}"' for kind, id_ in fixtures.tasks]
    jobs = [f'[[fixtures.url_upload_jobs]]\nid = "{id_}"\nurl = "{url}"' for id_, url in fixtures.url_upload_jobs]
    return "\n".join(["[fixtures]", *lines, *tasks, *jobs])


def run_on(url: str, fixtures: Fixtures, folder: Path) -> dict[str, Any]:
    """Run the command against an address and return its report."""
    key_id, secret = KEY
    (folder / "target.toml").write_text(
        f'name = "it"\n[endpoints]\nimm = "{url}"\nice = "{url}"\n'
        f'[credentials]\naccess_key_id = "{key_id}"\naccess_key_secret = "{secret}"\n{toml(fixtures)}\n',
        encoding="utf-8",
    )
    command = [str(COMMAND), "run", "--target", "target.toml", "--report", "report"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    return report


@pytest.mark.parametrize(
    ("given", "auth", "missing"),
    [
        ("no", False, {"notifications", "temporary key", "signatures", "fixtures", "reason"}),
        ("all", True, {"notifications", "temporary key", "reason", "made-up objects"}),
    ],
)
def test_on_a_socket(tmp_path: Path, given: str, auth: bool, missing: set[str]) -> None:
    """On a socket, with fixtures and without, only what the page names is not judged."""
    emulator = Emulator(credentials=dict([KEY]) if auth else None)
    if given == "all":
        seed(emulator)
    fixtures = all_fixtures() if given == "all" else NONE

    with on_a_socket(emulator) as url:
        report = run_on(url, fixtures, tmp_path)

    assert unjudged(report) == lacking(*missing)
