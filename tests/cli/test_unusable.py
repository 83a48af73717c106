"""Runs that cannot judge: one sentence, exit code 2, and never a false «conforms»."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import COMMAND, environment

SAMPLE = str(Path(__file__).parents[2] / "docs" / "reports" / "embedded")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line with which a run could not judge, apart from those of its progress."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = (one for one in done.stderr.strip().splitlines() if " cases, " not in one)
    return line


def test_nothing_listens(conformance: Run) -> None:
    """A target that is not there is named in one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    done = conformance("run", "--target", f"http://127.0.0.1:{port}")

    assert sentence(done).startswith(
        f"conformance: no answer from http://127.0.0.1:{port}/: the connection was refused"
    )


def test_a_run_that_could_not_begin_cannot_be_verified(conformance: Run) -> None:
    """The folder that such a run leaves holds nothing to be checked, and nothing that is wrong."""
    conformance("run", "--target", "http://127.0.0.1:1", "--report", "down")

    assert sentence(conformance("verify", "down")).startswith(
        "conformance: the log cannot be judged again: no answer from http://127.0.0.1:1/"
    )


@pytest.mark.parametrize("arguments", [("-k", "nothing"), ("--max-requests", "2")])
def test_a_run_that_could_not_judge_is_no_forgery(conformance: Run, arguments: tuple[str, str]) -> None:
    """Its report says more than its log, and that is no objection; the run is incomplete."""
    conformance("run", *arguments, "--report", "out")

    done = conformance("verify", "out")

    assert done.returncode == 2
    assert "note: report.json says that the run could not judge" in done.stdout
    assert "objection" not in done.stdout


def test_nothing_listens_in_two_processes(conformance: Run) -> None:
    """With several processes it is one sentence as well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    done = conformance("run", "--target", f"http://127.0.0.1:{port}", "-n", "2")

    assert f"no answer from http://127.0.0.1:{port}/" in sentence(done)


def test_unknown_key(conformance: Run, tmp_path: Path) -> None:
    """An unknown key of the target file is named with its line."""
    (tmp_path / "t.toml").write_text('name = "it"\n[endpoint]\nimm = "http://127.0.0.1:1"\n', encoding="utf-8")

    done = conformance("run", "--target", "t.toml")

    assert "target file 't.toml', line 2: unknown key 'endpoint'" in sentence(done)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "nothing.toml"), "target file 'nothing.toml' cannot be read: No such file or directory"),
        (("--target", "nothing"), "--target 'nothing' is neither a URL, nor 'module:app', nor an existing TOML file"),
        (("--target", "nothing:app"), "--target 'nothing:app' cannot be loaded: ModuleNotFoundError"),
        (("--case", "nothing"), "--case 'nothing' is not a case"),
        (("--select", "nothing"), "--select 'nothing' matches no requirement"),
        (("--contract", "nothing"), "holds no contract"),
        (("--max-requests", "2"), "max_requests is too small"),
        (("--target", "https://imm.example.com", "--tier", "full"), "add --yes-create"),
        (("-k", "nothing"), "nothing was judged"),
        (("http://127.0.0.1:1",), "'http://127.0.0.1:1' is not an option; a target is given with --target"),
        (("--", "--help"), "the options of pytest are shown by 'pytest --help'"),
        (
            ("--junitxml", "/proc/no/junit.xml", "--select", "GetTask"),
            "--junitxml '/proc/no/junit.xml' cannot be written",
        ),
        (("-n", "2", "--report", "/proc/no"), "--report '/proc/no' cannot be written"),
        (("-n", "2", "--case", "nothing"), "--case 'nothing' is not a case"),
    ],
)
def test_wrong_option(conformance: Run, arguments: tuple[str, ...], words: str) -> None:
    """An option that cannot be followed is named with the reason."""
    found = sentence(conformance("run", *arguments))

    assert words in found
    assert found.startswith("conformance: ")
    assert "UsageError" not in found


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-k", "nothing"), "-k 'nothing' leaves none of the "),
        (("-k", "nothing", "-n", "2"), "-k 'nothing' leaves none of the "),
        (
            ("--select", "GetUrlUploadInfos/request/*"),
            "no case is left of --select 'GetUrlUploadInfos/request/*': the target does not claim GetUrlUploadInfos: [",
        ),
        (
            ("--case", "GetUrlUploadInfos/behavior/job-ids-over", "--select", "GetUrl*"),
            "no case is left of --select 'GetUrl*' and --case 'GetUrlUploadInfos/behavior/job-ids-over': the target ",
        ),
        (
            ("--tier", "reads", "--select", "CreateBinding/request/*"),
            "no case is left of --select 'CreateBinding/request/*': the tier 'reads' does not send it",
        ),
        (
            ("--case", "GetTask/behavior/status-final", "--shard", "2/2"),
            "no case is left of --case 'GetTask/behavior/status-final': none is in this part of the run",
        ),
    ],
)
def test_no_case_is_left(conformance: Run, tmp_path: Path, arguments: tuple[str, ...], why: str) -> None:
    """A run without a case says what was selected and why nothing of it is left, in its report too."""
    (tmp_path / "t.toml").write_text('name = "it"\n[endpoints]\nimm = "http://127.0.0.1:1"\n', encoding="utf-8")

    found = sentence(conformance("run", "--target", "t.toml", "--report", "out", *arguments))

    assert found.startswith(f"conformance: nothing was sent to the target, and nothing was judged: {why}")
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["reasons"][0] == found.removeprefix("conformance: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--report", ""), "--report is empty"),
        (("run", "--report="), "--report is empty"),
        (("run", "--target", "", "--select", "GetTask"), "--target is empty"),
        (("run", "--example-database", ""), "--example-database is empty"),
        (("run", "--baseline", "", "--", "-v"), "--baseline is empty"),
        (("list", "--contract", ""), "--contract is empty"),
        (("verify", ""), "an argument is empty"),
        (("emulator", "--port", "0", "--target-file="), "--target-file is empty"),
    ],
)
def test_an_empty_value(conformance: Run, arguments: tuple[str, ...], words: str) -> None:
    """A variable that is not set is no choice of the user's, and is not taken for none."""
    assert sentence(conformance(*arguments)) == f"conformance: {words}; give it a value, or leave it out"


