"""The command where users run it: in their own projects, in odd folders, through pipes, one case at a time."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.rooms import ROOMS

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = ("--select", "GetTask")
SMALL_IN_PYTEST = ("--pyargs", "conformance", "--conformance-select", "GetTask")
HOSTILE_INI = """\
[pytest]
addopts = -x --maxfail=1 -m "nothing" --no-such-option
python_files = nothing_*.py
filterwarnings = error
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a user's project with a test of its own that passes."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_a_folder_with_rooms_of_its_own(conformance: Run, tmp_path: Path, processes: tuple[str, ...]) -> None:
    """Packages, a conftest and an ini file of the user change nothing of a run."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text('raise RuntimeError("not ours")\n', encoding="utf-8")
    (tmp_path / "conftest.py").write_text('raise RuntimeError("not ours")\n', encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(HOSTILE_INI, encoding="utf-8")

    done = conformance("run", *SMALL, *processes, env={"PYTEST_ADDOPTS": "--no-such-option"})

    assert (done.returncode, done.stdout.split()[0]) == (0, "conforms"), done.stderr


@pytest.mark.parametrize("command", ["run", "list", "emulator"])
def test_rooms_of_others_on_the_path(conformance: Run, tmp_path: Path, command: str) -> None:
    """Where Python finds a foreign package before ours, its name is told before it is imported."""
    (tmp_path / "openapi.py").write_text('raise RuntimeError("not ours")\n', encoding="utf-8")

    done = conformance(command, env={"PYTHONPATH": str(tmp_path)})

    assert done.returncode == 2
    assert done.stderr.startswith("conformance: the package 'openapi' is expected in ")
    assert done.stderr.count("\n") == 1


def test_beside_tests_of_the_user(plain_pytest: Run, project: Path) -> None:
    """The suite runs inside a user's own pytest, beside the tests there."""
    done = plain_pytest(*SMALL_IN_PYTEST, "tests", folder=project)

    assert done.returncode == 0, done.stdout
    assert "conforms  embedded emulator" in done.stdout
    assert "1 failed" not in done.stdout


def test_beside_a_failing_test_of_the_user(plain_pytest: Run, project: Path) -> None:
    """A failing test of the user stays a failure and says nothing about the target."""
    (project / "tests" / "test_own.py").write_text("def test_own():\n    assert False\n", encoding="utf-8")

    done = plain_pytest(*SMALL_IN_PYTEST, "tests", folder=project)

    assert done.returncode == 1, done.stdout
    assert "conforms  embedded emulator" in done.stdout
    assert "defect of the kit" not in done.stdout


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_without_the_suite(plain_pytest: Run, project: Path, processes: tuple[str, ...]) -> None:
    """A pytest run that does not ask for the suite does not get it, nor its exit code."""
    done = plain_pytest(*processes, folder=project)

    assert done.returncode == 0
    assert "conforms" not in done.stdout


@pytest.mark.parametrize(
    ("case", "fails"),
    [
        ("GetTask/behavior/status-final", False),
        ("GetTask/request/TaskType/required/refuses[absent]", False),
        ("Gateway/behavior/request-id-differs", False),
        ("GetTask/behavior/status-final", True),
    ],
)
def test_a_single_case(conformance: Run, faulty: str, case: str, fails: bool) -> None:
    """One case alone comes to the verdict that the whole run comes to."""
    target = ("--target", faulty) if fails else ()

    done = conformance("run", "--case", case, *target, env={"PYTHONPATH": "."})

    assert done.stdout.split()[0] == ("violates" if fails else "conforms"), done.stdout + done.stderr
    assert done.returncode == int(fails)


def test_a_narrow_terminal(conformance: Run) -> None:
    """No number of the summary is cut on a narrow terminal."""
    narrow = conformance("run", *SMALL, env={"COLUMNS": "30", "NO_COLOR": "1"})

    assert "…" not in narrow.stdout
    assert "GetBatchMediaProducingJob" in narrow.stdout
    assert "\x1b" not in narrow.stdout


