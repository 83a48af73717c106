"""A run, and the same run in two shards."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulator import Emulator, serve

COMMAND = Path(sys.executable).with_name("conformance")
SELECTED = ("run", "--select", "GetTask/request", "--seed", "3")

Merge = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Runs:
    """The folders of a whole run and of its two shards."""

    whole: Path
    first: Path
    second: Path


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a folder and return what came of it."""
    return subprocess.run(
        [str(COMMAND), *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@contextlib.contextmanager
def served(emulator: Emulator) -> Iterator[str]:
    """Serve an emulator on a port of this machine as long as this lasts, and give its address."""
    ready, stop = threading.Event(), threading.Event()
    found: list[str] = []

    def told(address: str) -> None:
        found.append(address)
        ready.set()

    thread = threading.Thread(target=serve, args=(emulator, "127.0.0.1", 0, told), kwargs={"stop": stop})
    thread.start()
    assert ready.wait(10)
    yield found[0]
    stop.set()
    thread.join()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Return a run and its shards, all of which conform."""
    folder = tmp_path_factory.mktemp("shards")
    run(folder, *SELECTED, "--report", "whole")
    run(folder, *SELECTED, "--report", "first", "--shard", "1/2")
    run(folder, *SELECTED, "--report", "second", "--shard", "2/2")
    return Runs(folder / "whole", folder / "first", folder / "second")


@pytest.fixture
def merge(tmp_path: Path) -> Merge:
    """Return the function that merges folders into `merged` in the test's folder."""

    def merged(*folders: Path, to: str = "merged") -> object:
        return run(tmp_path, "merge", *map(str, folders), "--report", to)

    return merged
