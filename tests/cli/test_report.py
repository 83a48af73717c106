"""`conformance report`, and what a run writes beside its report."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest

from conformance.cli.step_summary import add_step_summary
from reports.reading import read_whole_report
from reports.renderings import FORMATS
from reports.schemas import load_schema

from .conftest import COMMAND, FAULTY, run_in

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SECRET = "distinctive-secret-of-this-test"
TOKEN = "distinctive-token-of-this-test"
ONE = ("--select", "GetTask/response/Status/enum")
FEW = ("--select", "GetTask/response/Status/enum", "--max-requests", "60")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judge an app whose tasks have an undocumented state, as in a job of GitHub; return the folder of the report."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "faulty_server.py").write_text(FAULTY, encoding="utf-8")
    (folder / "summary").write_text("before\n", encoding="utf-8")
    command = [str(COMMAND), "run", "--target", "faulty_server:app", *ONE, "--report", "out"]
    done = run_in(folder, command, {"GITHUB_STEP_SUMMARY": str(folder / "summary")})
    assert done.returncode == 1, done.stderr
    return folder / "out"


def test_run_writes_the_page_and_a_valid_report(written: Path) -> None:
    """A run leaves the page beside a report that keeps the published schema."""
    report = json.loads((written / "report.json").read_bytes())

    assert (written / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [e.message for e in jsonschema_rs.validator_for(load_schema("report")).iter_errors(report)] == []
    assert [e for e in report["latency"] if e["operation"] == "GetTask" and e["answers"]]


def test_finding_has_its_request_and_answer(written: Path) -> None:
    """A finding of a run keeps the request and the answer that the page shows."""
    report = json.loads((written / "report.json").read_bytes())
    entry = next(r for r in report["requirements"] if r["outcome"] == "violates")

    assert entry["findings"][0]["request"].startswith("GetTask {")
    assert '"Busy"' in entry["findings"][0]["answer"]


def test_report_renders_again(written: Path, conformance: Run) -> None:
    """Every format is rendered from the folder; the page and JUnit are those that the run wrote."""
    done = {name: conformance("report", str(written), "--format", name) for name in FORMATS}

    assert {name: (run.returncode, run.stderr) for name, run in done.items()} == dict.fromkeys(FORMATS, (0, ""))
    assert done["html"].stdout == (written / "report.html").read_text(encoding="utf-8")
    assert done["junit"].stdout == (written / "junit.xml").read_text(encoding="utf-8")


def test_report_is_written_to_a_file(written: Path, conformance: Run, tmp_path: Path) -> None:
    """With --output nothing is printed and the file holds the rendering."""
    done = conformance("report", str(written / "report.json"), "--format", "shields", "--output", "badge.json")

    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "badge.json").read_bytes())["message"] == "1 MUST broken"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "--format", "html"), "'nowhere' cannot be read: No such file or directory"),
        (("mine.json", "--format", "html"), "has the schema None"),
        (("mine.json", "--format", "pdf"), "'pdf' is not one of"),
        (("mine.json",), "Missing option '--format'"),
    ],
)
def test_unusable_report(conformance: Run, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """What cannot be rendered is said in a sentence, with exit code 2."""
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")

    done = conformance("report", *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_unwritable_output(written: Path, conformance: Run) -> None:
    """An output that cannot be written is said in a sentence, with exit code 2."""
    done = conformance("report", str(written), "--format", "html", "--output", "no/such/folder.html")

    assert done.returncode == 2
    assert done.stderr == "conformance: --output 'no/such/folder.html' cannot be written: No such file or directory\n"


def test_summary_of_a_github_job(written: Path) -> None:
    """On GitHub a run adds its summary to the page of the job, after what is there."""
    summary = (written.parent / "summary").read_text(encoding="utf-8")

    assert summary.startswith("before\n## ❌ faulty\\_server:app: violates\n")


def test_unwritable_summary_is_said(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary that cannot be written is a sentence and no failure."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/such/file")

    said = add_step_summary(read_whole_report(written))

    assert said == "GITHUB_STEP_SUMMARY 'no/such/file' cannot be written: No such file or directory"


ECHO = """\
import json


def app(environ, start_response):
    told = " ".join(str(value) for name, value in environ.items() if name.startswith(("HTTP_", "QUERY_")))
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps({"RequestId": "1", "Status": told, "TaskId": told, told: None}).encode()]
"""


@pytest.mark.parametrize("name", FORMATS)
def test_no_secret_in_any_rendering(name: str, secretive: Path) -> None:
    """Neither key secret nor token is in what is rendered, even if the target sends them back."""
    done = run_in(secretive.parent, [str(COMMAND), "report", "out", "--format", name], {})

    assert done.returncode == 0, done.stderr
    assert "echo_server" in done.stdout or name in ("shields", "badge")
    assert [word for word in (SECRET, TOKEN) if word in done.stdout] == []


def test_no_secret_in_any_file(secretive: Path) -> None:
    """No file of a run that had secrets, and was told them by the target, has one of them."""
    files = [path for path in secretive.rglob("*") if path.is_file()]

    held = [(p.name, w) for p in files for w in (SECRET, TOKEN) if w.encode() in p.read_bytes()]

    assert {"report.json", "report.html", "junit.xml"} <= {path.name for path in files}
    assert held == []


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judge an app that sends back all headers and parameters, with secrets; return the folder of the report."""
    folder = tmp_path_factory.mktemp("secretive")
    (folder / "echo_server.py").write_text(ECHO, encoding="utf-8")
    keys = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "id-of-this-test",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
    }
    run_in(folder, [str(COMMAND), "run", "--target", "echo_server:app", *FEW, "--report", "out"], keys)
    return folder / "out"
