"""Shards become one run, and nothing else does."""

import json
import shutil
from pathlib import Path

from tests.pace.conftest import Merge, Runs, run


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
