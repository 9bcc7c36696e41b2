"""Working hours, daily moments and durations, also where the clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hours import DAY_NAMES, EVERY_DAY, DailyTime, WorkingHours, daily_time, duration, working_hours, zone_of

ZONES = ("Asia/Shanghai", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS = frozenset(range(5))

zones = st.sampled_from(ZONES)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
days = st.frozensets(st.integers(0, 6), min_size=1)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
shifts = st.builds(WorkingHours, days=days, begins=clocks, ends=clocks)
daily = st.builds(DailyTime, days=days, at=clocks, zone=zones)


def local(zone: str, text: str, *, fold: int = 0) -> datetime:
    """The moment in UTC at which a clock in that zone shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def is_quiet(moment: datetime, zone: str) -> bool:
    """Whether nobody changes the clocks of the zone within two days of it."""
    around = (moment + timedelta(days=offset) for offset in (-2, 0, 2))
    return len({near.astimezone(ZoneInfo(zone)).utcoffset() for near in around}) == 1


def is_inside(moment: datetime, hours: WorkingHours, zone: str) -> bool:
    """Whether the clock on the wall says so; true only of zones whose clocks run evenly around it."""
    there = moment.astimezone(ZoneInfo(zone))
    today, yesterday = there.weekday() in hours.days, (there.weekday() - 1) % 7 in hours.days
    if hours.begins < hours.ends:
        return today and hours.begins <= there.time() < hours.ends
    return (today and there.time() >= hours.begins) or (yesterday and there.time() < hours.ends)


@given(hours=shifts, moment=moments, zone=zones)
def test_the_next_working_moment_is_inside_the_hours(hours: WorkingHours, moment: datetime, zone: str) -> None:
    """It is never before the moment nor more than eight days later, and is its own next one."""
    found = hours.next(moment, ZoneInfo(zone))
    assert found.tzinfo is UTC
    assert moment <= found <= moment + timedelta(days=8)
    assert hours.next(found, ZoneInfo(zone)) == found
    if is_quiet(found, zone):
        assert is_inside(found, hours, zone)


@given(hours=shifts, moment=moments, zone=zones, part=st.floats(0, 1))
def test_no_working_moment_is_passed_over(hours: WorkingHours, moment: datetime, zone: str, part: float) -> None:
    """Whatever lies between a moment and its next working one has the same next one."""
    found = hours.next(moment, ZoneInfo(zone))
    between = moment + (found - moment) * part
    assert hours.next(between, ZoneInfo(zone)) == found
    if between < found and is_quiet(between, zone):
        assert not is_inside(between, hours, zone)


@given(hours=shifts, moment=moments, zone=zones)
def test_tomorrow_is_the_beginning_on_the_next_calendar_day(hours: WorkingHours, moment: datetime, zone: str) -> None:
    """Of that zone, and so after the moment and within two days."""
    found = hours.tomorrow(moment, ZoneInfo(zone))
    assert found.tzinfo is UTC
    assert moment < found <= moment + timedelta(days=2, hours=1)
    there = found.astimezone(ZoneInfo(zone))
    assert there.date() == moment.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    if is_quiet(found, zone):
        assert there.time() == hours.begins


@given(when=daily, moment=moments)
def test_a_moment_lies_between_the_latest_and_the_next_occurrence(when: DailyTime, moment: datetime) -> None:
    """Both are occurrences that follow one another, a week apart at most."""
    latest, following = when.latest(moment), when.next(moment)
    assert latest.tzinfo is following.tzinfo is UTC
    assert latest <= moment < following
    assert following - latest <= timedelta(days=7, hours=1)
    assert when.next(latest) == following
    assert when.latest(following) == following
    assert when.latest(following - timedelta(microseconds=1)) == latest
    there = following.astimezone(ZoneInfo(when.zone))
    assert there.weekday() in when.days
    if is_quiet(following, when.zone):
        assert there.time() == when.at


