"""What a run does to a target that is somebody's: budget, rate, tiers, interrupts, secrets."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.schemas import load_schema

Judge = Callable[..., Any]
Serve = Callable[..., Any]
CREATING = {
    "createproject", "createdataset", "createbinding", "indexfilemeta", "batchindexfilemeta", "deleteproject",
    "deletedataset", "deletebinding", "deletefilemeta", "batchdeletefilemeta", "createfilecompressiontask",
    "uploadmediabyurl", "submitbatchmediaproducingjob",
}  # fmt: skip
FIXTURES = (
    "[fixtures]",
    'project = "p"',
    'dataset = "d"',
    'bucket = "b"',
    'indexed_uris = ["oss://b/a.jpg"]',
)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "two"])
@pytest.mark.parametrize("most", [1, 50, 500])
def test_budget_holds(serve: Serve, target: Any, judge: Judge, most: int, workers: tuple[str, ...]) -> None:
    """No more requests reach the server than the budget allows, however many processes send them."""
    server = serve("good")

    done = judge("run", "--target", target(server.url), "--max-requests", str(most), *workers)

    assert done.code == 2
    assert 0 < len(server.received) <= most
    assert "Traceback" not in done.said


def test_spent_budget_is_reported(serve: Serve, target: Any, judge: Judge) -> None:
    """What the budget cut is not exercised and says why; what the run created is removed within it."""
    server = serve("good")

    done = judge("run", "--target", target(server.url), "--max-requests", "120", "--report", "out")

    assert done.report["verdict"] == "inconclusive"
    assert "the request budget was spent before" in done.report["reasons"][0]
    reasons = {r["reason"] for r in done.report["requirements"] if r["outcome"] == "not-exercised"}
    assert "the request budget was spent before it" in reasons
    assert not [text for text in done.report["remaining"] if "the API cannot" not in text]
    assert server.operations[-1] == "deleteproject"
    assert done.report["requests"] == len(server.received) <= 120


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "two"])
def test_rate_holds(serve: Serve, target: Any, judge: Judge, workers: tuple[str, ...]) -> None:
    """In no second do more requests arrive than the rate allows, give or take one that was on its way."""
    server = serve("good")

    judge("run", "--target", target(server.url), "--max-requests", "60", "--rate", "20", *workers)

    times = [at for at, _ in server.received]
    assert len(times) > 30
    assert max(sum(1 for t in times if begin <= t < begin + 1) for begin in times) <= 22


def test_reading_tier_changes_nothing(serve: Serve, target: Any, judge: Judge) -> None:
    """In the tier `reads` no operation that creates or changes anything is sent."""
    server = serve("good")

    judge("run", "--target", target(server.url, *FIXTURES), "--tier", "reads")

    assert len(server.received) > 100
    assert CREATING.isdisjoint(server.operations)


def test_refused_tier_creates_nothing(serve: Serve, target: Any, judge: Judge, tmp_path: Path) -> None:
    """In the tier `refused-only` writing operations are sent, and none of them is accepted by a correct server."""
    server = serve("good")

    judge("run", "--target", target(server.url, *FIXTURES), "--tier", "refused-only", "--report", "out")

    lines = [json.loads(line) for line in (tmp_path / "out" / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    calls = [line for line in lines if line["kind"] == "exchange" and line["what"] == "call"]
    creating = [line for line in calls if line["call"]["operation"].lower() in CREATING]
    assert len(creating) > 10
    assert [line["call"] for line in creating if line["answer"]["status"] < 400] == []


@pytest.mark.parametrize("name", ["flaky", "good"])
def test_violation_says_how_often_it_showed(serve: Serve, target: Any, judge: Judge, name: str) -> None:
    """A fault that shows once is a violation, and is not called steady; one that is always there is."""
    server = serve(name)

    done = judge(
        "run", "--target", target(server.url), "--report", "out", "--select", "GetTask/*", "--profile", "smoke"
    )

    found = [f["repeats"] for r in done.report["requirements"] for f in r["findings"]]
    must = [f["repeats"] for r in done.report["requirements"] if r["level"] == "MUST" for f in r["findings"]]
    assert all(repeats.count("/") == 1 for repeats in found)
    assert bool(must) == (name == "flaky")
    assert done.code == (1 if name == "flaky" else 0)


def interrupted(process: "subprocess.Popen[str]", seconds: float, *, group: bool) -> int:
    """Interrupt a run after some seconds, as Ctrl-C does; return its exit code."""
    time.sleep(seconds)
    if group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    return process.wait(timeout=60)


def test_run_interrupted_twice(serve: Serve, target: Any, begin: Any, tmp_path: Path) -> None:
    """A second Ctrl-C ends a run of several processes at once; no report says that nothing was sent."""
    server = serve("good")
    process = begin("run", "--target", target(server.url), "--report", "out", "--rate", "20", "-n", "2")
    while len(server.received) < 30:
        time.sleep(0.02)

    os.killpg(process.pid, signal.SIGINT)
    while "interrupt again" not in (tmp_path / "stderr").read_text(encoding="utf-8"):
        time.sleep(0.02)
    code = interrupted(process, 0.0, group=True)

    assert code == 2
    assert "the run was interrupted twice" in (tmp_path / "stderr").read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "report.json").exists()


@pytest.mark.parametrize("times", [1, 2])
def test_terminated_run(serve: Serve, target: Any, begin: Any, tmp_path: Path, times: int) -> None:
    """What `timeout` sends to all processes of a run, to some of them twice, ends it properly."""
    server = serve("good")
    process = begin("run", "--target", target(server.url), "--report", "out", "--rate", "40", "-n", "2")
    while len(server.received) < 60:
        time.sleep(0.02)

    for _ in range(times):
        os.killpg(process.pid, signal.SIGTERM)
    code = process.wait(timeout=60)

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    reasons = {r["reason"] for r in report["requirements"] if r["outcome"] == "not-exercised"}
    assert code == 2
    assert report["reasons"][0] == "the run was interrupted"
    assert "deselected in pytest" not in reasons
    assert [*(tmp_path / "out").glob("conformance-journal-*")] == []
    assert server.operations.count("createproject") == server.operations.count("deleteproject")


@pytest.mark.parametrize("number", range(10))
def test_interrupted_run(serve: Serve, target: Any, begin: Any, judge: Judge, tmp_path: Path, number: int) -> None:
    """Ctrl-C at any moment leaves a valid report that is not complete, its log, and a journal that can be cleaned.

    Moments are drawn, the same ones each time; every second run has two processes.
    """
    server = serve("good")
    workers = ("-n", "2") if number % 2 else ()
    moment = random.Random(f"moment {number}").uniform(0.0, 3.0)
    process = begin("run", "--target", target(server.url), "--report", "out", *workers)
    while not (tmp_path / "out").exists():
        time.sleep(0.02)

    code = interrupted(process, moment, group=bool(workers))

    said = (tmp_path / "stderr").read_text(encoding="utf-8")
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert code in (1, 2), said
    assert "Traceback" not in said
    Draft202012Validator(load_schema("report")).validate(report)
    assert report["complete"] is False
    assert report["verdict"] != "conforms"
    assert report["reasons"][0] == "the run was interrupted"
    verified = judge("verify", "out")
    begun = (tmp_path / "out" / "run.jsonl").exists()
    assert begun or not server.received
    assert "incomplete: " in verified.out or not begun
    assert "objection" not in verified.out
    for journal in (tmp_path / "out").glob("conformance-journal-*"):
        assert judge("clean", str(journal)).code == 0
    made, gone = server.operations.count("createproject"), server.operations.count("deleteproject")
    assert made == 0 or gone > 0


def test_first_run_of_somebody(judge: Judge, tmp_path: Path) -> None:
    """Where nothing is kept of earlier runs, a run generates what it sends in no more memory than any other."""
    done = judge("run", env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)})

    assert done.code == 0, done.said
    assert done.megabytes < 200


def test_killed_run_can_be_cleaned(serve: Serve, target: Any, begin: Any, judge: Judge, tmp_path: Path) -> None:
    """The journal of a run that was killed names all that it made, and `clean` removes it."""
    server = serve("good")
    process = begin("run", "--target", target(server.url), "--report", "out")
    while server.operations.count("indexfilemeta") + server.operations.count("batchindexfilemeta") < 1:
        time.sleep(0.05)
    process.kill()
    process.wait()

    done = judge("clean", *map(str, (tmp_path / "out").glob("conformance-journal-*")))

    assert done.code == 0
    assert server.operations[-1] == "deleteproject"


@pytest.mark.parametrize("name", ["echo", "echo-raw", "redirects", "dies-after-30"])
@pytest.mark.parametrize("where", ["environment", "file"])
def test_secrets_are_in_no_output(
    serve: Serve, target: Any, judge: Judge, tmp_path: Path, name: str, where: str, secrets: dict[str, str]
) -> None:
    """Nothing that a run prints or writes holds a secret, a token or a signature, not even where it is told them."""
    server = serve(name)
    names = ("access_key_id", "access_key_secret", "security_token")
    lines = [f'{key} = "{value}"' for key, value in zip(names, secrets.values(), strict=True)]
    file = target(server.url, *(["[credentials]", *lines] if where == "file" else []))

    done = judge("run", "--target", file, "--report", "out", "--profile", "smoke", "--junitxml", "cases.xml",
                 env=secrets if where == "environment" else {})  # fmt: skip

    (tmp_path / file).unlink()
    signatures = {text.partition("Signature=")[2][:64] for _, text in server.received if "Signature=" in text}
    hidden = [*list(secrets.values())[1:], *(s.split("\r")[0].split("&")[0] for s in signatures)]
    written = [p for p in tmp_path.rglob("*") if p.is_file() and not p.name.startswith("record-")]
    texts = [done.said, *(p.read_text(encoding="utf-8", errors="replace") for p in written)]
    assert server.received
    assert len(written) > 3
    assert [(s, t[:200]) for s in hidden for t in texts if len(s) > 8 and s in t] == []


def _with_one_process_lost(server: Any, file: str, begin: Any) -> int:
    """Run two processes, kill one of them when it has begun, and return the exit code."""
    process = begin("run", "--target", file, "--report", "out", "-n", "2")
    while len(server.received) < 150:
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    os.kill(int(children[-1]), signal.SIGKILL)
    code: int = process.wait(timeout=60)
    return code


def test_a_process_that_is_lost_ends_the_run(
    serve: Serve, target: Any, begin: Any, judge: Judge, tmp_path: Path
) -> None:
    """What a killed process had logged is in the report, which is not complete and which `verify` finds again."""
    server = serve("good")
    code = _with_one_process_lost(server, target(server.url), begin)

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    verified = judge("verify", "out")
    assert (code, report["verdict"], report["complete"]) == (2, "inconclusive", False)
    assert (verified.code, "objection" in verified.out) == (2, False), verified.out
    assert report["requests"] > 100


def test_a_process_that_is_lost_leaves_its_journal(
    serve: Serve, target: Any, begin: Any, judge: Judge, tmp_path: Path
) -> None:
    """What a killed process may have made is told with the command that removes it."""
    server = serve("good")
    _with_one_process_lost(server, target(server.url), begin)

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    (journal,) = (tmp_path / "out").glob("conformance-journal-*")
    told = f"what a lost process made may remain; 'conformance clean out/{journal.name}' removes it"
    assert told in report["remaining"]
    assert judge("clean", str(journal)).code == 0
