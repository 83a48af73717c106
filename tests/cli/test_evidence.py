"""The commands about evidence, the way a user calls them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reports.renderings import FORMATS
from tests.evidence.conftest import lines_of, rewrite

SOME = ("--select", "GetTask/request/TaskId")


FAULTY = "faulty_server:app"


@pytest.fixture(scope="module")
def _broken(faulty_folder: Any) -> Path:
    return Path(faulty_folder("run", "--target", FAULTY, *SOME, "--report", "before", "--write-waivers", "gaps.toml"))


@pytest.fixture
def broken(_broken: Path, tmp_path: Path) -> Path:
    """Return the folder of a run against a faulty app, for which waivers were drafted, in the test's own folder."""
    shutil.copytree(_broken, tmp_path, dirs_exist_ok=True)
    return tmp_path / "before"


def test_faulty_run_is_verified(conformance: Any, broken: Path) -> None:
    """A run that violates is judged again with the same verdict, without its target."""
    found = conformance("verify", str(broken))

    assert found.returncode == 0
    assert "the verdict is violates" in found.stdout


def test_damage_fails_verifying(conformance: Any, broken: Path) -> None:
    """A changed report is an objection and exit code 1."""
    path = broken / "report.json"
    path.write_text(path.read_text().replace('"verdict": "violates"', '"verdict": "conforms"'))

    found = conformance("verify", str(broken))

    assert found.returncode == 1
    assert "objection: report.json was changed" in found.stdout


def test_drafted_waivers_are_taken(conformance: Any, broken: Path) -> None:
    """A run with the waivers that were drafted from it conforms, and its log can be verified."""
    waived = conformance("run", "--target", FAULTY, *SOME, "--report", "after", "--waivers", "gaps.toml")

    report = json.loads((broken.parent / "after" / "report.json").read_text())
    assert waived.returncode == 0
    assert [r["id"] for r in report["requirements"] if r["outcome"] == "waived"] == ["GetTask/response/Status/enum"]
    assert conformance("verify", "after").returncode == 0


def test_stale_waiver_fails_the_run(conformance: Any, broken: Path) -> None:
    """A waiver of what conforms makes the run fail and is told with its line."""
    found = conformance("run", *SOME, "--waivers", "gaps.toml")

    assert found.returncode == 1
    assert "Stale waiver, line 3: 'GetTask/response/Status/enum' now conforms" in found.stdout


def test_baseline_fails_on_news_only(conformance: Any, broken: Path) -> None:
    """What a baseline has broken does not fail a run; the verdict stays."""
    found = conformance("run", "--target", FAULTY, *SOME, "--baseline", "before", "--report", "after")

    assert found.returncode == 0
    assert json.loads((broken.parent / "after" / "report.json").read_text())["verdict"] == "violates"


def test_two_processes_write_one_log(conformance: Any, tmp_path: Path) -> None:
    """The parts of processes are joined to one log that can be verified."""
    conformance("run", *SOME, "-n", "2", "--report", "both")

    found = conformance("verify", "both")

    assert found.returncode == 0, found.stdout
    assert sorted(p.name for p in (tmp_path / "both").glob("run*")) == ["run.jsonl"]


def test_budget_that_two_processes_spent_is_verified(conformance: Any, tmp_path: Path) -> None:
    """Where the budget ended for a process, it ends when its part of the log is judged again: before the journal."""
    conformance("run", "-n", "2", "--max-requests", "300", "--report", "out")

    found = conformance("verify", "out")

    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
@pytest.mark.parametrize(
    ("option", "words"), [("--waivers", "waiver file 'none' cannot be read"), ("--baseline", "report 'none' cannot")]
)
def test_file_that_is_not_there_is_one_sentence(conformance: Any, processes: Any, option: str, words: str) -> None:
    """A waiver file or a baseline that cannot be read ends the run before it begins, with one sentence."""
    found = conformance("run", *SOME, *processes, option, "none")

    assert found.returncode == 2
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_selection_cannot_be_certified(conformance: Any) -> None:
    """Certifying takes no selection."""
    found = conformance("certify", "--key", "k.pem", "--report", "r", *SOME)

    assert found.returncode == 2
    assert "No such option" in found.stderr