@pytest.mark.parametrize(
    ("text", "zone", "moment", "expected"),
    [
        ("Mon-Fri 09:00-18:00", "Asia/Shanghai", "2026-03-06T17:59:59", "2026-03-06T17:59:59"),
        ("Mon-Fri 09:00-18:00", "Asia/Shanghai", "2026-03-06T18:00", "2026-03-09T09:00"),
        ("Mon-Fri 09:00-18:00", "Asia/Kathmandu", "2026-03-08T12:00", "2026-03-09T09:00"),
        ("Fri 22:00-06:00", "Asia/Shanghai", "2026-03-07T05:00", "2026-03-07T05:00"),
        ("Fri 22:00-06:00", "Asia/Shanghai", "2026-03-06T05:00", "2026-03-06T22:00"),
        ("Fri 22:00-06:00", "Asia/Shanghai", "2026-03-07T06:00", "2026-03-13T22:00"),
        ("Mon 09:00-09:00", "Asia/Shanghai", "2026-03-10T08:59", "2026-03-10T08:59"),
        ("Mon 09:00-09:00", "Asia/Shanghai", "2026-03-10T09:00", "2026-03-16T09:00"),
        ("Mon 20:00-24:00", "Asia/Shanghai", "2026-03-09T23:59", "2026-03-09T23:59"),
        ("Mon 20:00-24:00", "Asia/Shanghai", "2026-03-10T00:00", "2026-03-16T20:00"),
        # Clocks are put forward from 02:00 to 03:00 on Sunday, March 8.
        ("02:30-09:00", "America/New_York", "2026-03-08T01:00", "2026-03-08T03:30"),
        ("22:00-02:30", "America/New_York", "2026-03-08T03:29", "2026-03-08T03:29"),
        ("22:00-02:30", "America/New_York", "2026-03-08T03:30", "2026-03-08T22:00"),
        ("Sun 02:30-03:15", "America/New_York", "2026-03-08T01:00", "2026-03-08T03:30"),
        ("Sun 02:30-03:15", "America/New_York", "2026-03-08T03:31", "2026-03-15T02:30"),
        # Half an hour on Lord Howe Island, from 02:00 to 02:30 on Sunday, October 4.
        ("02:10-09:00", "Australia/Lord_Howe", "2026-10-04T01:00", "2026-10-04T02:40"),
    ],
)
def test_working_hours_by_the_clock_on_the_wall(text: str, zone: str, moment: str, expected: str) -> None:
    """Over midnight and weekends, all day, and where the clocks are put forward."""
    found = working_hours(text).next(local(zone, moment), ZoneInfo(zone))
    assert found == local(zone, expected)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("09:00 Asia/Shanghai", "2026-03-06T09:00", "2026-03-07T09:00"),
        ("Mon-Fri 09:00 Asia/Shanghai", "2026-03-06T09:00", "2026-03-09T09:00"),
        ("02:30 America/New_York", "2026-03-08T01:00", "2026-03-08T03:30"),
        ("02:10 Australia/Lord_Howe", "2026-10-04T01:00", "2026-10-04T02:40"),
        ("01:30 Europe/London", "2026-10-25T01:29", "2026-10-25T01:30"),
        ("01:30 Europe/London", "2026-10-25T01:30", "2026-10-26T01:30"),
    ],
)
def test_a_daily_time_by_the_clock_on_the_wall(text: str, after: str, expected: str) -> None:
    """A time that the clocks skip comes later, one that they show twice (London, October 25) comes once."""
    when = daily_time(text)
    assert when.next(local(when.zone, after)) == local(when.zone, expected)


def test_a_shift_during_which_the_clocks_are_put_back_is_an_hour_longer() -> None:
    """It ends when the clocks show its end, and the hour that they show twice is inside both times."""
    hours, zone = working_hours("Sat 22:00-06:00"), ZoneInfo("Europe/London")
    for fold in (0, 1):
        moment = local("Europe/London", "2026-10-25T01:30", fold=fold)
        assert hours.next(moment, zone) == moment
    assert hours.next(local("Europe/London", "2026-10-25T06:00"), zone) > local("Europe/London", "2026-10-31T00:00")


def test_tomorrow_may_be_a_day_off() -> None:
    """Who asks on Friday to be reminded tomorrow is reminded on Saturday."""
    hours = working_hours("Mon-Fri 09:00-18:00")
    found = hours.tomorrow(local("Asia/Shanghai", "2026-03-06T23:59"), ZoneInfo("Asia/Shanghai"))
    assert found == local("Asia/Shanghai", "2026-03-07T09:00")


