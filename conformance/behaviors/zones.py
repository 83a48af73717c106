"""Times, their zones, months and minutes (ICE-GUUI-CREATION-TIME, ICE-GBMPJ-CREATE-TIME, IMM-GT-TIME, IMM-CB-TIME).

That a local time is marked as UTC, or one in UTC as local, shows on what was made a moment ago: it is
off by the offset of a time zone. So does a month that is counted from 0: it is off by a month, and
one that is told where the minutes belong. Clocks that stand still or are wrong by anything else say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from conformance.behaviors.instants import read_instant
from conformance.checks.registry import expect
from conformance.exchange import Exchange, Verdict

_STEP = timedelta(minutes=30)
_NEAR = timedelta(minutes=2)
_MOMENT = timedelta(seconds=3)
_MINUTE = 60.0
_FARTHEST = 28
"""Zones are up to 14 hours away from UTC; most are whole or half hours away."""
_MONTHS = tuple(timedelta(days=days) for days in (28, 29, 30, 31))


def told_in_its_zone(
    requirement: str, name: str, told: Any, seen: Exchange, *, just_now: bool = True
) -> Iterator[Verdict]:
    """Judge a time of something that was made right before `seen` showed it.

    Of what was not made `just_now` only a time to come is wrong. Yield nothing
    unless it is in the wrong zone, or in the month before or after.
    """
    instant, asked = read_instant(told), _asked_at(seen)
    if instant is None or asked is None:
        return
    difference = timedelta(seconds=instant.nanoseconds / 1e9 - asked.timestamp())
    if not just_now and difference < timedelta(0):
        return
    off = _away(difference, seen)
    wrong = f"{off} {'ahead' if difference > timedelta(0) else 'behind'}" if off else ""
    if wrong or (abs(clock_ahead(seen)) < _MINUTE and _has_month_for_minutes(told, difference, asked)):
        near = "shortly before" if just_now else "before"
        yield expect(
            requirement,
            False,
            expected=f"{name} {near} {asked:%Y-%m-%dT%H:%M:%SZ}, when it was read",
            observed=f"{name} {told}, {wrong or 'with the number of the month in the place of the minutes'}",
            exchange=seen,
        )


def _away(difference: timedelta, seen: Exchange) -> str:
    """Return by how much a time is in the wrong zone or month; empty if it is not.

    The clock of a target may be set back on purpose, by a month as well as any; its answers are dated by it.
    """
    off = zone_of(difference)
    if off:
        return f"{abs(off) / timedelta(hours=1):g} hours"
    set_right = abs(clock_ahead(seen)) < _MONTHS[0].total_seconds() / 2
    by_month = any(abs(abs(difference) - month) <= _NEAR for month in _MONTHS)
    return "a month" if by_month and set_right else ""


def _has_month_for_minutes(told: str, difference: timedelta, asked: datetime) -> bool:
    """Return whether a time is wrong only in that its minutes are the number of its month, as `%m` gives for `%M`."""
    month, minutes = told[5:7], told[14:16]
    set_right = difference + timedelta(minutes=asked.minute - int(minutes))
    return month == minutes and abs(difference) > _NEAR and abs(set_right) <= _MOMENT


def zone_of(difference: timedelta) -> timedelta:
    """Return the offset of a time zone that a difference is about as long as, zero if it is none."""
    steps = round(difference / _STEP)
    near = abs(difference - steps * _STEP) <= _NEAR
    return steps * _STEP if near and 0 < abs(steps) <= _FARTHEST else timedelta(0)


def clock_ahead(exchange: Exchange) -> float:
    """Return by how many seconds the clock of the target is ahead of the one that signed, 0 if it tells no date."""
    signed, dated = _signed(exchange), _dated(exchange)
    return (dated - signed).total_seconds() if signed and dated else 0.0


def _asked_at(exchange: Exchange) -> datetime | None:
    """Return when a request was signed, or else the date of its answer."""
    return _signed(exchange) or _dated(exchange)


def _signed(exchange: Exchange) -> datetime | None:
    try:
        return datetime.fromisoformat(dict(exchange.sent.headers).get("x-acs-date", ""))
    except ValueError:
        return None


def _dated(exchange: Exchange) -> datetime | None:
    try:
        dated = parsedate_to_datetime(exchange.answer.headers.get("date", "") if exchange.answer else "")
    except ValueError:
        return None
    return dated.replace(tzinfo=dated.tzinfo or UTC)
