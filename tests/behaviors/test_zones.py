"""Local times that are marked as UTC."""

from datetime import timedelta
from typing import Any

import pytest

from conformance.behaviors.zones import clock_ahead, told_in_its_zone, zone_of
from conformance.exchange import Answer, Call, Exchange, Sent

PATTERN = "GetTask/response/StartTime/pattern"
SIGNED = (("x-acs-date", "2026-03-01T12:00:00Z"),)


def read(*headers: tuple[str, str], date: str = "") -> Exchange:
    """Return a reading that was signed, or whose answer has a date."""
    answer = Answer(200, {"date": date} if date else {}, b"{}", {}, "", (), 0.0)
    return Exchange(Call("GetTask", {}), Sent("POST", "http://imm.test/", headers), answer, "", 1)


def broken(told: Any, seen: Exchange) -> list[str]:
    """Return what is observed of a time that is not in UTC."""
    return [verdict.observed for verdict in told_in_its_zone(PATTERN, "StartTime", told, seen)]


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        ("2026-03-01T19:59:58Z", "8 hours ahead"),
        ("2026-03-01T06:59:58.123456789Z", "5 hours behind"),
        ("2026-03-01T17:29:30Z", "5.5 hours ahead"),
    ],
)
def test_a_local_time_is_told(told: str, hours: str) -> None:
    """What was made a moment ago cannot be hours away."""
    assert broken(told, read(*SIGNED)) == [f"StartTime {told}, {hours}"]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [("2026-03-01T11:30:01Z", []), ("2026-03-01T19:30:01Z", ["Ended 2026-03-01T19:30:01Z, 7.5 hours ahead"])],
)
def test_what_ended_some_time_ago_is_wrong_only_if_it_is_to_come(told: str, wrong: list[str]) -> None:
    """A job may have ended as long ago as a zone is away."""
    found = told_in_its_zone(PATTERN, "Ended", told, read(*SIGNED), just_now=False)

    assert [verdict.observed for verdict in found] == wrong


@pytest.mark.parametrize(("told", "way"), [("2026-02-01T11:59:58Z", "behind"), ("2026-04-01T12:00:00.5Z", "ahead")])
def test_a_month_that_is_counted_otherwise_is_told(told: str, way: str) -> None:
    """What was made a moment ago was not made a month ago to the minute."""
    assert broken(told, read(*SIGNED)) == [f"StartTime {told}, a month {way}"]


@pytest.mark.parametrize("told", ["2026-03-01T12:03:00Z", "2026-03-01T20:03:01.5+08:00"])
def test_a_month_in_the_place_of_minutes_is_told(told: str) -> None:
    """All of a time is right but its minutes, which are the number of the month."""
    wrong = "with the number of the month in the place of the minutes"

    assert broken(told, read(*SIGNED)) == [f"StartTime {told}, {wrong}"]


def test_a_clock_that_is_ahead_by_minutes_is_not_told() -> None:
    """Its answers are dated by the same clock, even if its minutes are the number of the month."""
    seen = read(*SIGNED, date="Sun, 01 Mar 2026 12:03:00 GMT")

    assert broken("2026-03-01T12:03:00Z", seen) == []


def test_a_clock_that_is_set_back_by_a_month_is_not_told() -> None:
    """Its answers are dated by the same clock."""
    seen = read(*SIGNED, date="Sun, 01 Feb 2026 12:00:00 GMT")

    assert broken("2026-02-01T11:59:58Z", seen) == []


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-01T11:59:58Z",
        "2026-02-01T11:50:00Z",
        "2026-03-01T12:10:00Z",
        "2024-06-13T08:47:07Z",
        "2026-03-01T15:13:00Z",
        "9999-12-31T23:59:60Z",
        "0001-01-01T00:00:00Z",
        "",
        None,
        5,
        "noon",
    ],
)
def test_other_times_say_nothing_of_zones(told: Any) -> None:
    """A clock that runs well, is a bit off, stands still or is wrong by anything else is in no other zone."""
    assert broken(told, read(*SIGNED)) == []


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_the_date_of_the_answer_serves_without_a_signature(zone: str) -> None:
    """Requests that are not signed have no time of their own."""
    seen = read(date=f"Sun, 01 Mar 2026 12:00:00 {zone}")

    assert broken("2026-03-01T20:00:00Z", seen) == ["StartTime 2026-03-01T20:00:00Z, 8 hours ahead"]


@pytest.mark.parametrize("date", ["", "noon"])
def test_without_any_time_nothing_is_told(date: str) -> None:
    """There is nothing to compare with."""
    assert broken("2026-03-01T20:00:00Z", read(date=date)) == []


@pytest.mark.parametrize(
    ("difference", "zone"),
    [
        (timedelta(hours=14, minutes=1), timedelta(hours=14)),
        (timedelta(hours=-12, seconds=-100), timedelta(hours=-12)),
        (timedelta(hours=14, minutes=30), timedelta(0)),
        (timedelta(minutes=33), timedelta(0)),
        (timedelta(seconds=-3), timedelta(0)),
    ],
)
def test_zones_are_whole_or_half_hours(difference: timedelta, zone: timedelta) -> None:
    """Two minutes more or less, and 14 hours at most."""
    assert zone_of(difference) == zone


@pytest.mark.parametrize(
    ("headers", "date", "seconds"),
    [
        (SIGNED, "Sun, 01 Mar 2026 12:10:00 GMT", 600.0),
        (SIGNED, "Sun, 01 Mar 2026 11:59:30 GMT", -30.0),
        (SIGNED, "", 0.0),
        (SIGNED, "soon", 0.0),
        ((), "Sun, 01 Mar 2026 12:10:00 GMT", 0.0),
    ],
)
def test_the_clock_of_a_target_is_read_from_its_date(
    headers: tuple[tuple[str, str], ...], date: str, seconds: float
) -> None:
    """It is ahead of the time that was signed; without one of the two it counts as right."""
    assert clock_ahead(read(*headers, date=date)) == seconds
