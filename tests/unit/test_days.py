"""Calendar days and time zones."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.calendar import (
    FIRST_DAY,
    LAST_DAY,
    day_in,
    parse_day,
    parse_written_day,
    require_named_zone,
    window,
    zone,
)


@given(st.dates(FIRST_DAY, LAST_DAY))
def test_a_day_is_read_from_the_text_that_names_it(day: dt.date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-6-1",
        "20240601",
        "2024-W22-6",
        "01.06.2024",
        "2024-06-01T00:00:00",
        " 2024-06-01",
        "2024-06-01\n",
        "\uff12\uff10\uff12\uff14-06-01",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "0000-01-01",
        "0000-12-31",
        "10000-01-01",
    ],
)
def test_what_names_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|is no day"):
        parse_day(text)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d"))
def test_what_is_read_as_a_day_is_that_days_own_text(text: str) -> None:
    with suppress(ValueError):
        assert parse_day(text).isoformat() == text


def test_a_zone_is_known_by_its_iana_name() -> None:
    assert zone("Europe/Berlin").key == "Europe/Berlin"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Land", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 5000]
)
def test_what_names_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="IANA name"):
        zone(name)
    with pytest.raises(ValueError, match="IANA name"):
        require_named_zone(name)


@pytest.mark.parametrize("name", ["localtime", "posixrules", "posix/UTC", "right/UTC", "right/Europe/Berlin"])
def test_what_only_this_system_calls_a_zone_is_refused_where_it_is_said_and_known_where_it_is_stored(
    name: str,
) -> None:
    with pytest.raises(ValueError, match="IANA name"):
        require_named_zone(name)
    with suppress(ValueError):  # where the system has none of that name
        assert zone(name).key == name


@pytest.mark.parametrize(
    ("zone_name", "day"),
    [
        ("UTC", dt.date(2024, 6, 1)),
        ("Asia/Tokyo", dt.date(2024, 6, 2)),
        ("Pacific/Kiritimati", dt.date(2024, 6, 2)),
        ("America/New_York", dt.date(2024, 6, 1)),
    ],
)
def test_it_is_another_day_elsewhere(zone_name: str, day: dt.date) -> None:
    assert day_in(zone_name, dt.datetime(2024, 6, 1, 15, 30, tzinfo=dt.UTC)) == day


def test_a_window_ends_with_its_last_day() -> None:
    assert window(dt.date(2024, 3, 1), 1) == (dt.date(2024, 3, 1), dt.date(2024, 3, 1))
    assert window(dt.date(2024, 3, 1), 30) == (dt.date(2024, 2, 1), dt.date(2024, 3, 1))


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_day_beyond_what_can_be_written_can_be_read_alone(text: str) -> None:
    assert parse_day(text).isoformat() == text
    with pytest.raises(ValueError, match="1900 to 2200"):
        parse_written_day(text)


def test_a_written_day_is_taken() -> None:
    assert parse_written_day("1900-01-01") == FIRST_DAY
    assert parse_written_day("2200-12-31") == LAST_DAY


def test_no_window_begins_before_the_year_1() -> None:
    assert window(dt.date(1, 1, 5), 30) == (dt.date(1, 1, 1), dt.date(1, 1, 5))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("zone_name", "instant", "day_start", "day"),
    [
        ("UTC", "2026-01-02T02:59:59.999999", "03:00", "2026-01-01"),
        ("UTC", "2026-01-02T03:00", "03:00", "2026-01-02"),
        ("UTC", "2026-01-02T23:59", "03:00", "2026-01-02"),
        ("UTC", "2026-01-02T00:00", "00:00", "2026-01-02"),
        ("UTC", "2026-01-02T11:59", "12:00", "2026-01-01"),
        ("UTC", "2026-01-02T12:00", "12:00", "2026-01-02"),
        ("Asia/Kolkata", "2026-01-01T21:29", "03:00", "2026-01-01"),
        ("Asia/Kolkata", "2026-01-01T21:30", "03:00", "2026-01-02"),
        ("Asia/Kathmandu", "2026-01-01T21:14", "03:00", "2026-01-01"),
        ("Asia/Kathmandu", "2026-01-01T21:15", "03:00", "2026-01-02"),
        ("America/St_Johns", "2026-01-02T06:29", "03:00", "2026-01-01"),
        ("America/St_Johns", "2026-01-02T06:30", "03:00", "2026-01-02"),
        ("Pacific/Kiritimati", "2026-01-01T12:59", "03:00", "2026-01-01"),
        ("Pacific/Kiritimati", "2026-01-01T13:00", "03:00", "2026-01-02"),
    ],
)
def test_until_its_start_a_day_is_still_the_one_before(
    zone_name: str, instant: str, day_start: str, day: str
) -> None:
    assert day_in(zone_name, at(instant), day_start) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone_name", "day_start", "days"),
    [
        # 2026-03-29: the clocks of Berlin jump from 2:00 to 3:00 at 1:00 UTC.
        ("Europe/Berlin", "02:30", {"03-29T00:59": "03-28", "03-29T01:00": "03-29"}),
        ("Europe/Berlin", "03:00", {"03-29T00:59": "03-28", "03-29T01:00": "03-29"}),
        ("Europe/Berlin", "03:30", {"03-29T01:29": "03-28", "03-29T01:30": "03-29"}),
        # 2026-10-25: they go back from 3:00 to 2:00 at 1:00 UTC, and show what lies between twice.
        (
            "Europe/Berlin",
            "02:30",
            {
                "10-25T00:29": "10-24",
                "10-25T00:30": "10-25",
                "10-25T00:59": "10-25",
                "10-25T01:00": "10-24",
                "10-25T01:29": "10-24",
                "10-25T01:30": "10-25",
            },
        ),
        ("Europe/Berlin", "03:00", {"10-25T00:59": "10-24", "10-25T01:59": "10-24", "10-25T02:00": "10-25"}),
        # 2026-04-05: those of Lord Howe Island go back by half an hour, from 2:00 to 1:30.
        ("Australia/Lord_Howe", "03:00", {"04-04T16:29": "04-04", "04-04T16:30": "04-05"}),
        # 2026-10-04: there they jump from 2:00 to 2:30.
        ("Australia/Lord_Howe", "02:15", {"10-03T15:29": "10-03", "10-03T15:30": "10-04"}),
    ],
)
def test_where_clocks_change_what_they_show_counts(
    zone_name: str, day_start: str, days: dict[str, str]
) -> None:
    told = {instant: day_in(zone_name, at(f"2026-{instant}"), day_start) for instant in days}
    assert told == {instant: dt.date.fromisoformat(f"2026-{day}") for instant, day in days.items()}


@given(
    st.sampled_from(["UTC", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe", "America/Los_Angeles"]),
    st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2199, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    st.integers(0, 12 * 60),
)
def test_the_day_is_that_of_the_clock_on_the_wall_less_its_start(
    zone_name: str, instant: dt.datetime, minutes: int
) -> None:
    shown = instant.astimezone(zone(zone_name)).replace(tzinfo=None) - dt.timedelta(minutes=minutes)
    assert day_in(zone_name, instant, f"{minutes // 60:02}:{minutes % 60:02}") == shown.date()
