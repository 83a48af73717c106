"""Reads at the same time: what they show of a target, and what they do not hold against it."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.exchange import Call
from conformance.sending import Sender
from conformance.turnstile import BudgetExhaustedError, Turnstile
from reports.tally import Tally

Judge = Callable[..., Any]
Serve = Callable[..., Any]
CASE = "Gateway/behavior/parallel-reads"
UNIQUE = "Gateway/behavior/request-id-differs"
ONLY = ("--report", "out", "--case", CASE)
FIXTURES = (
    "[fixtures]",
    'url_upload_jobs = [{ id = "0123456789abcdef0123456789abcdef", url = "https://example.com/a" }]',
)
APP = """
import threading

from emulator import Emulator, Request

EMULATOR = Emulator()
THREADS = set()


def app(environ, start_response):
    THREADS.add(threading.get_ident())
    assert len(THREADS) == 1, "called in another thread"
    size = int(environ.get("CONTENT_LENGTH") or 0)
    headers = [(n[5:].replace("_", "-").lower(), v) for n, v in environ.items() if n.startswith("HTTP_")]
    body = environ["wsgi.input"].read(size)
    response = EMULATOR.handle(Request(environ["REQUEST_METHOD"], "/", environ["QUERY_STRING"], tuple(headers), body))
    start_response(f"{response.status} x", list(response.headers))
    return [response.body]
"""


def entry(done: Any, name: str = CASE) -> dict[str, Any]:
    """Return what a report says of a requirement."""
    return next(dict(r) for r in done.report["requirements"] if r["id"] == name)


def most_within(server: Any, seconds: float) -> int:
    """Return how many requests arrived in the fullest of such spans."""
    times = [at for at, _ in server.received]
    return max(sum(1 for at in times if begin <= at < begin + seconds) for begin in times)


@pytest.mark.parametrize(("profile", "most"), [("standard", 8), ("thorough", 32)])
def test_reads_go_out_at_the_same_time(serve: Serve, target: Any, judge: Judge, profile: str, most: int) -> None:
    """Before the first of so many reads is answered, all of them have arrived."""
    server = serve("slow")

    done = judge("run", "--target", target(server.url), *ONLY, "--profile", profile)

    assert server.most_unanswered == most
    assert entry(done)["outcome"] == "conforms"


@pytest.mark.parametrize(
    ("name", "broken", "words"),
    [
        ("shared-buffer", CASE, "the answer to "),
        ("shared-id", UNIQUE, "of another call"),
    ],
)
def test_what_shows_only_at_the_same_time(
    serve: Serve, target: Any, judge: Judge, name: str, broken: str, words: str
) -> None:
    """Answers and ids that get from one request into another are found, and where the facts say so they decide."""
    done = judge("run", "--target", target(serve(name).url), *ONLY)

    found = entry(done, broken)
    assert found["outcome"] == "violates"
    assert any(words in finding["observed"] for finding in found["findings"])
    assert {finding["case"] for finding in found["findings"]} == {CASE}
    assert done.code == 1


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("throttles-some-of-many", "conforms", ""),
        ("throttles-many", "inconclusive", "Throttling.User"),
        ("unavailable-to-many", "inconclusive", "HTTP 503"),
        ("closes-on-many", "inconclusive", "Server disconnected without sending a response"),
        ("resets-many", "inconclusive", "the connection broke while the answer was read"),
        ("hangs-on-many", "inconclusive", "no answer came in time"),
        ("one-at-a-time", "conforms", ""),
    ],
)
def test_target_that_serves_few_at_once(
    serve: Serve, target: Any, judge: Judge, name: str, outcome: str, words: str
) -> None:
    """What is refused or left unanswered for want of capacity breaks nothing, and the rest is judged."""
    done = judge("run", "--target", target(serve(name).url), *ONLY)

    found = entry(done)
    broken = [r["id"] for r in done.report["requirements"] if r["outcome"] == "violates" and r["level"] == "MUST"]
    assert broken == []
    assert found["outcome"] == outcome
    assert words in found["reason"]
    assert done.code == 0
    assert done.seconds < 15


def test_log_of_reads_at_the_same_time(serve: Serve, target: Any, judge: Judge) -> None:
    """What was asked at the same time is judged again from the log, also where nothing came back."""
    judge("run", "--target", target(serve("resets-many").url), *ONLY)

    done = judge("verify", "out")

    assert done.code == 0, done.said


def test_rate_holds_for_reads_at_the_same_time(serve: Serve, target: Any, judge: Judge) -> None:
    """No more go out at once than the rate allows within a second, and no second sees more than one on its way."""
    server = serve("slow")

    done = judge("run", "--target", target(server.url), *ONLY, "--rate", "12")

    assert entry(done)["outcome"] == "conforms"
    assert server.most_unanswered == 8
    assert most_within(server, 1) <= 13


def test_rate_of_one(serve: Serve, target: Any, judge: Judge) -> None:
    """With a rate that allows no two requests within a second nothing goes out at once, and that is said."""
    server = serve("slow")

    done = judge("run", "--target", target(server.url, *FIXTURES), *ONLY, "--rate", "1.5", "--tier", "reads")

    assert "no two requests may be under way at once" in entry(done)["reason"]
    assert server.most_unanswered == 1


def test_app_in_process_is_called_in_one_thread(judge: Judge, tmp_path: Any) -> None:
    """An app that is given as `module:app` may be one that works in one thread only."""
    (tmp_path / "single_app.py").write_text(APP, encoding="utf-8")

    done = judge("run", "--target", "single_app:app", *ONLY, env={"PYTHONPATH": str(tmp_path)})

    assert "no two requests may be under way at once" in entry(done)["reason"]
    assert "another thread" not in done.said


def test_reads_together_leave_what_cleaning_takes() -> None:
    """Requests that are kept back to clean up with are not spent on reads that go out at the same time."""
    sender = Sender(
        post=lambda _: pytest.fail("one call was sent"),
        post_together=lambda _: pytest.fail("the calls were sent"),
        sleep=lambda _: None,
        turnstile=Turnstile(10),
        tally=Tally(),
        reserve=lambda _: 5,
    )

    with pytest.raises(BudgetExhaustedError):
        sender.send_together([Call("GetTask", {})] * 8)
