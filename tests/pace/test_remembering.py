"""Examples that failed are kept, and drawn first by the next run."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.remembering import Memory
from conformance.target import TargetError
from tests.pace.conftest import run

CASE = "IndexFileMeta/explore/valid"
APP = '''
from pathlib import Path

from emulator import Answer, Emulator, asgi_app


class Odd:
    """Fails at some texts, unless the file `mended` is there."""

    id = "odd"
    description = "names of artists beyond ASCII are lost"

    def before(self, call, emulator):
        return None

    def after(self, call, answer, emulator):
        text = call.params.get("File", "")
        odd = "AlbumArtist" in text and not text.isascii() and not Path("mended").exists()
        if call.action != "IndexFileMeta" or not odd:
            return answer
        return Answer(500, {"RequestId": answer.payload["RequestId"], "Code": "InternalError", "Message": "odd"})


app = asgi_app(Emulator(faults=[Odd()]))
'''


@dataclass(frozen=True)
class Judged:
    """One run of the case: how it ended, and what it sent."""

    done: "subprocess.CompletedProcess[str]"
    folder: Path

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The exchanges of the case, as they are in the log."""
        lines = [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]
        return [line for line in lines if line["kind"] == "exchange" and line["case"] == CASE]

    @property
    def failing(self) -> list[int]:
        """At which of the requests of the case the server failed."""
        return [place for place, line in enumerate(self.calls) if line["answer"]["status"] == 500]

    @property
    def drawn(self) -> list[object]:
        """The UserData of the requests."""
        return [line["call"]["params"].get("UserData") for line in self.calls]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an app that fails at few of the requests that are drawn."""
    made = tmp_path_factory.mktemp("remembering")
    (made / "odd.py").write_text(APP)
    return made


@pytest.fixture(scope="module")
def first(folder: Path) -> Judged:
    """Return a run with an empty database."""
    return judged(folder, "first")


@pytest.fixture(scope="module")
def second(folder: Path, first: Judged) -> Judged:
    """Return a run after it, in two processes that draw otherwise."""
    return judged(folder, "second", "--seed", "5", "-n", "2")


@pytest.fixture(scope="module")
def mended(folder: Path, second: Judged) -> list[dict[str, tuple[str, ...]]]:
    """Return what the database knows before and after a run against a server that was mended."""
    before = Memory(str(folder / "examples")).recall([CASE])
    (folder / "mended").touch()
    judged(folder, "third")
    return [before, Memory(str(folder / "examples")).recall([CASE])]


def judged(folder: Path, name: str, *more: str) -> Judged:
    """Run the case in a process of its own, with the examples of earlier runs."""
    given = ("--target", "odd:app", "--case", CASE, "--report", name, "--example-database", "examples")
    return Judged(run(folder, "run", *given, *more), folder / name)


def test_what_failed_in_one_run_is_drawn_first_in_the_next(first: Judged, second: Judged) -> None:
    """The request after the control fails already, where it took several without the database."""
    assert first.failing[0] > 2
    assert second.failing[0] == 1, second.done.stdout + second.done.stderr


def test_other_seeds_draw_other_examples(first: Judged, second: Judged) -> None:
    """Or else machines would have nothing to learn from each other."""
    assert len({str(text) for text in second.drawn} - {str(text) for text in first.drawn}) > 2


def test_what_fails_no_more_is_forgotten(mended: list[dict[str, tuple[str, ...]]]) -> None:
    """Once the server is mended, the next run has nothing to draw first."""
    before, after = mended

    assert before[CASE]
    assert after == {}


def test_a_run_that_drew_from_the_database_can_be_verified(second: Judged) -> None:
    """Its log says what was drawn first, so the database is not needed."""
    done = run(second.folder.parent, "verify", "second")

    assert "verified" in done.stdout, done.stdout + done.stderr


def test_the_line_to_run_a_case_again_names_the_database(second: Judged) -> None:
    """Without it another seed would not draw the example."""
    assert "--example-database examples" in second.done.stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("file", "cannot be used: File exists"),
        ("http://127.0.0.1/", "is neither a folder nor a URL that begins with redis://"),
        ("redis://user:hidden@127.0.0.1:1/0", "cannot be used: Error 111"),
        ("redis://127.0.0.1:port/0", "cannot be used: Port could not be cast"),
        ("redis://user:hidden/K+y==@127.0.0.1:1/0", "names no host that can be told from a password"),
        ("redis://hidden:12/K+y==@127.0.0.1:1/0", "names no host that can be told from a password"),
        ("redis://user:hid'den", "cannot be used: Port could not be cast"),
        ("redis://[hidden]@127.0.0.1:1/0", "cannot be used: "),
    ],
)
def test_a_database_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, told: str
) -> None:
    """In one sentence, without a password."""
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(TargetError, match=told) as raised:
        Memory(given)

    assert "hid" not in str(raised.value)


def test_a_redis_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra, and the sentence says which."""
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(TargetError, match=r"pip install 'alimedia-conformance\[redis\]'"):
        Memory("redis://127.0.0.1/0")


def test_a_database_that_cannot_be_used_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """Nothing is sent."""
    done = run(tmp_path, "run", "--profile", "smoke", "--example-database", "http://127.0.0.1/")

    assert done.returncode == 2
    assert done.stderr.startswith("conformance: --example-database 'http://127.0.0.1/'")
