"""Shards become one run, and nothing else does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openapi import load_contract
from tests.evidence.conftest import lines_of, rewrite
from tests.pace.conftest import SELECTED, Merge, Runs, run


def outcomes(folder: Path) -> dict[str, str]:
    """Return what came of each requirement."""
    report = json.loads((folder / "report.json").read_text())
    return {r["id"]: r["outcome"] for r in report["requirements"]}


def test_merged_shards_have_the_outcomes_of_one_run(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """It does not matter over how many machines a run is split."""
    done = merge(runs.first, runs.second)

    assert done.returncode == 0, done.stderr
    assert outcomes(tmp_path / "merged") == outcomes(runs.whole)


def test_the_order_of_the_folders_does_not_matter(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """The log is the same whatever shard is named first."""
    merge(runs.first, runs.second, to="one")
    merge(runs.second, runs.first, to="other")

    assert (tmp_path / "one" / "run.jsonl").read_bytes() == (tmp_path / "other" / "run.jsonl").read_bytes()


def test_a_merged_log_is_verified(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """Who certifies can judge the joined log again."""
    merge(runs.first, runs.second)

    done = run(tmp_path, "verify", "merged")

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_shard_is_refused(runs: Runs, merge: Merge) -> None:
    """Half a run is no run."""
    done = merge(runs.first)

    assert done.returncode == 2
    assert "shard 2/2 is missing" in done.stderr


def test_a_shard_given_twice_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """Nothing is counted twice."""
    copy = tmp_path / "copy"
    shutil.copytree(runs.first, copy)

    done = merge(runs.first, copy, runs.second)

    assert done.returncode == 2
    assert "are both shard 1/2" in done.stderr


def test_a_shard_of_another_run_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """Parts drawn with different seeds are not one run."""
    run(tmp_path, "run", "--select", "GetTask/request", "--seed", "4", "--shard", "2/2", "--report", "foreign")

    done = merge(runs.first, tmp_path / "foreign")

    assert done.returncode == 2
    assert "seed is 4 instead of 3" in done.stderr


def test_a_broken_off_shard_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """A log without its last line tells of a run that did not end."""
    torn = tmp_path / "torn"
    shutil.copytree(runs.second, torn)
    lines = (torn / "run.jsonl").read_bytes().splitlines(keepends=True)
    (torn / "run.jsonl").write_bytes(b"".join(lines[:-1]))

    done = merge(runs.first, torn)

    assert done.returncode == 2
    assert "did not come to its end" in done.stderr


def test_a_changed_shard_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """The chain of each log is checked."""
    forged = tmp_path / "forged"
    shutil.copytree(runs.second, forged)
    log = forged / "run.jsonl"
    log.write_text(log.read_text().replace('"status":200', '"status":201', 1))

    done = merge(runs.first, forged)

    assert done.returncode == 2
    assert "does not follow line" in done.stderr


def test_the_report_is_not_written_over_a_shard(runs: Runs, merge: Merge) -> None:
    """The parts are evidence and stay as they are."""
    done = merge(runs.first, runs.second, to=str(runs.first))

    assert done.returncode == 2
    assert "is one of the folders to join" in done.stderr


def test_a_folder_without_a_log_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """The sentence names the folder."""
    done = merge(runs.first, tmp_path)

    assert done.returncode == 2
    assert "holds no run.jsonl" in done.stderr


def forged(source: Path, folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Copy a shard and change the lines of its log, whose chain holds; return the copy."""
    copy = Path(shutil.copytree(source, folder / "forged"))
    lines = lines_of(copy)
    change(lines)
    rewrite(copy, lines)
    return copy


def only_prepared(lines: list[dict[str, Any]]) -> None:
    """Take out of a log what comes after the preparation of the run, but its end."""
    lines[:] = [line for line in lines if line.get("case", "handshake") in ("handshake", "provisioning")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda lines: lines[-1]["outcomes"].update({"GetTask/response/Status/enum": "blocked"}),
            "the footer: 'outcomes'",
        ),
        (lambda lines: lines.append(lines[-1]), "goes on after its footer"),
        (only_prepared, "the lines of a process end in the middle of a case"),
        (lambda lines: lines[1].pop("token"), 'line 2 is not as the schema of a log says, at the whole: "token"'),
        (lambda lines: lines[0].update(target={}), "line 1 is not as the schema of a log says, at target"),
        (lambda lines: lines[0]["kit"].update(version="99.0"), "of version 99.0 of the kit, and this is"),
    ],
)
def test_a_shard_that_is_not_verified_is_refused(
    runs: Runs, merge: Merge, tmp_path: Path, change: Any, words: str
) -> None:
    """What verify would object to is in no report, and the folder and the line are named."""
    done = merge(runs.first, forged(runs.second, tmp_path, change))

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "forged" in done.stderr
    assert not (tmp_path / "merged").exists()


def test_a_shard_whose_report_was_changed_is_refused(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """A shard is its log and its report."""
    copy = forged(runs.second, tmp_path, lambda _: None)
    (copy / "report.json").write_bytes((runs.first / "report.json").read_bytes())

    done = merge(runs.first, copy)

    assert done.returncode == 2
    assert "report.json was changed" in done.stderr


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a contract that differs in a comment, and the two shards of a run of it."""
    folder = tmp_path_factory.mktemp("foreign")
    shutil.copytree(load_contract().directory, folder / "contract")
    document = next(path for path in sorted((folder / "contract").glob("*.yaml")))
    document.write_text(f"{document.read_text(encoding='utf-8')}# changed\n", encoding="utf-8")
    for number in (1, 2):
        run(folder, *SELECTED, "--contract", "contract", "--report", f"part-{number}", "--shard", f"{number}/2")
    return folder


def test_shards_of_another_contract_are_refused(foreign: Path, merge: Merge) -> None:
    """The kit's own contract is not written over that of the runs; both are named."""
    done = merge(foreign / "part-1", foreign / "part-2")

    theirs, own = load_contract(foreign / "contract").digest, load_contract().digest
    assert done.returncode == 2
    assert f"is of the contract '{theirs}', and this one is '{own}'" in done.stderr


def test_shards_of_another_contract_are_merged_with_it(foreign: Path, tmp_path: Path) -> None:
    """With the contract of the runs their report names it."""
    parts = (str(foreign / "part-1"), str(foreign / "part-2"))

    done = run(tmp_path, "merge", *parts, "--contract", str(foreign / "contract"), "--report", "merged")

    report = json.loads((tmp_path / "merged" / "report.json").read_text())
    assert done.returncode == 0, done.stderr
    assert report["kit"]["contract"] == load_contract(foreign / "contract").digest


def test_a_contract_that_is_not_there_is_one_sentence(runs: Runs, tmp_path: Path) -> None:
    """A folder that holds no contract is told, with exit code 2."""
    parts = (str(runs.first), str(runs.second))

    done = run(tmp_path, "merge", *parts, "--contract", "nowhere", "--report", "merged")

    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(runs: Runs, merge: Merge, tmp_path: Path) -> None:
    """Where the joined log cannot be, the file is named, with exit code 2."""
    (tmp_path / "merged" / "run.jsonl").mkdir(parents=True)

    done = merge(runs.first, runs.second)

    assert done.returncode == 2
    assert done.stderr == "conformance: log 'merged/run.jsonl' cannot be written: Is a directory\n"