def test_an_empty_value_in_pytest(plain_pytest: Run) -> None:
    """An option without a value is refused by the plugin too."""
    done = plain_pytest("--pyargs", "conformance", "--conformance-report=")

    assert "--conformance-report is empty; give it a value, or leave it out" in done.stdout + done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tier", "all"),
        ("--profile", "fast"),
        ("--rate", "0"),
        ("--rate", "inf"),
        ("--wait", "nan"),
        ("--max-requests", "0"),
        ("-n", "many"),
        ("-n", "-1"),
        ("--nothing",),
    ],
)
def test_option_out_of_range(conformance: Run, arguments: tuple[str, ...]) -> None:
    """An option outside its values is refused before anything is sent."""
    done = conformance("run", *arguments)

    assert done.returncode == 2
    assert arguments[0] in done.stderr


def test_report_that_cannot_be_written(conformance: Run, tmp_path: Path) -> None:
    """A folder for the report that cannot be one is named in one sentence."""
    (tmp_path / "taken").write_text("", encoding="utf-8")

    done = conformance("run", "--report", "taken/report")

    assert "--report 'taken/report' cannot be written: Not a directory" in sentence(done)


@pytest.fixture
def hasty(tmp_path: Path) -> Callable[[str], None]:
    """Return the function that writes a target file by which nothing is waited for."""

    def write(address: str) -> None:
        lines = ['name = "it"', "[endpoints]", f'imm = "{address}"', f'ice = "{address}"']
        text = "\n".join([*lines, "[limits]", "settle_seconds = 0.05", ""])
        (tmp_path / "t.toml").write_text(text, encoding="utf-8")

    return write


ERROR = b'{"RequestId":"658FFD57-B495-07C0-B24B-B64CC52993CB","HostId":"a","Code":"%s","Message":"no"}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b"<html>"),
        (200, b'{"RequestId":"658FFD57-B495-07C0-B24B-B64CC52993CB"}'),
        (301, b""),
        (400, ERROR % b"InvalidArgument"),
        (400, ERROR % b"Throttling.User"),
        (403, b"{}"),
        (403, ERROR % b"Forbidden.RAM"),
        (404, b"not found"),
        (404, ERROR % b"ResourceNotFound"),
        (404, ERROR % b"InvalidAction.NotFound"),
        (500, b""),
        (500, ERROR % b"InternalError"),
        (503, ERROR % b"ServiceUnavailable"),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else value.decode()[:12] or "empty",
)
def test_server_of_one_answer(
    conformance: Run, serving: Callable[..., str], hasty: Callable[[str], None], status: int, body: bytes
) -> None:
    """A server that answers everything alike never conforms, whatever the answer."""
    hasty(serving(status, body))

    done = conformance("run", "--target", "t.toml", "--profile", "smoke")

    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith(("violates", "inconclusive")) or "the target refuses the credentials" in done.stderr


