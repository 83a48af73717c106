"""Processes of one run that a target does not treat alike."""

import json
from pathlib import Path

from emulator import Emulator, Request, Response
from tests.pace.conftest import SELECTED, run
from tests.serving import on_a_socket


class Full(Emulator):
    """An emulator in which no project can be made while it is `full`."""

    full = False

    def handle(self, request: Request) -> Response:
        """Answer a request; one that is refused names a project that no name can have."""
        if self.full and dict(request.headers).get("x-acs-action") == "CreateProject":
            request = Request(request.method, request.path, "ProjectName=-", request.headers, b"")
        return super().handle(request)


def test_what_only_one_process_could_not_judge_is_in_doubt(tmp_path: Path) -> None:
    """A run does not conform that judged half of its plan, although the other half's requests were accepted."""
    emulator = Full()
    with on_a_socket(emulator) as url:
        run(tmp_path, *SELECTED, "--target", url, "--report", "first", "--shard", "1/2")
        emulator.full = True
        run(tmp_path, *SELECTED, "--target", url, "--report", "second", "--shard", "2/2")

    done = run(tmp_path, "merge", "first", "second", "--report", "merged")

    report = json.loads((tmp_path / "merged" / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "inconclusive"
    assert "another process of the run had it" in report["reasons"][0]
    assert "CreateProject" in report["reasons"][0]
    assert done.returncode == 2
