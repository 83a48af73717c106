"""One emulator, reached in three ways: in process, by a target file and by a URL."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("conformance")
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NO_TOKEN = "the default target has a temporary key, the socket a permanent one"
NOT_MADE_UP = "objects that fixtures name are given, not made up as the test needs them"
NOT_NAMED = "a URL alone names no resource, and no operation makes one like it"
BY_FILE = {
    "Gateway/behavior/header-signed-security-token": NO_TOKEN,
    "BatchGetFileMeta/behavior/uri-case": NOT_MADE_UP,
    "BatchIndexFileMeta/behavior/full-batch-effect": NOT_MADE_UP,
    "BatchIndexFileMeta/behavior/refused-as-a-whole": NOT_MADE_UP,
    "CreateBinding/behavior/full-scan": NOT_MADE_UP,
}
BY_URL = {
    "Gateway/behavior/header-signed-security-token": NO_TOKEN,
    **dict.fromkeys(
        (
            "GetBatchMediaProducingJob/response/EditingBatchJob/ExtendInput/type",
            "GetBatchMediaProducingJob/response/EditingBatchJob/ExtendOutput/type",
            "GetBatchMediaProducingJob/behavior/past-year-only",
            "BatchIndexFileMeta/behavior/partial",
            "CreateBinding/response/Binding/Reason/type",
            "CreateBinding/behavior/full-scan",
            "GetBinding/response/Binding/Reason/type",
            "GetTask/response/Code/type",
            "GetTask/response/Message/type",
            "GetTask/response/Tags/type",
            "GetTask/behavior/code-failed",
            "IndexFileMeta/behavior/missing-object",
        ),
        NOT_NAMED,
    ),
}


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[str]:
    """Serve the emulator with what the default target has, and write its target file; return the address."""
    command = [str(COMMAND), "emulator", "--port", "0", "--auth", "--target-file", "target.toml"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def outcomes(conformance: Run, folder: Path, *target: str) -> dict[str, str]:
    """Run the suite and return the outcome of each requirement that needs no notification channel."""
    done = conformance("run", "--report", "out", *target, env=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    entries = {entry["id"]: entry for entry in report["requirements"]}
    return {name: entry["outcome"] for name, entry in entries.items() if "notification channel" not in entry["reason"]}


@pytest.mark.parametrize(("by", "differences"), [("file", BY_FILE), ("url", BY_URL)])
def test_the_way_changes_no_outcome(
    conformance: Run, filled: str, tmp_path: Path, by: str, differences: dict[str, str]
) -> None:
    """A server on a socket fares as in process, but for what it can not be asked to show."""
    target = "target.toml" if by == "file" else filled

    near, far = outcomes(conformance, tmp_path), outcomes(conformance, tmp_path, "--target", target)

    assert {name for name in far if far[name] != near[name]} == differences.keys()
    assert {far[name] for name in differences} <= {"blocked", "not-exercised"}


def test_a_target_file_that_cannot_be_written(conformance: Run) -> None:
    """A place where no target file can be is named before anything listens."""
    done = conformance("emulator", "--port", "0", "--target-file", "no such folder/t.toml")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "conformance: --target-file 'no such folder/t.toml' cannot be written: No such file or directory\n"
    )
