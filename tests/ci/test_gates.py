"""The GitHub action and the documented jobs: valid, and the action's own steps run."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "tests" / "data" / "schemas"
COMMAND = Path(sys.executable).with_name("conformance")
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
LEFT_OUT = ("PYTEST_", "COV_", "HYPOTHESIS_", "ALIBABA_CLOUD_", "GITHUB_", "CI")
FAST = "--select GetUrlUploadInfos/request"

Act = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    """Return the composite action."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def problems(document: object, schema: str) -> list[str]:
    """Return what a vendored schema has against a document."""
    rules = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    return [e.message for e in jsonschema_rs.validator_for(rules).iter_errors(document)]


def test_action_is_valid(action: dict[str, Any]) -> None:
    """The action keeps the published schema of its format."""
    assert problems(action, "github-action.schema.json") == []


def test_gitlab_job_is_valid() -> None:
    """The documented job keeps the published schema of GitLab."""
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").partition("## GitLab")[2]
    job = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])

    assert list(job) == ["conformance"]
    assert problems(job, "gitlab-ci.schema.json") == []


def test_documented_inputs_exist(action: dict[str, Any]) -> None:
    """Every input that the page lists or uses exists, and every input is listed."""
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    table = text.partition("| Input |")[2].partition("\n\n")[0]
    used = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])

    listed = set(re.findall(r"`([\w-]+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:])))

    assert listed == set(action["inputs"])
    assert set(used["jobs"]["conformance"]["steps"][1]["with"]) <= listed


@pytest.fixture
def act(action: dict[str, Any], tmp_path: Path) -> Act:
    """Return the function that runs the action's own steps as a runner does, with the kit already installed."""
    place = tmp_path / "temp" / "alimedia-conformance" / "bin"
    place.mkdir(parents=True)
    (place / "conformance").symlink_to(COMMAND)

    def step(number: int, values: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        chosen = action["runs"]["steps"][number]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
        env = {k: EXPRESSION.sub(lambda found: values[found[1]], v) for k, v in chosen["env"].items()}
        files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", chosen["run"]]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**kept, **env, **files},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def acted(**inputs: str) -> dict[str, Any]:
        given = {name: str(entry.get("default", "")) for name, entry in action["inputs"].items()} | inputs
        values = {f"inputs.{name}": value for name, value in given.items()} | {"runner.temp": str(tmp_path / "temp")}
        judged = step(2, values)
        assert judged.returncode == 0, judged.stderr
        outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
        last = step(len(action["runs"]["steps"]) - 1, {"steps.judge.outputs.code": outputs["code"]})
        return {**outputs, "exit": last.returncode, "said": judged.stdout + judged.stderr}

    return acted


def start(port: int, *options: str) -> str:
    """Return the command that starts the emulator on a port."""
    return " ".join((str(COMMAND), "emulator", "--port", str(port), *options))


@pytest.fixture
def port(unused_port: Callable[[], int]) -> int:
    """Return a port that nothing listens on."""
    return unused_port()


def test_action_passes_a_good_server(act: Act, port: int, tmp_path: Path) -> None:
    """The action starts a server, judges it, renders everything, writes the summary and succeeds."""
    acted = act(target=f"http://127.0.0.1:{port}", start=start(port), options=FAST)

    assert (acted["exit"], acted["verdict"]) == (0, "conforms"), acted["said"]
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("## ✅")
    made = {path.name for path in (tmp_path / "conformance-report").iterdir()}
    assert {"report.html", "report.json", "report.sarif", "junit.xml", "run.jsonl", "report.badge"} <= made


def test_action_fails_on_what_is_new(act: Act, port: int, tmp_path: Path) -> None:
    """A server that breaks a MUST fails the action, and does not with that report as the baseline."""
    faulty = {"start": start(port, "--fault", "upload-eleven-urls"), "target": f"http://127.0.0.1:{port}"}
    chosen = {**faulty, "options": "--select GetUrlUploadInfos/behavior/urls-over"}

    first = act(**chosen, report="first")
    second = act(**chosen, report="second", baseline="first/report.json")

    assert (first["exit"], first["verdict"]) == (1, "violates"), first["said"]
    assert (second["exit"], second["verdict"]) == (0, "violates"), second["said"]


def test_action_fails_without_a_server(act: Act, port: int) -> None:
    """A server that does not start fails the action, and nothing is decided."""
    acted = act(target=f"http://127.0.0.1:{port}", start="exit 1", wait="0.2")

    assert (acted["exit"], acted["verdict"]) == (2, "inconclusive")
