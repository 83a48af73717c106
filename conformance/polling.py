"""Waiting for asynchronous work by polling with back-off."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any

from conformance.exchange import Call, Exchange, Step, Wait

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
_AT_ONCE = (0.0,) * 16
_LATER = (0.0, 0.0, 0.05, 0.1, 0.2, 0.4, 0.5, 0.6)
"""What passes before each look for what was there a moment ago: at first another server may be asked at once."""
_GROWTH = 1.5
"""A pause is this much longer than the one before: of a wait, a third at most is too long."""


def waits(seconds: float) -> Generator[Wait, None, None]:
    """Yield waits that grow up to a second and add up to `seconds`."""
    left, pause = seconds, FIRST_PAUSE
    while left > 0:
        step = min(pause, left)
        left -= step
        yield Wait(step, last=left <= 0)
        pause = min(pause * _GROWTH, LONGEST_PAUSE)


def until(call: Call, done: Callable[[Exchange], bool], seconds: float) -> Generator[Step, Any, Exchange]:
    """Repeat `call` until `done` says so or `seconds` have passed.

    Returns the last exchange, whether or not it is the one waited for.
    """
    return (yield from at_times(call, done, waits(seconds)))


def at_times(call: Call, done: Callable[[Exchange], bool], times: Iterable[Wait]) -> Generator[Step, Any, Exchange]:
    """Repeat `call` after each of the waits until `done` says so; return the last exchange."""
    exchange: Exchange = yield call
    for wait in times:
        if done(exchange):
            return exchange
        yield wait
        exchange = yield call
    return exchange


def insist(
    call: Call, there: Callable[[Exchange], bool], pauses: Sequence[float] = _LATER
) -> Generator[Step, Any, Exchange]:
    """Ask for something that was there a moment ago, a few times if it is missing.

    Behind one address may be several servers, of which some are late, each by
    another time; what is lost is in none of these answers. None of them comes
    from memory, as a control may at first.
    """
    exchange: Exchange = yield call
    for pause in pauses:
        if there(exchange):
            break
        if pause:
            yield Wait(pause)
        exchange = yield replace(call, reuse=False)
    return exchange


def re_read(call: Call, there: Callable[[Exchange], bool], seen: Sequence[Exchange]) -> Generator[Step, Any, Exchange]:
    """Read again what was `seen`, and insist on it if it was there before.

    No time is let pass where it was there at once: it may be lost for just as long as it is in work.
    """
    found = [there(exchange) for exchange in seen]
    if any(found):
        return (yield from insist(call, there, _AT_ONCE if all(found) else _LATER))
    exchange: Exchange = yield call
    return exchange
