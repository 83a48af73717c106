"""Whatever a server does, a run ends soon, in little memory, with a sentence and an exit code that is not 0."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import MOST_MEGABYTES

Judge = Callable[..., Any]
Serve = Callable[..., Any]

UNUSABLE = {
    "never-answers": "no answer came in time (nothing came for 1.5 seconds)",
    "closes-at-once": "the answer broke the HTTP protocol (Server disconnected without sending a response.)",
    "resets-mid-body": "the connection broke while the answer was read",
    "drips-body": "the answer took longer than 3 seconds",
    "drips-head": "the answer took longer than 3 seconds",
    "endless-body": "the answer is longer than 8388608 bytes",
    "endless-chunks": "the answer is longer than 8388608 bytes",
    "endless-head": "the answer broke the HTTP protocol (Receive buffer too long)",
    "endless-continue": "no answer came in time",
    "2-gib-unpacked": "the answer is longer than 8388608 bytes",
    "2-gib-packed-twice": "the answer is longer than 8388608 bytes",
    "200-mb-json": "the answer is longer than 8388608 bytes",
    "truncated": "the answer broke the HTTP protocol",
    "1-mb-header": "the answer broke the HTTP protocol (Receive buffer too long)",
    "10000-headers": "header fields, more than 256",
    "not-http": "the answer broke the HTTP protocol",
    "wrong-length": "the answer broke the HTTP protocol",
    "bad-chunk": "the answer broke the HTTP protocol",
    "unknown-encoding": "the content encoding 'br' was not asked for",
    "half-a-head": "the answer broke the HTTP protocol",
    "gzip-that-breaks-off": "the answer's content encoding could not be decoded",
    "gzip-that-breaks": "the answer's content encoding could not be decoded",
    "bad-gzip": "the answer's content encoding could not be decoded",
}
"""Servers of which nothing can be read, and what is said of each."""

JUDGED = {
    "100000-levels": "the JSON is nested too deeply",
    "100000-objects": "the JSON is nested too deeply",
    "million-values": "the JSON holds more than 500000 values",
    "long-number": "the body is not JSON (Exceeds the limit",
    "invalid-utf-8": "the body is not UTF-8 (byte 14)",
    "half-json": "the body is not JSON (Unterminated string",
    "trailing-data": "the body is not JSON alone, it goes on at byte 52",
    "constant-html": "the target answers every request alike: HTTP 200 without a JSON object",
    "redirects": "HTTP 307, a redirect to 'http://127.0.0.1:9/",
    "every-status": "MUST requirements are broken",
    "only-204": "the target answers every request alike: HTTP 204 without a JSON object",
    "only-408": "the target answers every request alike: HTTP 408 without a JSON object",
    "only-500": "the target answers every request alike: HTTP 500 without a JSON object",
    "only-599": "the target answers every request alike: HTTP 599 without a JSON object",
    "only-marks": "Code '</script><b onload=x>[red]{{x}}⟨U+001B⟩[2J⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+0000⟩ ⟨U+202E⟩txt",
}
"""Servers whose answers are judged, and what is said among the first things."""


def harmless(done: Any) -> None:
    """Check what must be so whatever the server does."""
    assert "Traceback" not in done.said
    assert done.megabytes < MOST_MEGABYTES
    assert not any(c in done.said for c in ("\x1b", "\x07", "\x00", "\u202e", "\u2028"))


@pytest.mark.parametrize("name", UNUSABLE)
def test_server_of_which_nothing_can_be_read(serve: Serve, target: Any, judge: Judge, name: str) -> None:
    """The run ends at the first request with one sentence that says what happened."""
    server = serve(name)

    done = judge("run", "--target", target(server.url))

    harmless(done)
    assert done.code == 2
    (line,) = (one for one in done.err.strip().splitlines() if " cases, " not in one)
    assert UNUSABLE[name] in line
    assert line.startswith("conformance: no ")
    assert server.url in line


@pytest.mark.parametrize("name", JUDGED)
def test_server_whose_answers_are_judged(serve: Serve, target: Any, judge: Judge, name: str) -> None:
    """The run does not conform, and says why in words that fit a terminal."""
    done = judge("run", "--target", target(serve(name).url), "--profile", "smoke", "--report", "out")

    harmless(done)
    assert done.code in (1, 2)
    assert done.report["verdict"] in ("violates", "inconclusive")
    assert JUDGED[name] in done.out


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("nan", "NaN is not JSON"),
        ("duplicate-keys", "the member 'RequestId' occurs twice in one object"),
        ("lone-surrogates", "a string holds a lone surrogate"),
        ("invalid-utf-8", "the body is not UTF-8 (byte 14)"),
        ("trailing-data", "the body is not JSON alone, it goes on at byte 52"),
    ],
)
def test_what_strict_json_forbids_is_a_finding(serve: Serve, target: Any, judge: Judge, name: str, flaw: str) -> None:
    """What a lenient reader takes is reported under its own requirement."""
    done = judge("run", "--target", target(serve(name).url), "--report", "out", "--select", "GetTask/response/*")

    harmless(done)
    entry = next(r for r in done.report["requirements"] if r["id"] == "Gateway/behavior/strict-json")
    assert entry["outcome"] == "violates"
    assert flaw in [f["observed"] for f in entry["findings"]]


@pytest.mark.parametrize("name", ["constant-json", "answers-of-another", "marked-up"])
def test_server_of_plausible_nonsense(serve: Serve, target: Any, judge: Judge, name: str) -> None:
    """Well-formed answers that do not belong to their requests are found out."""
    done = judge("run", "--target", target(serve(name).url), "--report", "out", "--select", "*/behavior/*")

    harmless(done)
    assert done.code == 1
    assert done.report["verdict"] == "violates"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "two"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dies-after-30", "the target stopped answering after"),
        ("hangs-after-30", "the target stopped answering after"),
        ("throttled-after-30", "and asks to wait 3600 s"),
        ("retry-in-an-hour", "and asks to wait 3600 s"),
    ],
)
def test_target_that_is_lost_in_mid_run(
    serve: Serve, target: Any, judge: Judge, name: str, words: str, workers: tuple[str, ...]
) -> None:
    """The run ends within seconds, and its report tells what was seen until then."""
    done = judge("run", "--target", target(serve(name).url), "--report", "out", "--profile", "smoke", *workers)

    harmless(done)
    assert done.code == 2
    assert words in done.report["reasons"][0]
    assert done.report["complete"] is False
    assert done.report["verdict"] == "inconclusive"
    assert not any(r["outcome"] == "violates" and r["level"] == "MUST" for r in done.report["requirements"])


def test_operation_that_hangs(serve: Serve, target: Any, judge: Judge) -> None:
    """An operation that does not answer is asked no more, and the others are judged."""
    server = serve("hangs-on-get-task")

    done = judge("run", "--target", target(server.url), "--report", "out", "--select", "GetTask", "--select", "GetUrl*")

    harmless(done)
    assert server.operations.count("gettask") < 20
    assert "GetTask is asked no more" in " ".join(done.report["reasons"])
    assert any(r["outcome"] == "conforms" for r in done.report["requirements"] if r["operation"] == "GetUrlUploadInfos")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("wrong-name", "TLS failed: IP address mismatch"),
        ("expired", "TLS failed: certificate has expired; the server needs a new certificate"),
        ("self-signed", "TLS failed: self-signed certificate; name its authority in [endpoints] ca_file"),
    ],
)
def test_certificate_that_is_wrong(
    serve: Serve, target: Any, judge: Judge, certificates: Any, kind: str, words: str
) -> None:
    """A certificate that proves nothing ends the run before anything is sent, with what is wrong with it."""
    server = serve("good", "--certificate", str(certificates[kind].path))

    done = judge("run", "--target", target(server.url, ca_file=str(certificates[kind].authority)))

    harmless(done)
    assert done.code == 2
    assert words.lower() in done.err.lower()
    assert server.received == []


def test_certificate_of_a_private_authority(serve: Serve, target: Any, judge: Judge, certificates: Any) -> None:
    """With `ca_file` a right certificate of a private authority is trusted."""
    server = serve("good", "--certificate", str(certificates["right"].path))

    done = judge(
        "run", "--target", target(server.url, ca_file=str(certificates["right"].authority)), "--max-requests", "20"
    )

    assert "TLS failed" not in done.said
    assert len(server.received) > 4


def test_redirect_gets_nothing(serve: Serve, target: Any, judge: Judge, tmp_path: Path) -> None:
    """Nothing at all arrives where a redirect points, credentials least of all."""
    elsewhere = serve("good")

    judge("run", "--target", target(serve("redirects", "--redirect", elsewhere.url).url), "--profile", "smoke")

    assert elsewhere.received == []


@pytest.mark.parametrize("name", ["http-1.0", "early-hints", "trailers", "hangs-up", "hangs-up-later", "packed"])
def test_unusual_transport(serve: Serve, target: Any, judge: Judge, name: str) -> None:
    """What HTTP allows is no fault, however seldom it is met."""
    done = judge("run", "--target", target(serve(name).url), "--report", "out", "--select", "GetUrlUploadInfos")

    harmless(done)
    assert not any(r["outcome"] == "violates" and r["level"] == "MUST" for r in done.report["requirements"])
    assert "Gateway/behavior/request-id-differs" not in " ".join(done.report["reasons"])
    assert sum(r["outcome"] == "conforms" for r in done.report["requirements"]) > 50
    assert done.code == 0


def test_target_that_hangs_in_cleaning(serve: Serve, target: Any, judge: Judge) -> None:
    """What cannot be removed is named, and once one removal was asked for in vain the others are asked for once."""
    server = serve("hangs-in-cleaning")

    done = judge("run", "--target", target(server.url), "--report", "out", "--select", "BatchGetFileMeta/response/*")

    harmless(done)
    asked = Counter(name for name in server.operations if "delete" in name)
    assert sorted(asked.values()) == [1] * (len(asked) - 1) + [3], asked
    assert len(asked) > 2
    assert any("conformance-" in text for text in done.report["remaining"]), done.report["remaining"]
    assert list((done.folder / "out").glob("conformance-journal-*"))


def test_connection_that_is_reset_while_something_is_made(serve: Serve, target: Any, judge: Judge) -> None:
    """What may have been made nevertheless is removed; the run needs it and says so."""
    server = serve("resets-in-provisioning")

    done = judge("run", "--target", target(server.url), "--report", "out", "--select", "BatchGetFileMeta/response/*")

    harmless(done)
    made = [text.split(" ")[1] for _, text in server.received if "x-acs-action: createdataset" in text.lower()]
    assert made
    assert len(set(made)) == len(made)
    assert {"deletedataset", "deleteproject"} <= set(server.operations)
    assert done.code == 2
