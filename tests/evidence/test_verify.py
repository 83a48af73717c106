"""Judging again from the log: what agrees, what is damaged, what is rewritten."""

import random
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.verifying import UnverifiableError, verify_folder
from reports.model import report_bytes
from tests.evidence.conftest import lines_of, rewrite

EDITS = 340


def edited(path: Path, chance: random.Random) -> None:
    """Exchange one byte of a file for another."""
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    data[place] = chance.choice([b for b in range(256) if b != data[place]])
    path.write_bytes(bytes(data))


def test_untouched_run_is_verified(recorded: Path) -> None:
    """Judging the log again gives the report that the run wrote."""
    found = verify_folder(recorded)

    assert found.objections == []
    assert found.complete
    assert report_bytes(found.report or {}) == (recorded / "report.json").read_bytes()


def test_faulty_target_is_verified(record: Any, tmp_path: Path) -> None:
    """A violation is found again from the log."""
    written = record(swap=(b'"Status":"Running"', b'"Status":"Busy"'))

    found = verify_folder(tmp_path)

    assert written["verdict"] == "violates"
    assert found.objections == []
    assert found.report == written


@pytest.mark.parametrize("select", ["BatchGetFileMeta/request/URIs/maxItems", "IndexFileMeta/behavior/effect-labels"])
def test_other_checks_are_verified(record: Any, tmp_path: Path, select: str) -> None:
    """Rows, drawn requests and histories ask again what they asked."""
    record(select=(select,))

    assert verify_folder(tmp_path).objections == []


def test_messages_are_verified(record: Any, tmp_path: Path) -> None:
    """What came in on channels is judged again from its bytes."""
    record(select=("Notifications/behavior/*",))

    assert verify_folder(tmp_path).objections == []
    assert any(line.get("what") == "received" for line in lines_of(tmp_path))


def test_spent_budget_is_verified(record: Any, tmp_path: Path) -> None:
    """A case that a budget cut is cut again at the same request."""
    written = record(select=("GetTask/behavior/*",), max_requests=30)

    found = verify_folder(tmp_path)

    assert any(line.get("end") == "cut" for line in lines_of(tmp_path))
    assert found.objections == []
    assert found.report == written


@pytest.mark.parametrize("name", ["run.jsonl", "report.json"])
def test_every_edit_of_a_byte_is_found(recorded: Path, name: str) -> None:
    """Whichever byte of log or report is exchanged, verifying objects."""
    chance, path = random.Random(name), recorded / name
    whole = path.read_bytes()
    missed = []
    for _ in range(EDITS):
        edited(path, chance)
        if not verify_folder(recorded).objections:
            missed.append(path.read_bytes())
        path.write_bytes(whole)

    assert missed == []


def test_removed_line_is_found(recorded: Path) -> None:
    """A line that is missing breaks the chain."""
    lines = (recorded / "run.jsonl").read_text().splitlines(keepends=True)
    (recorded / "run.jsonl").write_text("".join(lines[:5] + lines[6:]))

    objection = verify_folder(recorded).objections[0]

    assert "line 6 does not follow line 5" in objection


def test_rewritten_answer_is_found_by_the_verdicts(recorded: Path) -> None:
    """A log that is chained anew around another answer settles something else."""
    lines = lines_of(recorded)
    for line in lines:
        if (line.get("answer") or {}).get("body", "").startswith('{"'):
            line["answer"]["body"] = line["answer"]["body"].replace('"RequestId"', '"Request"')
    rewrite(recorded, lines)

    assert "not what judging again gives" in verify_folder(recorded).objections[0]


def test_rewritten_verdict_is_found(recorded: Path) -> None:
    """A log that is chained anew around another count does not agree with the exchanges."""
    lines = lines_of(recorded)
    verdict = next(line for line in lines if line["kind"] == "verdict" and line["case"].startswith("GetTask"))
    verdict["tally"]["exercised"]["GetTask/behavior/status-final"] = 99
    rewrite(recorded, lines)

    assert "'tally' is not what judging again gives" in verify_folder(recorded).objections[0]


def test_rewritten_request_is_found(recorded: Path) -> None:
    """An exchange that no check asks for is told with both requests."""
    lines = lines_of(recorded)
    call = next(line for line in lines if line.get("what") == "call" and line["case"].startswith("GetTask"))
    call["call"]["params"]["TaskId"] = "other"
    rewrite(recorded, lines)

    assert "the check asks for " in verify_folder(recorded).objections[0]


def test_case_that_was_left_out_is_found(recorded: Path) -> None:
    """A log without the lines of a planned case gives another report."""
    lines = [line for line in lines_of(recorded) if not str(line.get("case", "")).startswith("GetTask")]
    rewrite(recorded, lines)

    assert verify_folder(recorded).objections


def test_killed_run_is_incomplete(record: Any, tmp_path: Path) -> None:
    """A log without a footer is valid, gives a report that is not complete, and never conforms."""
    record(select=("GetTask/behavior/*",), cases=2)

    found = verify_folder(tmp_path)

    assert found.objections == []
    assert not found.complete
    assert found.report is not None
    assert (found.report["complete"], found.report["verdict"]) == (False, "inconclusive")


def test_torn_line_of_a_killed_run_is_left_out(record: Any, tmp_path: Path) -> None:
    """A last line that was not written to its end is no damage."""
    record(select=("GetTask/behavior/*",), cases=2)
    data = (tmp_path / "run.jsonl").read_bytes()
    (tmp_path / "run.jsonl").write_bytes(data[: len(data) - 40])

    assert verify_folder(tmp_path).objections == []


def test_log_without_its_footer_does_not_give_the_report(recorded: Path) -> None:
    """Cutting off the footer does not pass for a killed run beside a complete report."""
    lines = (recorded / "run.jsonl").read_text().splitlines(keepends=True)
    (recorded / "run.jsonl").write_text("".join(lines[:-1]))

    assert "report.json is not what the log gives" in verify_folder(recorded).objections[0]


def test_parts_of_killed_processes_are_read(recorded: Path) -> None:
    """What a process wrote in a file of its own is judged when the controller could not join it."""
    (recorded / "report.json").unlink()
    lines = (recorded / "run.jsonl").read_text().splitlines(keepends=True)
    (recorded / "run-gw0.jsonl").write_text("".join(lines[:-1]))
    (recorded / "run.jsonl").write_text(lines[0])

    found = verify_folder(recorded)

    assert found.objections == []
    assert found.report is not None
    assert found.report["requests"] > 15


def test_log_of_another_kit_is_refused(recorded: Path) -> None:
    """A log of another version is not judged by checks that may have changed."""
    lines = lines_of(recorded)
    lines[0]["kit"]["version"] = "99.0"
    rewrite(recorded, lines)

    with pytest.raises(UnverifiableError, match=r"of version 99\.0 of the kit"):
        verify_folder(recorded)


def test_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    """A folder that holds no log gets a sentence that says what writes it."""
    with pytest.raises(UnverifiableError, match=r"holds no run\.jsonl"):
        verify_folder(tmp_path)
