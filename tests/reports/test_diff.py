"""Comparing reports: what changed, who changed it, and what fails a gate."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.diff import compare, gate
from reports.diff_text import to_json, to_markdown, to_text
from reports.reading import ReportError, read_report

NAME = "GetTask/response/Status/enum"
FINDING = {"case": "c", "expected": "one of a, b", "observed": "c", "curl": "", "rerun": "conformance run --case c"}


def entry(outcome: str, level: str = "MUST", name: str = NAME) -> dict[str, Any]:
    """Return a requirement of a report."""
    return {"id": name, "level": level, "outcome": outcome, "findings": [FINDING] if outcome == "violates" else []}


def report(*entries: dict[str, Any], contract: str = "sha256:1", version: str = "1", **more: Any) -> dict[str, Any]:
    """Return a report."""
    usual = {
        "schema": "conformance-report/1",
        "kit": {"name": "kit", "version": version, "contract": contract},
        "target": {"name": "t", "version": ""},
        "run": {"profile": "standard", "seed": 0},
        "verdict": "conforms",
        "controls": {"GetTask": "accepted"},
        "requirements": list(entries),
        "waivers": [],
        "complete": True,
    }
    return {**usual, **more}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("conforms", "violates", "broke"),
        ("not-exercised", "violates", "broke"),
        ("waived", "violates", "broke"),
        ("violates", "conforms", "mended"),
        ("waived", "conforms", "mended"),
        ("blocked", "conforms", "newly_exercised"),
        ("conforms", "not-exercised", "no_longer_exercised"),
        ("conforms", "inconclusive", "no_longer_exercised"),
    ],
)
def test_change_is_of_one_kind(before: str, after: str, kind: str) -> None:
    """What an outcome was and is says what happened."""
    found = compare(report(entry(before)), report(entry(after)))

    kinds = ("broke", "mended", "newly_exercised", "no_longer_exercised", "added", "removed")
    assert {k: len(getattr(found, k)) for k in kinds if getattr(found, k)} == {kind: 1}


@pytest.mark.parametrize("outcome", ["conforms", "violates", "blocked"])
def test_same_outcome_is_no_change(outcome: str) -> None:
    """Two equal reports differ in nothing, broken or not."""
    found = compare(report(entry(outcome)), report(entry(outcome)))

    assert to_text(found) == "nothing changed\n"


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (report(entry("conforms")), report(entry("violates")), "target"),
        (report(), report(entry("violates"), contract="sha256:2"), "new requirement"),
        (
            report(entry("violates", "SHOULD")),
            report(entry("violates"), contract="sha256:2"),
            "stricter requirement",
        ),
        (report(entry("conforms")), report(entry("violates"), version="2"), "kit"),
    ],
)
def test_cause_is_told(before: dict[str, Any], after: dict[str, Any], cause: str) -> None:
    """A new or stricter requirement is told apart from a target that changed."""
    assert [c.cause for c in compare(before, after).broke] == [cause]


def test_changed_kit_and_contract_are_noted() -> None:
    """What makes two reports less alike is said."""
    found = compare(report(), report(contract="sha256:2", version="2"))

    assert found.notes == ["the kit changed from version 1 to 2", "the contract changed"]


@pytest.mark.parametrize(("level", "strict", "count"), [("MUST", False, 1), ("SHOULD", False, 0), ("SHOULD", True, 1)])
def test_regressions_are_those_of_the_level(level: str, strict: bool, count: int) -> None:
    """A SHOULD fails a gate only if asked to."""
    found = compare(report(entry("conforms", level)), report(entry("violates", level)))

    assert len(found.regressions(strict=strict)) == count


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (report(entry("violates"), verdict="violates"), 0),
        (report(entry("violates"), entry("violates", name="GetTask/new"), verdict="violates"), 1),
        (report(entry("violates"), verdict="violates", complete=False), 2),
        (report(entry("conforms"), verdict="inconclusive"), 2),
        (report(entry("violates"), verdict="violates", controls={"GetTask": "HTTP 500"}), 2),
        (report(entry("conforms")), 0),
    ],
)
def test_gate_fails_on_news_only(now: dict[str, Any], code: int) -> None:
    """What the baseline has broken already does not fail a run; what is new, and what could not be judged, does."""
    baseline = report(entry("violates"), entry("conforms", name="GetTask/new"), verdict="violates")

    assert gate(now, baseline, strict=False) == code


def test_markdown_shows_hostile_text_as_text() -> None:
    """What a target answers cannot become markup, a mention or another row of the table."""
    hostile = "<img src=x>|*a*\n@all [x](y)\u202e"
    broken = {**entry("violates"), "findings": [{**FINDING, "observed": hostile}]}

    text = to_markdown(compare(report(entry("conforms")), report(broken)))

    assert not any(part in text for part in ("<img", "|*", "[x](", "@all", "\u202e", "*a*\n"))
    assert sum(line.startswith("| GetTask") for line in text.splitlines()) == 1


def test_text_shows_nothing_that_cannot_be_written() -> None:
    """A name with half a surrogate pair or a control character in it is shown without these."""
    target = {"name": "\x1b[31m\ud800", "version": ""}
    found = compare(report(), report(entry("violates", name="GetTask/\ud800"), target=target))

    assert all(text.encode().decode().isprintable() for text in to_text(found).splitlines())
    assert "\ud800" not in to_markdown(found)


def test_text_shows_how_to_see_it_again() -> None:
    """What broke comes with both behaviours and the line that repeats it."""
    text = to_text(compare(report(entry("conforms")), report(entry("violates"))))

    assert "expected one of a, b; observed c" in text
    assert "conformance run --case c" in text


def test_json_has_every_kind() -> None:
    """The difference as JSON has a list for each kind of change."""
    found = json.loads(to_json(compare(report(entry("conforms")), report(entry("violates")))))

    assert [c["id"] for c in found["broke"]] == [NAME]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "has the schema None"),
        ('{"schema": "conformance-report/1"}', '"kit" is a required property'),
    ],
)
def test_file_that_is_no_report_is_told(tmp_path: Path, content: str, words: str) -> None:
    """What is no report gets a sentence that names the file."""
    path = tmp_path / "report.json"
    path.write_text(content)

    with pytest.raises(ReportError, match=words):
        read_report(tmp_path)
