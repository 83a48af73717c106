"""A run, and the same run in two shards."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.exchange import Flow
from conformance.world import World

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


def nothing(world: World) -> Flow:
    """Take no step."""
    yield from ()


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

    def merged(*folders: Path, to: str = "merged") -> "subprocess.CompletedProcess[str]":
        return run(tmp_path, "merge", *map(str, folders), "--report", to)

    return merged
