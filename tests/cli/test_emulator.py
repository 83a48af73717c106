"""The emulator on a socket: its state outlives it, and its options are checked."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from conformance.cli import main

COMMAND = Path(sys.executable).with_name("conformance")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return the function that starts an emulator on a free port; it is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        command = [str(COMMAND), "emulator", "--port", "0", *arguments]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    """Return the address that a started emulator prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


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


def names(url: str, count: int) -> set[str]:
    """Return which of the numbered projects there are."""
    found = (call(url, "GetProject", ProjectName=f"p{number}") for number in range(count))
    return {f"p{number}" for number, answer in enumerate(found) if "Project" in answer}


def test_state_survives_a_stop(start: Start) -> None:
    """What one server accepted the next one has."""
    first = start("--state", "state.db")
    call(address(first), "CreateProject", ProjectName="p0")
    first.terminate()
    first.wait(10)

    found = names(address(start("--state", "state.db")), 2)

    assert found == {"p0"}


@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_state_survives_a_kill(start: Start, seconds: float) -> None:
    """A server that is killed amid a stream of creations has lost none that it accepted."""
    first = start("--state", "state.db")
    url = address(first)
    accepted: list[str] = []

    def create(name: str) -> None:
        if "Project" in call(url, "CreateProject", ProjectName=name):
            accepted.append(name)

    def create_all() -> None:
        with suppress(OSError, HTTPException, ValueError):
            for number in range(100):
                create(f"p{number}")

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(create_all)
        while not accepted:
            time.sleep(0.01)
        time.sleep(seconds)
        first.kill()
        first.wait(10)
        work.result(20)
    found = names(address(start("--state", "state.db")), 100)

    assert accepted
    assert found >= set(accepted)
    assert len(found) <= len(accepted) + 1


def test_one_server_for_a_state(start: Start, conformance: Run) -> None:
    """A second server on the same file is refused in one sentence."""
    address(start("--state", "state.db"))

    done = conformance("emulator", "--port", "0", "--state", "state.db")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("conformance: --state: the state file ")
    assert done.stderr.endswith('state.db" is used by another process\n')


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--state", "."), "is a folder, not a state file"),
        (("--state", "other.txt"), "is not a state file"),
        (("--state", "no such folder/state.db"), "cannot be opened"),
        (("--variation", "nothing"), "--variation 'nothing' is not known; the nearest are '"),
        (("--variation", "slow", "--variation", "instant"), 'one of the group "pace", found "slow" and "instant"'),
        (("--fault", "null-cod"), "--fault 'null-cod' is not known; the nearest are 'null-code', "),
    ],
)
def test_unusable_options(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    """An option that cannot be followed is told in one sentence, with exit code 2."""
    (tmp_path / "other.txt").write_text("something else", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, ["emulator", "--port", "0", *arguments])

    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert words in done.stderr


def test_list_tells_variations_and_faults() -> None:
    """Every variation and fault that can be asked for is listed with what it does."""
    done = CliRunner().invoke(main, ["emulator", "--list"])

    assert done.exit_code == 0
    assert "--variation gzip: " in done.stdout
    assert "--fault post-only: GET is refused.\n" in done.stdout


def test_variations_and_faults(start: Start) -> None:
    """A server does what its options ask for."""
    url = address(start("--variation", "missing-named", "--variation", "no-recommend"))

    answer = call(url, "CreateProject")

    assert answer["Code"] == "MissingProjectName"
    assert "Recommend" not in answer
