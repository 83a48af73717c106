"""Servers of which some are late: what was there a moment ago may be missing once, and not for good."""

import pytest

from conformance.exchange import Answer, Call, Exchange, Sent, Steps, Wait
from conformance.polling import insist, re_read

CALL = Call("GetTask", {})


def answered(status: int) -> Exchange:
    """Return an exchange that was accepted or not."""
    return Exchange(CALL, Sent("POST", "http://imm.test/", ()), Answer(status, {}, b"{}", {}, "", (), 0.0), "", 1)


def driven(flow: Steps, statuses: list[int]) -> tuple[int, int, float]:
    """Drive a flow over the given answers, the last again and again.

    Returns how often it asked, the last status and how many seconds it let pass.
    """
    given = iter([*statuses[:-1], *[statuses[-1]] * 20])
    asked, waited = 0, 0.0
    try:
        step = flow.send(None)
        while True:
            if isinstance(step, Wait):
                waited += step.seconds
                step = flow.send(None)
                continue
            asked += 1
            step = flow.send(answered(next(given)))
    except StopIteration as end:
        return asked, end.value.answer.status, waited


def is_there(exchange: Exchange) -> bool:
    """Return whether a reading found something."""
    return exchange.accepted


@pytest.mark.parametrize(("statuses", "asked", "last"), [([200], 1, 200), ([404, 404, 200], 3, 200), ([404], 9, 404)])
def test_what_is_missing_is_asked_for_again(statuses: list[int], asked: int, last: int) -> None:
    """Until it is there, and eight times at most."""
    assert driven(insist(CALL, is_there), statuses)[:2] == (asked, last)


@pytest.mark.parametrize(("seen", "asked"), [([404], 1), ([], 1), ([404, 200, 404], 9)])
def test_what_was_never_there_is_not_insisted_on(seen: list[int], asked: int) -> None:
    """Only what was found before can be lost."""
    assert driven(re_read(CALL, is_there, list(map(answered, seen))), [404])[:2] == (asked, 404)


def test_what_is_late_is_given_time() -> None:
    """A server that is late by a second has it in the last answer."""
    _, _, waited = driven(insist(CALL, is_there), [404])

    assert waited > 1.0


@pytest.mark.parametrize(("seen", "waits"), [([200, 200], False), ([404, 200], True)])
def test_time_passes_only_where_something_was_late(seen: list[int], waits: bool) -> None:
    """What was there at once may be lost for as long as it is in work, which a pause would hide."""
    _, _, waited = driven(re_read(CALL, is_there, list(map(answered, seen))), [404])

    assert (waited > 0) == waits
