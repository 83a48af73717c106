"""Where a run writes: streams that are closed, disks that are full, folders and files that are in use."""

import resource
import socket
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.cli.conftest import COMMAND, Run, environment

SOME = ("--select", "GetTask/request/*")
LITTLE = 100_000
"""Bytes that a file may have at most: less than any log."""


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """A log that cannot be written any more ends the run at once, with a sentence that names the file."""
    done = subprocess.run(
        [str(COMMAND), "run", "--report", "out"],
        cwd=tmp_path,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE, LITTLE)),  # no threads
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.endswith("conformance: log 'out/run.jsonl' cannot be written: File too large\n")
    assert "Traceback" not in done.stderr


def test_standard_error_is_closed(tmp_path: Path) -> None:
    """Whoever closes it gets the exit code of the verdict all the same."""
    line = f"'{COMMAND}' run {SOME[0]} '{SOME[1]}' 2>&-"

    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, check=False)

    assert done.returncode == 0
    assert done.stdout.startswith(b"conforms")


def test_a_folder_that_another_run_writes(conformance: Run, tmp_path: Path) -> None:
    """Two runs cannot write one log; the second says so and leaves everything as it is."""
    conformance("run", *SOME, "--report", "out")
    before = (tmp_path / "out" / "run.jsonl").read_bytes()

    with FileLock(tmp_path / "out" / ".conformance-lock"):
        second = conformance("run", *SOME, "--report", "out")

    assert second.returncode == 2
    assert "--report 'out' is being written by another run; expected a folder of its own" in second.stderr
    assert (tmp_path / "out" / "run.jsonl").read_bytes() == before


def test_a_target_file_of_somebody(conformance: Run, tmp_path: Path) -> None:
    """A server that cannot begin leaves the file as it was that it would have written."""
    (tmp_path / "mine.toml").write_text("name = 'mine'\n")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])

        done = conformance("emulator", "--port", port, "--target-file", "mine.toml")

    assert done.returncode == 2
    assert (tmp_path / "mine.toml").read_text() == "name = 'mine'\n"


def test_where_the_matrix_goes_is_looked_at_first(conformance: Run) -> None:
    """Minutes are not spent on a matrix that cannot be written."""
    done = conformance("selftest", "--json", "none/matrix.json", "--select", "GetTask/behavior/status-final")

    assert done.returncode == 2
    assert done.stderr.startswith("conformance: 'none/matrix.json' cannot be written: No such file or directory")


def test_where_waivers_go_is_looked_at_first(conformance: Run) -> None:
    """A run is not begun whose draft cannot be written."""
    done = conformance("run", *SOME, "--write-waivers", "none/gaps.toml")

    assert done.returncode == 2
    assert "--write-waivers 'none/gaps.toml' cannot be written" in done.stderr
    assert not done.stdout
