"""Calendar days and time zones."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.calendar import FIRST_DAY, LAST_DAY, day_in, parse_day, parse_written_day, window, zone


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
