"""Requests that get no answer: once it is bad luck, each time it is a violation."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.exchange import Call, Exchange
from conformance.kit import Kit
from conformance.settings import Settings
from conformance.target import Connection, Target
from conformance.target.connect import connect
from openapi import Contract

ACCEPTS = "BatchIndexFileMeta/request/Files/maxItems/accepts"
CASE = f"{ACCEPTS}[100 items]"


class Dropping:
    """A way to a target on which the answers to large calls get lost, at most so many."""

    def __init__(self, connection: Connection, most: int) -> None:
        self._connection = connection
        self._left = most

    def send(self, call: Call) -> Exchange:
        """Send a call; lose what comes back."""
        exchange = self._connection.send(call)
        if call.operation == "BatchIndexFileMeta" and len(call.params.get("Files", ())) > 90 and self._left:
            self._left -= 1
            return replace(exchange, answer=None, failure="the connection was reset", failed="broken")
        return exchange

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def judged() -> Callable[[int], Kit]:
    """Return the function that runs the case with so many lost answers."""

    def run(most: int) -> Kit:
        def connector(target: Target, contract: Contract) -> Connection:
            connection = connect(target, contract)
            return replace(connection, client=Dropping(connection, most))

        kit = Kit(Settings(cases=(CASE,)), connector)
        kit.run(kit.plan.cases[0])
        return kit

    return run


def test_an_answer_that_is_lost_once(judged: Callable[[int], Kit]) -> None:
    """A file may be indexed twice, so the request is sent again, and what it is answered then counts."""
    tally = judged(1).tally

    assert tally.exercised[ACCEPTS] == 1
    assert not tally.violations[ACCEPTS]
    assert ACCEPTS not in tally.inconclusive


def test_an_answer_that_is_lost_twice(judged: Callable[[int], Kit]) -> None:
    """A request that is answered only when its case is repeated breaks nothing and proves nothing."""
    tally = judged(2).tally

    assert not tally.violations[ACCEPTS]
    assert ACCEPTS not in tally.findings
    assert "an answer when it was sent again" in tally.inconclusive[ACCEPTS]


def test_answers_that_are_lost_each_time(judged: Callable[[int], Kit]) -> None:
    """A request that is never answered while the target is alive is a violation."""
    tally = judged(9).tally

    assert tally.violations[ACCEPTS]
    assert [finding.repeats for finding in tally.findings[ACCEPTS]] == ["2/2"]
