"""Runs against a server on a socket that are killed or interrupted, and what cleaning makes of them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

COMMAND = Path(sys.executable).with_name("conformance")
THEIRS = "conformance-00000000"
SELECTED = ("IndexFileMeta/request/File/*", "CreateBinding/behavior/*", "GetBinding/behavior/*")
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Run]:
    """Return the function that starts the command in a folder of the test's own; all are ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [str(COMMAND), *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def call(url: str, action: str, **params: str) -> dict[str, object]:
    """Call an operation of IMM and return its answer."""
    headers = {"x-acs-action": action, "x-acs-version": "2020-09-30"}
    request = Request(f"{url}/?{urlencode(params)}", method="POST", headers=headers)
    try:
        with urlopen(request, timeout=10) as response:
            found: dict[str, object] = json.load(response)
    except HTTPError as error:
        found = json.load(error)
    return found


def add_theirs(url: str) -> None:
    """Make resources of somebody else with names like those of a run."""
    place = {"ProjectName": THEIRS, "DatasetName": THEIRS}
    call(url, "CreateProject", ProjectName=THEIRS)
    call(url, "CreateDataset", **place)
    call(url, "CreateBinding", **place, URI=f"oss://{THEIRS}")
    call(url, "IndexFileMeta", **place, File=json.dumps({"URI": f"oss://{THEIRS}/a.jpg"}))


def is_theirs_whole(url: str) -> bool:
    """Tell whether all that somebody else made is there."""
    place = {"ProjectName": THEIRS, "DatasetName": THEIRS}
    files = call(url, "BatchGetFileMeta", **place, URIs=json.dumps([f"oss://{THEIRS}/a.jpg"])).get("Files")
    return bool(files) and "Binding" in call(url, "GetBinding", **place, URI=f"oss://{THEIRS}")


def own_project(journal: Path) -> str:
    """Return the project that the run of a journal made."""
    for line in journal.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry.get("operation") == "CreateProject":
            return str(entry["names"]["ProjectName"])
    raise AssertionError(f"no project in {journal.name}")


def wait_for_entries(folder: Path, count: int) -> Path:
    """Return the journal of a run once it has so many lines."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for path in folder.glob("conformance-journal-*.jsonl"):
            if path.read_text(encoding="utf-8").count("\n") >= count:
                return path
        time.sleep(0.01)
    raise AssertionError(f"no journal with {count} lines within a minute")


def begin(start: Run, folder: Path, entries: int) -> tuple[str, "subprocess.Popen[str]", Path]:
    """Start a server and a run against it; return once the run has created some things."""
    server = start("emulator", "--port", "0")
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    add_theirs(url)
    selected = [f"--select={glob}" for glob in SELECTED]
    run = start("run", "--target", url, *selected)
    return url, run, wait_for_entries(folder, entries)


@pytest.mark.parametrize("entries", [3, 9, 20, 45])
def test_a_killed_run_can_be_cleaned_up(start: Run, tmp_path: Path, entries: int) -> None:
    """After a kill at some moment, cleaning leaves only what somebody else made."""
    url, run, journal = begin(start, tmp_path, entries)
    run.kill()
    run.wait(10)
    project = own_project(journal)

    cleaning = start("clean", str(journal))
    cleaning.communicate(timeout=60)

    assert cleaning.returncode == 0
    assert call(url, "GetProject", ProjectName=project)["Code"] == "ResourceNotFound"
    assert is_theirs_whole(url)


@pytest.mark.parametrize("entries", [4, 25])
def test_an_interrupted_run_cleans_up_by_itself(start: Run, tmp_path: Path, entries: int) -> None:
    """After Ctrl-C nothing of the run is left that could be removed, and the exit code says that nothing is proven."""
    url, run, journal = begin(start, tmp_path, entries)
    project = own_project(journal)

    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)

    assert run.returncode == 2
    assert "Traceback" not in told
    assert call(url, "GetProject", ProjectName=project)["Code"] == "ResourceNotFound"
    assert is_theirs_whole(url)
