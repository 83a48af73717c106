"""Servers of which some are late: what was there a moment ago may be missing once, and not for good."""

import pytest

from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.polling import insist, re_read

CALL = Call("GetTask", {})


def answered(status: int) -> Exchange:
    """Return an exchange that was accepted or not."""
    return Exchange(CALL, Sent("POST", "http://imm.test/", ()), Answer(status, {}, b"{}", {}, "", (), 0.0), "", 1)


def driven(flow, statuses: list[int]) -> tuple[int, int]:
    """Drive a flow over the given answers, the last again and again; return how often it asked and the last status."""
    given = [*statuses[:-1], *[statuses[-1]] * 20]
    asked = 0
    try:
        flow.send(None)
        while True:
            asked += 1
            flow.send(answered(given[asked - 1]))
    except StopIteration as end:
        return asked, end.value.answer.status


def is_there(exchange: Exchange) -> bool:
    """Return whether a reading found something."""
    return exchange.accepted


@pytest.mark.parametrize(("statuses", "asked", "last"), [([200], 1, 200), ([404, 404, 200], 3, 200), ([404], 9, 404)])
def test_what_is_missing_is_asked_for_again(statuses: list[int], asked: int, last: int) -> None:
    """Until it is there, and eight times at most."""
    assert driven(insist(CALL, is_there), statuses) == (asked, last)


@pytest.mark.parametrize(("seen", "asked"), [([404], 1), ([], 1), ([404, 200, 404], 9)])
def test_what_was_never_there_is_not_insisted_on(seen: list[int], asked: int) -> None:
    """Only what was found before can be lost."""
    assert driven(re_read(CALL, is_there, list(map(answered, seen))), [404]) == (asked, 404)
