"""Correct servers that differ as much as the documents allow are never accused of a broken MUST."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("conformance")
UPLOADS = ", ".join(f'{{ id = "{n:032x}", url = "https://example.com/v{n}.mp4" }}' for n in range(11))
FIXTURES = f"""
[fixtures]
project = "canned-project"
dataset = "canned-dataset"
bucket = "canned-bucket"
indexed_uris = ["oss://canned-bucket/a.jpg", "oss://canned-bucket/b.mp4", "oss://canned-bucket/c.txt"]
missing_uris = ["oss://canned-bucket/none.jpg"]
tasks = [{{ type = "FileCompression", id = "canned-task" }}]
url_upload_jobs = [{UPLOADS}]
batch_jobs = ["{"f" * 32}"]
"""
KEYS = """
[credentials]
access_key_id = "second-key"
access_key_secret = "second-secret"
"""


@contextmanager
def served(personality: str) -> Iterator[str]:
    """Serve a personality in a process of its own and yield its address."""
    command = [sys.executable, "-m", "tests.second.server", personality]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def judged(personality: str, folder: Path, more: str = "", *options: str) -> tuple[int, dict[str, Any]]:
    """Run the kit against a personality and return its exit code and its report."""
    with served(personality) as address:
        target = folder / "target.toml"
        head = f'name = "{personality}"\n[endpoints]\nimm = "{address}"\nice = "{address}"\n'
        target.write_text(f"{head}[limits]\nsettle_seconds = 1.5\n{more}", encoding="utf-8")
        command = [str(COMMAND), "run", "--target", str(target), "--report", str(folder / "out"), *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert (folder / "out" / "report.json").exists(), done.stdout + done.stderr
    return done.returncode, json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))


def broken(report: dict[str, Any]) -> list[str]:
    """Return the broken MUSTs of a report with what was observed."""
    return [
        f"{entry['id']}: {entry['findings'][0]['observed']}"
        for entry in report["requirements"]
        if entry["outcome"] == "violates" and entry["level"] == "MUST"
    ]


GIVEN = {"verifying": KEYS, "read-only": FIXTURES, "busy": FIXTURES, "looking": FIXTURES, "warehouse": FIXTURES}
CONFORMING = (
    "minimal",
    "rich",
    "verifying",
    "strict",
    "lenient",
    "old-fashioned",
    "modern",
    "newest",
    "read-only",
    "busy",
    "looking",
    "warehouse",
)


@pytest.mark.parametrize("personality", CONFORMING)
def test_a_correct_server_conforms(personality: str, tmp_path: Path) -> None:
    """A correct server is found to conform, whatever it does with what the documents leave open."""
    code, report = judged(personality, tmp_path, GIVEN.get(personality, ""), "--profile", "smoke")

    assert broken(report) == []
    assert (report["reasons"], report["verdict"], code) == ([], "conforms", 0)
