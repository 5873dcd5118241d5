"""Reading times and telling local days in a zone."""

import datetime as dt
import gc
import weakref
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mosaic_core.wearables.times import DAY, SECOND
from mosaic_core.wearables.zones import LocalCalendar, instant_of, utc

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
INSTANTS = st.integers(-2_208_988_800, 7_289_654_399).map(lambda seconds: seconds * SECOND)
RECENT = st.integers(0, 2_000_000_000).map(lambda seconds: seconds * SECOND)
ST_JOHNS_SET_BACK = instant_of(dt.datetime(2006, 10, 29, 2, 31, tzinfo=dt.UTC))
"""One minute after midnight, clocks in Newfoundland went back to the evening before."""


@given(ZONES, INSTANTS | RECENT)
@example("America/St_Johns", ST_JOHNS_SET_BACK)
@example("America/St_Johns", ST_JOHNS_SET_BACK - 1)
@example("Australia/Lord_Howe", instant_of(dt.datetime(2026, 4, 4, 15, tzinfo=dt.UTC)))
def test_the_day_of_an_instant_is_the_zones_own(name: str, instant: int) -> None:
    assert LocalCalendar(name).day(instant) == utc(instant).astimezone(ZoneInfo(name)).date()


@given(ZONES, INSTANTS | RECENT)
@example("Europe/Berlin", instant_of(dt.datetime(2026, 3, 29, 2, 30, tzinfo=dt.UTC)))
@example("Europe/Berlin", instant_of(dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.UTC)))
@example("Australia/Lord_Howe", instant_of(dt.datetime(2026, 10, 4, 2, 15, tzinfo=dt.UTC)))
@example("Pacific/Apia", instant_of(dt.datetime(2011, 12, 30, 12, tzinfo=dt.UTC)))
def test_a_local_time_is_read_with_fold_0(name: str, wall: int) -> None:
    naive = utc(wall).replace(tzinfo=None)
    expected = instant_of(naive.replace(tzinfo=ZoneInfo(name), fold=0))
    assert LocalCalendar(name).instant(naive.isoformat()) == expected


@given(RECENT, st.integers(-1439, 1439))
def test_an_offset_is_taken_as_it_is_said(instant: int, minutes: int) -> None:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = utc(instant).astimezone(zone).isoformat()
    assert LocalCalendar("Asia/Kolkata").instant(text) == instant


@given(ZONES, RECENT, st.integers(0, 31 * DAY))
@example("America/St_Johns", ST_JOHNS_SET_BACK - 3600 * SECOND, 4 * 3600 * SECOND)
def test_pieces_cover_the_stretch_and_each_lies_in_one_day(name: str, start: int, length: int) -> None:
    pieces = LocalCalendar(name).pieces(start, start + length)
    assert pieces[0][0] == start
    assert pieces[-1][1] == start + length
    assert [one[1] for one in pieces[:-1]] == [one[0] for one in pieces[1:]]
    assert all(one[2] != other[2] for one, other in pairwise(pieces))
    calendar = LocalCalendar(name)
    for first, end, day in pieces:
        assert calendar.day(first) == day
        assert calendar.day(max(first, end - 1)) == day


def test_clocks_set_back_over_midnight_bring_the_evening_back() -> None:
    hour = 3600 * SECOND
    pieces = LocalCalendar("America/St_Johns").pieces(ST_JOHNS_SET_BACK - hour, ST_JOHNS_SET_BACK + hour)
    assert [day.day for _, _, day in pieces] == [28, 29, 28, 29]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05+01:00", "2026-01-02T02:04:05+00:00"),
        ("2026-01-02T03:04:05.5-05:30", "2026-01-02T08:34:05.500000+00:00"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456+00:00"),
        ("2026-07-02T03:04:05", "2026-07-02T01:04:05+00:00"),
        ("2026-07-02T03:04:05.25", "2026-07-02T01:04:05.250000+00:00"),
    ],
)
def test_times_have_these_forms(text: str, expected: str) -> None:
    assert utc(LocalCalendar("Europe/Berlin").instant(text)).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-02",
        "2026-02-30T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05 Z",
        "2026-01-02T03:04:05Z\n",
        "20260102T030405Z",
        "2026-W01-1T03:04:05Z",
        "٢٠٢٦-01-02T03:04:05Z",
        "1767225600",
    ],
)
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time"):
        LocalCalendar("UTC").instant(text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="IANA"):
        LocalCalendar("Europe/Nowhere")


def test_a_calendar_that_nobody_uses_is_gone_at_once() -> None:
    calendar = LocalCalendar("Europe/Berlin")
    calendar.day(calendar.instant("2026-01-02T03:04:05"))
    gone = weakref.ref(calendar)
    gc.disable()
    try:
        del calendar
        assert gone() is None
    finally:
        gc.enable()