@pytest.mark.parametrize(
    ("text", "on", "begins", "ends"),
    [
        ("Mon-Fri 09:00-18:00", WEEKDAYS, time(9), time(18)),
        ("09:00-18:00", EVERY_DAY, time(9), time(18)),
        ("Mon,Wed,Sat 22:00-06:00", {0, 2, 5}, time(22), time(6)),
        ("Sun-Thu 8:00-17:00", {6, 0, 1, 2, 3}, time(8), time(17)),
        ("mon - WED, sunday 08:30 - 9:05", {0, 1, 2, 6}, time(8, 30), time(9, 5)),
        ("tues-thurs 00:00-24:00", {1, 2, 3}, time(), time()),
        ("Fri-Fri 0:00-0:00", {4}, time(), time()),
        ("  Sat-Sun\t10:00-16:00 ", {5, 6}, time(10), time(16)),
    ],
)
def test_working_hours_are_read(text: str, on: set[int], begins: time, ends: time) -> None:
    """In any case, with or without days, a range of which may run over the weekend."""
    assert working_hours(text) == WorkingHours(days=frozenset(on), begins=begins, ends=ends)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mon-Fri",
        "9-18",
        "24:00-09:00",
        "09:00-25:00",
        "09:60-18:00",
        "09:00-18:00 UTC",
        "Mon- 09:00-18:00",
        "Mon,,Wed 09:00-18:00",
        "Mo-Fr 09:00-18:00",
        "Mondays 09:00-18:00",
        "Mon-Fri-Sun 09:00-18:00",
    ],
)
def test_what_is_no_working_hours_is_told_with_an_example(text: str) -> None:
    """And is not repeated."""
    with pytest.raises(ValueError, match=r"^has to be hours such as Mon-Fri 09:00-18:00, or 09:00-18:00 "):
        working_hours(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("09:00", "has to be a time of day and its zone such as 09:00 Asia/Shanghai"),
        ("9am Asia/Shanghai", "has to be a time of day and its zone"),
        ("24:00 Asia/Shanghai", "has to be a time of day and its zone"),
        ("Mo 09:00 Asia/Shanghai", "has to be a time of day and its zone"),
        ("", "has to be a time of day and its zone"),
        ("09:00 asia/shanghai", "not known; did you mean Asia/Shanghai?"),
        ("09:00 Asia/Shangai", "not known; did you mean Asia/Shanghai?"),
        ("09:00 Shanghai", "not known; did you mean Asia/Shanghai?"),
        ("09:00 America", "names a time zone that is not known"),
        ("09:00 ../../etc/passwd", "not known. Use an IANA name such as Asia/Shanghai."),
        ("09:00 /etc/passwd", "not known. Use an IANA name such as Asia/Shanghai."),
        ("09:00 \0", "not known. Use an IANA name such as Asia/Shanghai."),
    ],
)
def test_what_is_no_daily_time_is_told(text: str, told: str) -> None:
    """With an example, and the nearest zone where only that is wrong."""
    with pytest.raises(ValueError, match=r"^(has to be|names) ") as caught:
        daily_time(text)
    assert told in str(caught.value)


@given(hours=shifts)
def test_working_hours_survive_being_written_and_read(hours: WorkingHours) -> None:
    """Whatever the days and times."""
    written = f"{','.join(WEEK[day] for day in sorted(hours.days))} {hours.begins:%H:%M}-{hours.ends:%H:%M}"
    assert working_hours(written) == hours


@given(when=daily)
def test_a_daily_time_survives_being_written_and_read(when: DailyTime) -> None:
    """Whatever the days, time and zone."""
    written = f"{','.join(DAY_NAMES[day].title() for day in sorted(when.days))} {when.at:%H:%M} {when.zone}"
    assert daily_time(written) == when


@pytest.mark.parametrize("wrong", [frozenset(), frozenset({7}), frozenset({-1, 0})])
def test_hours_without_a_day_cannot_be(wrong: frozenset[int]) -> None:
    """They would have no next moment."""
    with pytest.raises(ValueError, match="days"):
        WorkingHours(days=wrong, begins=time(9), ends=time(18))
    with pytest.raises(ValueError, match="days"):
        DailyTime(days=wrong, at=time(9), zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", timedelta(0)),
        ("0m", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("45m", timedelta(minutes=45)),
        ("4h", timedelta(hours=4)),
        ("1d", timedelta(days=1)),
        ("1d12h", timedelta(days=1, hours=12)),
        (" 1D 12H 5m 1S ", timedelta(days=1, hours=12, minutes=5, seconds=1)),
        ("99999999d99999999h", timedelta(days=99999999, hours=99999999)),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    """The larger unit first; nothing is nothing in any unit."""
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "45", "h", "-4h", "4 h", "1.5h", "4h1d", "4hours", "1w", "4h4h", "٤h", "9" * 9 + "d"]
)
def test_what_is_no_duration_is_told_with_examples(text: str) -> None:
    """A number alone would be a guess."""
    with pytest.raises(ValueError, match=r"^has to be a duration such as 45m, 4h, 1d or 1d12h\.$"):
        duration(text)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "America", "../etc", "/etc/localtime", "a\0b", "zürich"])
def test_an_unknown_zone_is_utc(name: str) -> None:
    """Somebody whose zone is not known here is still reminded."""
    assert zone_of(name) is UTC


@pytest.mark.parametrize("name", [*ZONES, "Asia/Calcutta", "US/Pacific"])
def test_a_known_zone_is_found(name: str) -> None:
    """Also by a name that Slack may have kept from earlier."""
    assert zone_of(name) == ZoneInfo(name)
