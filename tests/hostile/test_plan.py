"""`conformance plan` tells what a run sends and creates, before anything is sent."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

FIXTURES = (
    "[fixtures]",
    'project = "some-project"',
    'dataset = "some-dataset"',
    'indexed_uris = ["oss://bucket/a.jpg"]',
)


def test_plan_sends_nothing(serve: Callable[..., Any], target: Any, judge: Callable[..., Any]) -> None:
    """Not one request reaches the target."""
    server = serve("good")

    done = judge("plan", "--target", target(server.url), "--profile", "smoke")

    assert done.code == 0
    assert server.received == []


def test_plan_is_what_a_run_does(serve: Callable[..., Any], target: Any, judge: Callable[..., Any]) -> None:
    """The run sends to each operation what the plan said, give or take what waiting takes."""
    server = serve("good")
    arguments = ("--target", target(server.url), "--select", "GetTask/request/*", "--select", "GetUrlUploadInfos/*")
    planned = json.loads(judge("plan", *arguments, "--json").out)

    judge("run", *arguments)

    sent = Counter(server.operations)
    told = {row["operation"].lower(): row["requests"] for row in planned["operations"]}
    assert {name for name in told if name.startswith("create")} == {n for n in sent if n.startswith("create")}
    assert abs(planned["requests"] - sum(sent.values())) <= sum(sent.values()) * 0.2


def test_plan_of_reads_creates_nothing(target: Any, judge: Callable[..., Any]) -> None:
    """In the tier `reads` nothing is created or cleaned up, and the fixtures stand for what is read."""
    file = target("http://127.0.0.1:9", *FIXTURES)

    planned = json.loads(judge("plan", "--target", file, "--tier", "reads", "--rate", "10", "--json").out)

    assert {row["price"] for row in planned["operations"]} == {"free read"}
    assert planned["clean_up"] == []
    assert planned["remains"] == {}
    assert planned["seconds_at_the_rate"] == planned["requests"] / 10
    assert planned["requests"] > 100


def test_plan_rehearses_given_files_of_pds(target: Any, judge: Callable[..., Any]) -> None:
    """A target file names no FileHash, without which no file of PDS is indexed."""
    uri = "pds://domains/bj1/drives/101/files/9520943DC264/revisions/40CB7794C929"
    file = target("http://127.0.0.1:9", *FIXTURES[:3], f'indexed_uris = ["{uri}"]')

    done = judge("plan", "--target", file, "--profile", "smoke")

    assert done.code == 0, done.said


def test_plan_counts_reads_that_go_out_together(
    serve: Callable[..., Any], target: Any, judge: Callable[..., Any]
) -> None:
    """What is sent at the same time is part of what a run sends, and nothing else where nothing moves on meanwhile."""
    server = serve("good", "--still")
    arguments = ("--target", target(server.url), "--select", "Gateway/behavior/parallel-reads")
    planned = json.loads(judge("plan", *arguments, "--json").out)

    judge("run", *arguments)

    assert abs(planned["requests"] - len(server.received)) < 8