@pytest.fixture
def small(emulator: str, tmp_path: Path, key: dict[str, str]) -> str:
    """Return the file of a target that claims one operation."""
    text = f'name = "small"\noperations = ["GetTask"]\n[endpoints]\nimm = "{emulator}"\n'
    secret = "\n".join(f'{n.removeprefix("ALIBABA_CLOUD_").lower()} = "{v}"' for n, v in key.items())
    (tmp_path / "small.toml").write_text(f"{text}[credentials]\n{secret}\n")
    return "small.toml"


def test_stale_waiver_is_not_certified(conformance: Any, small: str, tmp_path: Path) -> None:
    """A run that breaks a rule of certification gets no certificate, and the reason."""
    conformance("keygen", "k.pem")
    entry = 'requirement = "None"\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
    (tmp_path / "gaps.toml").write_text(f"[[waiver]]\n{entry}")

    found = conformance("certify", "--key", "k.pem", "--report", "r", "--target", small, "--waivers", "gaps.toml")

    assert found.returncode == 1
    assert "not certified: a waiver is stale: line 1: 'None' matches no requirement" in found.stderr
    assert not (tmp_path / "r" / "certificate.intoto.jsonl").exists()


def test_certified_run_is_verified_with_its_key(conformance: Any, small: str) -> None:
    """What certify signs, verify checks with the public key, and with no other."""
    for name in ("k", "other"):
        conformance("keygen", f"{name}.pem")
    made = conformance("certify", "--key", "k.pem", "--report", "r", "--target", small)

    assert made.returncode == 0, made.stderr
    assert conformance("verify", "r", "--key", "k.pub.pem").returncode == 0
    assert "was not signed with this key" in conformance("verify", "r", "--key", "other.pub.pem").stdout


def test_difference_is_told_with_an_exit_code(conformance: Any, broken: Path) -> None:
    """What broke between two reports fails, what was mended does not."""
    conformance("run", *SOME, "--report", "sound")

    worse, better = conformance("diff", "sound", "before"), conformance("diff", "before", "sound")

    assert (worse.returncode, better.returncode) == (1, 0)
    assert "Broke (1)" in worse.stdout
    assert "Mended (1)" in better.stdout


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_difference_from_what_is_no_report_is_one_sentence(conformance: Any, broken: Path, form: str) -> None:
    """A report that does not keep its schema is not compared, in whatever format."""
    report = json.loads((broken / "report.json").read_text())
    report["requirements"][0]["id"] = 5
    (broken.parent / "odd.json").write_text(json.dumps(report))

    found = conformance("diff", "before", "odd.json", "--format", form)

    assert found.returncode == 2
    assert "report 'odd.json' is not one that a run wrote: at requirements/0/id: 5 is not of type" in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_log_that_cannot_be_read_is_nothing_to_check(conformance: Any, broken: Path) -> None:
    """Where nothing could be checked the exit code is 2, as the help says."""
    (broken / "run.jsonl").unlink()
    (broken / "run.jsonl").mkdir()

    found = conformance("verify", str(broken))

    assert found.returncode == 2
    assert "cannot be read: Is a directory" in found.stderr


def test_killed_run_is_rebuilt_and_rendered(conformance: Any, broken: Path) -> None:
    """What verify makes of a log without its end can be rendered in every format."""
    lines = (broken / "run.jsonl").read_text().splitlines(keepends=True)
    (broken / "run.jsonl").write_text("".join(lines[:-1]))
    (broken / "report.json").unlink()

    assert conformance("verify", str(broken), "--rebuild").returncode == 2
    done = {name: conformance("report", str(broken), "--format", name).stderr for name in FORMATS}
    assert done == dict.fromkeys(FORMATS, "")


def test_objection_shows_nothing_that_cannot_be_written(conformance: Any, broken: Path) -> None:
    """What a log says is told without what moves the cursor or is no text."""
    lines = lines_of(broken)
    lines[0]["settings"]["select"] = ["\ud800\x1b[31m"]
    rewrite(broken, lines)

    found = conformance("verify", str(broken))

    assert found.returncode == 1
    assert "objection: the log cannot be judged again: --select '⟨U+D800⟩⟨U+001B⟩[31m' matches no" in found.stdout