@pytest.mark.parametrize(("fails", "code"), [(False, 0), (True, 1)])
def test_a_reader_that_leaves(conformance: Run, faulty: str, tmp_path: Path, fails: bool, code: int) -> None:
    """The exit code is that of the verdict also where nobody reads the summary to its end."""
    target = f"--target {faulty}" if fails else ""
    (tmp_path / "piped.sh").write_text(
        f'"$1" run --select GetTask {target} | true\nexit "${{PIPESTATUS[0]}}"\n', encoding="utf-8"
    )
    command = conformance("--version").args[0]

    done = subprocess.run(
        ["bash", "piped.sh", command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_an_output_that_takes_nothing(conformance: Run, tmp_path: Path) -> None:
    """A verdict that cannot be shown is no success, and no traceback."""
    command = conformance("--version").args[0]

    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [command, "run", *SMALL], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 2
    assert done.stderr.endswith("conformance: the output cannot be used: No space left on device\n")


def test_a_folder_that_cannot_be_written(conformance: Run, emulator: str, key: dict[str, str]) -> None:
    """Nothing is created where no journal can be kept, and the way out is named."""
    done = conformance("run", *SMALL, "--target", emulator, env=key, folder=Path("/proc"))

    assert done.returncode == 2
    assert "the journal '/proc/conformance-journal-" in done.stderr
    assert "give one with --report" in done.stderr


def test_the_report_of_a_run(conformance: Run, tmp_path: Path) -> None:
    """The report is whole, whatever is selected."""
    conformance("run", *SMALL, "--report", "out")

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))

    accepted = {"BatchGetFileMeta": "accepted", "GetTask": "accepted"}
    assert (report["verdict"], report["complete"], report["controls"]) == ("conforms", True, accepted)


@pytest.fixture
def own_target(project: Path) -> Path:
    """Return a user's project that has an option `--target` of its own."""
    option = 'def pytest_addoption(parser):\n    parser.addoption("--target", type=int)\n'
    (project / "conftest.py").write_text(option, encoding="utf-8")
    return project


def test_a_project_with_a_target_of_its_own(plain_pytest: Run, own_target: Path) -> None:
    """An option of a project that is called like ours stays its own, and ours has a longer name."""
    done = plain_pytest(
        *SMALL_IN_PYTEST, "tests", "--target", "3", "--conformance-target", "nothing", folder=own_target
    )

    assert "--target 'nothing' is neither a URL" in done.stdout + done.stderr


def test_the_target_of_a_project_is_not_ours(plain_pytest: Run, own_target: Path) -> None:
    """A target that an option of the project has taken is not left out in silence."""
    done = plain_pytest(*SMALL_IN_PYTEST, "--target", "3", folder=own_target)

    assert done.returncode != 0
    assert "give the server under test with --conformance-target" in done.stdout + done.stderr
    assert "conforms" not in done.stdout


def test_a_run_that_pytest_ends_early(plain_pytest: Run, project: Path) -> None:
    """A run that `-x` ends at a test of the user's own says nothing about what it did not send."""
    (project / "tests" / "test_own.py").write_text("def test_own():\n    assert False\n", encoding="utf-8")

    done = plain_pytest(
        "-x", *SMALL_IN_PYTEST[:2], "tests", *SMALL_IN_PYTEST[2:], "-k", "Status or own", folder=project
    )

    assert done.returncode in (1, 2)
    assert "conforms  embedded emulator" not in done.stdout


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_a_target_that_is_not_there(plain_pytest: Run, processes: tuple[str, ...]) -> None:
    """Whatever pytest makes of the processes that give up, its output says that the target did not answer."""
    done = plain_pytest(*SMALL_IN_PYTEST, "--target", "http://127.0.0.1:1", *processes)

    assert done.returncode == 2
    assert "could not judge: no answer from http://127.0.0.1:1/" in done.stdout


def test_a_suite_of_which_nothing_is_left(plain_pytest: Run) -> None:
    """Where everything is deselected, the output says that nothing was sent."""
    done = plain_pytest(*SMALL_IN_PYTEST, "-k", "no_such_case")

    assert done.returncode == 2
    assert "could not judge: nothing was sent to the target" in done.stdout
