"""Logs whose chain holds although no run wrote them: each gets one objection, and nothing else comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.verifying import UnverifiableError, verify_folder
from tests.evidence.conftest import lines_of, rewrite

Line = dict[str, Any]


def line_of(lines: list[Line], kind: str, what: str = "") -> Line:
    """Return the first line of a kind behind the header, or the header."""
    return next(line for line in lines if line["kind"] == kind and line.get("what", "") == what)


def changed(folder: Path, change: Callable[[list[Line]], Any]) -> list[str]:
    """Change the lines of a log, chain them anew, and return what verifying objects to."""
    lines = lines_of(folder)
    change(lines)
    rewrite(folder, lines)
    return verify_folder(folder).objections


def put(place: str, value: Any, kind: str, what: str = "") -> Callable[[list[Line]], None]:
    """Return the function that puts a value at a place of the first line of a kind."""

    def change(lines: list[Line]) -> None:
        *path, last = place.split("/")
        at: Any = line_of(lines, kind, what)
        for name in path:
            at = at[name]
        at[last] = value

    return change


def without(name: str, kind: str, what: str = "") -> Callable[[list[Line]], Any]:
    """Return the function that takes a member out of the first line of a kind."""
    return lambda lines: line_of(lines, kind, what).pop(name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            put("kit", "0.1", "header"),
            'line 1 is not as the schema of a log says, at kit: "0.1" is not of type "object"',
        ),
        (put("settings/shard", ["a"], "header"), "line 1 is not as the schema of a log says, at settings/shard"),
        (put("settings/journal", "here", "header"), "line 1 is not as the schema of a log says, at settings"),
        (put("target/fixtures/tasks", [1], "header"), "line 1 is not as the schema of a log says, at target/fixtures"),
        (without("software", "header"), 'line 1 is not as the schema of a log says, at the whole: "software"'),
        (put("sent/url", 1.5, "exchange", "call"), "line 3 is not as the schema of a log says, at sent/url: 1.5"),
        (put("sent/headers", ["x"], "exchange", "call"), "line 3 is not as the schema of a log says, at sent/headers"),
        (put("sent/body", ["x"], "exchange", "call"), "line 3 is not as the schema of a log says, at sent"),
        (put("answer", "x", "exchange", "call"), "line 3 is not as the schema of a log says, at answer"),
        (put("what", ["call"], "exchange", "call"), "line 3 is not as the schema of a log says, at what"),
        (without("failed", "exchange", "call"), 'line 3 is not as the schema of a log says, at the whole: "failed"'),
        (without("case", "verdict"), "is not as the schema of a log says"),
        (without("workers", "footer"), "is not as the schema of a log says"),
        (put("lost", [1], "footer"), "is not as the schema of a log says"),
    ],
)
def test_line_that_breaks_the_schema_is_named(recorded: Path, change: Any, words: str) -> None:
    """A line that is not as the published schema says is told with its number and what is wrong."""
    objections = changed(recorded, change)

    assert len(objections) == 1
    assert words in objections[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines.append(lines[-1]), "goes on after its footer"),
        (lambda lines: lines.insert(5, lines[1]), "line 6: the part 'main' begins twice"),
        (lambda lines: lines.pop(1), "line 2: the part 'main' does not begin with its header"),
        (lambda lines: lines.pop(0), "is not as the schema of a log says"),
    ],
)
def test_line_in_a_wrong_place_is_named(recorded: Path, change: Any, words: str) -> None:
    """A second footer, and a header where none belongs, are told although each line is right by itself."""
    assert words in changed(recorded, change)[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("case", "another", "exchange", "call"), "line 3 (another): 'case' is not what judging again gives"),
        (put("sent/base64", "!", "exchange", "call"), "is not as the schema of a log says"),
        (put("more", 1, "exchange", "call"), "'more' is not what judging again gives"),
        (put("more", 1, "header"), "line 1: 'more' is not what judging again gives"),
        (put("more", 1, "footer"), "the footer: 'more' is not what judging again gives"),
        (put("kit/name", "another", "header"), "line 1: 'kit' is not what judging again gives"),
        (put("settings/select", ["None"], "header"), "--select 'None' matches no requirement"),
    ],
)
def test_member_that_no_run_writes_is_named(recorded: Path, change: Any, words: str) -> None:
    """What judging again would write in another way is told with its name, wherever it stands."""
    assert words in changed(recorded, change)[0]


def test_exchange_without_an_answer_keeps_the_schema(recorded: Path) -> None:
    """A greeting that got no answer is judged as such, and the run would have ended there."""
    objections = changed(recorded, put("answer", None, "exchange", "call"))

    assert objections[0].startswith("the log cannot be judged again: no answer from http://imm.embedded.test/")


def test_body_that_is_no_base64_is_an_objection(recorded: Path) -> None:
    """A body that cannot be read is told in a sentence, also where the target is greeted."""

    def change(lines: list[Line]) -> None:
        sent = line_of(lines, "exchange", "call")["sent"]
        del sent["body"]
        sent["base64"] = "!"

    assert "the log cannot be judged again (ValueError: " in changed(recorded, change)[0]


def test_half_a_surrogate_pair_is_no_damage(recorded: Path) -> None:
    """A text that JSON can write and UTF-8 cannot is judged like any other."""
    assert changed(recorded, put("sent/url", "http://target/\ud800", "exchange", "call")) == []


def test_contract_of_the_log_is_named(recorded: Path) -> None:
    """A log of another contract is refused with both digests."""
    lines = lines_of(recorded)
    own, other = lines[0]["kit"]["contract"], f"sha256:{'0' * 64}"
    lines[0]["kit"]["contract"] = other
    rewrite(recorded, lines)

    with pytest.raises(UnverifiableError, match=f"of the contract '{other}', and this one is '{own}'"):
        verify_folder(recorded)


def test_log_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Where nothing can be read there is nothing to object to."""
    (tmp_path / "run.jsonl").mkdir()

    with pytest.raises(UnverifiableError, match=r"run\.jsonl' cannot be read: Is a directory"):
        verify_folder(tmp_path)