def test_a_wrong_secret_breaks_nothing(
    conformance: Run, serving: Callable[..., str], hasty: Callable[[str], None], tmp_path: Path
) -> None:
    """A target that calls the first signature of a run wrong may be right, so its report accuses it of nothing."""
    hasty(serving(400, ERROR % b"SignatureDoesNotMatch"))

    done = conformance("run", "--target", "t.toml", "--report", "wrong")

    assert "the target refuses the credentials" in sentence(done)
    report = json.loads((tmp_path / "wrong" / "report.json").read_text())
    assert report["verdict"] == "inconclusive"
    assert [r["id"] for r in report["requirements"] if r["outcome"] == "violates" and r["level"] == "MUST"] == []


@pytest.mark.parametrize("tier", ["reads", "refused-only"])
def test_server_of_errors_in_a_little_tier(
    conformance: Run, serving: Callable[..., str], hasty: Callable[[str], None], tier: str
) -> None:
    """A server that refuses everything does not conform in a tier that sends little either."""
    hasty(serving(400, ERROR % b"InvalidArgument"))

    done = conformance("run", "--target", "t.toml", "--tier", tier)

    assert done.returncode in (1, 2)
    assert done.stdout.startswith(("violates", "inconclusive"))


def test_server_that_redirects(conformance: Run, serving: Callable[..., str], hasty: Callable[[str], None]) -> None:
    """A redirect is not followed: a server that only redirects to a good one does not conform."""
    hasty(serving(307, b"", location="http://127.0.0.1:1/"))

    done = conformance("run", "--target", "t.toml", "--profile", "smoke")

    assert done.returncode in (1, 2)
    assert "HTTP 307" in done.stdout


def test_report_of_a_server_of_one_answer(
    conformance: Run, serving: Callable[..., str], hasty: Callable[[str], None], tmp_path: Path
) -> None:
    """The report of such a run says that it does not conform, too."""
    hasty(serving(200, b"{}"))
    conformance("run", "--target", "t.toml", "--profile", "smoke", "--report", "out")

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))

    assert report["verdict"] != "conforms"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--operation", "Bogus"), "--operation 'Bogus' has no requirement; expected one of BatchGetFileMeta,"),
        (("Bogus/*",), "'Bogus/*' matches no requirement"),
    ],
)
def test_nothing_to_list(conformance: Run, arguments: tuple[str, ...], words: str) -> None:
    """A ledger without what was asked for is no empty list but a sentence."""
    done = conformance("list", *arguments)

    assert words in sentence(done)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("arguments", [("list",), ("report", SAMPLE, "--format", "html")], ids=["list", "report"])
def test_an_output_without_room(arguments: tuple[str, ...]) -> None:
    """An output that takes nothing more is named in one sentence, by every command."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [str(COMMAND), *arguments], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 2
    assert done.stderr == "conformance: the output cannot be used: No space left on device\n"


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="the system cannot hold interrupts back")
def test_an_interrupt_while_the_command_is_imported() -> None:
    """An interrupt that comes before the command line is there ends it in one sentence."""
    code = (
        "import os, signal, conformance.holding as h; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "h.hold_interrupts(held=True); os.kill(os.getpid(), signal.SIGINT)"
    )

    done = subprocess.run(
        [sys.executable, "-c", f"{code}; from conformance.entry import main; main()"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert sentence(done) == "conformance: interrupted"


IN_THE_MIDDLE = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "asyncio.streams":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["conformance", "run", "--report", "out"]

from conformance.entry import main
main()
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="the system cannot hold interrupts back")
def test_an_interrupt_while_a_library_is_imported(tmp_path: Path) -> None:
    """An interrupt in the middle of an import ends the run in one sentence, with a report that could be made."""
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_MIDDLE],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert sentence(done) == "conformance: the run was interrupted before anything was sent"
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["reasons"][0] == "the run was interrupted"


@pytest.mark.parametrize("refused", [("--target", "none.toml"), ("--case", "none"), ("--waivers", "none.toml")])
def test_nothing_of_an_earlier_run_is_left(conformance: Run, tmp_path: Path, refused: tuple[str, str]) -> None:
    """A run that cannot begin does not leave the verdict of another one in its folder."""
    (tmp_path / "out").mkdir()
    for name in ("report.json", "junit.xml", "report.html", "run.jsonl"):
        (tmp_path / "out" / name).write_text("conforms", encoding="utf-8")

    sentence(conformance("run", *refused, "--report", "out"))

    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one", "two"])
def test_what_could_not_be_judged_is_reported(conformance: Run, tmp_path: Path, processes: tuple[str, ...]) -> None:
    """Of a target that is not there, report and JUnit say that it is not, and no success."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    sentence(conformance("run", "--target", f"http://127.0.0.1:{port}", "--report", "out", *processes))

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["verdict"], report["complete"]) == ("inconclusive", False)
    assert report["reasons"][0].startswith("no answer from http://127.0.0.1:")
    assert 'errors="1"' in (tmp_path / "out" / "junit.xml").read_text(encoding="utf-8")
