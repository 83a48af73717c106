"""Waiver files: what they waive, when they are stale, and what is wrong with one."""

from pathlib import Path
from typing import Any

import pytest

from reports.verdict import exit_code, verdict_of
from reports.waivers import Waiver, WaiverError, apply_waivers, draft, read_waivers

ENUM = "GetTask/response/Status/enum"
DAY = "2026-11-21"
ENTRY = 'requirement = "GetTask/*"\nreason = "known"\nowner = "me"\nexpires = 2027-01-31\n'


def entry(outcome: str = "violates", observed: str = 'Status is "Busy"', name: str = ENUM) -> dict[str, Any]:
    """Return a requirement of a report."""
    findings = [{"observed": observed, "expected": "another"}] if outcome == "violates" else []
    return {"id": name, "level": "MUST", "outcome": outcome, "reason": "", "findings": findings}


def waiver(requirement: str = ENUM, expires: str = "2027-01-31", observed: str = "") -> Waiver:
    """Return a waiver on line 7."""
    return Waiver(requirement, "known", "me", expires, observed, 7)


def write(folder: Path, text: str) -> Path:
    """Write a waiver file."""
    path = folder / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_is_read_with_its_lines(tmp_path: Path) -> None:
    """Each entry knows the line on which it begins."""
    path = write(tmp_path, f"# known gaps\n\n[[waiver]]\n{ENTRY}\n[[waiver]]\n{ENTRY}observed = 'HTTP 200*'\n")

    found = read_waivers(path)

    assert [w.line for w in found] == [3, 9]
    assert found[1] == Waiver("GetTask/*", "known", "me", "2027-01-31", "HTTP 200*", 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[waiver]\n", "is not TOML"),
        (f"[[waiver]]\n{ENTRY}because = 'x'\n", "line 6: unknown key 'because'"),
        (f"[[waiver]]\n{ENTRY}\n[[waiver]]\nrequirement = 'x'\n", "line 7: the key 'reason' is missing"),
        ("[[waiver]]\n" + ENTRY.replace('"known"', '""'), "line 3: 'reason' is '', expected a text that is not empty"),
        ("[[waiver]]\n" + ENTRY.replace("2027-01-31", '"soon"'), "line 5: 'expires' is 'soon', expected a date"),
        ("[[waiver]]\n" + ENTRY.replace('"known"', '" "'), "line 3: 'reason' is ' ', expected a text that can be seen"),
        (
            "[[waiver]]\n" + ENTRY.replace('"me"', '"\u200b"'),
            "line 4: 'owner' is '\\u200b', expected a text that can be",
        ),
        ("[[waiver]]\n" + ENTRY.replace('"me"', '"\u3164\ufe0f"'), "line 4: 'owner' is "),
        ("waivers = 1\n", "line 1: unknown key 'waivers'"),
        ("waiver = 1\n", "line 1: 'waiver' is 1"),
    ],
)
def test_wrong_file_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    """A mistake in a waiver file is told by file, line, key and value."""
    path = write(tmp_path, text)

    with pytest.raises(WaiverError) as caught:
        read_waivers(path)

    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["known\u200b", "ü", "已知", "#12", "?"])
def test_reason_that_can_be_seen(tmp_path: Path, text: str) -> None:
    """One character that can be seen makes a reason, whatever it is."""
    path = write(tmp_path, "[[waiver]]\n" + ENTRY.replace("known", text))

    assert read_waivers(path)[0].reason == text


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file that begins with a byte order mark is read like any other, with its lines."""
    path = tmp_path / "waivers.toml"
    path.write_text(f"[[waiver]]\n{ENTRY}", encoding="utf-8-sig")

    assert [w.line for w in read_waivers(path)] == [1]


@pytest.mark.parametrize("glob", [ENUM, "GetTask/response/*", "GetTask"])
def test_broken_requirement_is_waived(glob: str) -> None:
    """An id, a glob, and what stands above an id waive it."""
    applied = apply_waivers([waiver(glob)], [entry()], DAY)

    assert (applied[0].waived, applied[0].problem) == ((ENUM,), "")


def test_other_wrong_behaviour_is_not_waived() -> None:
    """A waiver that names the wrong behaviour waives no other."""
    applied = apply_waivers([waiver(observed='Status is "Gone"')], [entry()], DAY)

    assert applied[0].waived == ()
    told = """is broken in another way than 'Status is "Gone"': Status is "Busy\""""
    assert applied[0].problem == f"line 7: '{ENUM}' {told}"


def test_expected_wrong_behaviour_is_waived() -> None:
    """A waiver that names the wrong behaviour with wildcards waives it."""
    applied = apply_waivers([waiver(observed="Status is *")], [entry()], DAY)

    assert applied[0].waived == (ENUM,)


@pytest.mark.parametrize(
    ("stale", "requirements", "words"),
    [
        (waiver("GetTask/nothing"), [entry()], "matches no requirement"),
        (waiver(expires="2026-11-20"), [entry()], "expired on 2026-11-20"),
        (waiver(), [entry("conforms")], "now conforms; remove the waiver"),
        (waiver("GetTask"), [entry("conforms"), entry("not-exercised", name="GetTask/x")], "now conforms"),
    ],
)
def test_stale_waiver_is_told(stale: Waiver, requirements: list[dict[str, Any]], words: str) -> None:
    """A waiver that matches nothing, has expired or is not needed is a problem that names its line."""
    applied = apply_waivers([stale], requirements, DAY)

    assert applied[0].waived == ()
    assert applied[0].problem.startswith("line 7: ")
    assert words in applied[0].problem


@pytest.mark.parametrize("expires", [DAY, "2027-01-31"])
def test_waiver_holds_on_its_last_day(expires: str) -> None:
    """The day it expires on is one on which it still holds."""
    assert apply_waivers([waiver(expires=expires)], [entry()], DAY)[0].waived == (ENUM,)


def test_waiver_of_what_was_not_exercised_is_not_stale() -> None:
    """A selection that leaves a requirement out says nothing about its waiver."""
    assert apply_waivers([waiver()], [entry("not-exercised")], DAY)[0].problem == ""


def test_waived_requirement_does_not_violate() -> None:
    """What is waived counts as if it conformed."""
    requirements = [{**entry(), "outcome": "waived"}, entry("conforms", name="GetTask/other")]

    assert verdict_of(requirements, {}, complete=True) == ("conforms", [])


@pytest.mark.parametrize(("problem", "code"), [("", 0), ("line 7: expired", 1)])
def test_stale_waiver_fails_the_run(problem: str, code: int) -> None:
    """The exit code is 1 if a waiver is stale, whatever the verdict."""
    report = {"verdict": "conforms", "requirements": [], "waivers": [{"problem": problem}]}

    assert exit_code(report, strict=False) == code


def test_draft_waives_what_it_was_drafted_from(tmp_path: Path) -> None:
    """The drafted file can be read, and waives the broken requirements and no more."""
    requirements = [entry(), entry("conforms", name="GetTask/other"), {**entry(name="GetTask/b"), "level": "SHOULD"}]
    report = {"target": {"name": "a\nb"}, "run": {"started": f"{DAY}T00:00:00+00:00"}, "requirements": requirements}

    found = read_waivers(write(tmp_path, draft(report, strict=False)))

    assert [w.requirement for w in found] == [ENUM]
    assert apply_waivers(found, requirements, DAY)[0].problem == ""
