"""The calendar of one time zone, for many times at once.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z; a wall time is what a clock in the
zone shows, counted in the same way as if it were UTC.

Asking `zoneinfo` takes microseconds, and a batch asks for tens of thousands of times. So a calendar works out
once for each day which offset holds when (hardly ever more than one), and then only compares whole numbers.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from mosaic_core.calendar import zone
from mosaic_core.wearables.times import DAY, SECOND, TimeReader

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_WALL = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # a wall clock's reading belongs to no zone
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_SECONDS = 86_400
_REMEMBERED = 4_096
"""Days: ten years of them. A hostile batch names a hundred thousand."""

Piece = tuple[int, int, dt.date]
"""The start and end of a stretch of time within one local day, and that day."""


class LocalCalendar:
    """Reads times and finds local days in one zone."""

    def __init__(self, zone_name: str) -> None:
        its_zone = zone(zone_name)
        self._read = TimeReader().read
        self._days_of = lru_cache(_REMEMBERED)(partial(_days_within, its_zone))
        self._offsets_of = lru_cache(_REMEMBERED)(partial(_offsets_within, its_zone))

    def instant(self, text: str) -> int:
        """Return the instant that an RFC 3339 text names; without an offset it is local time.

        A local time that does not exist or exists twice is read with fold 0 (PEP 495). Parts of a second
        beyond microseconds are cut off. Raises ValueError, with a message for a person, for anything else.
        """
        read, is_local = self._read(text)
        return read - self._offset(read) if is_local else read

    def day(self, instant: int) -> dt.date:
        """Return the local day at the instant."""
        ends, days = self._days_of(instant // DAY)
        return days[bisect_right(ends, instant)]

    def pieces(self, start: int, end: int) -> Sequence[Piece]:
        """Return the stretch of time cut at every change of the local day, in order.

        Clocks that are set back over midnight bring a day back, which then has more than one piece. A stretch
        without length is one piece.
        """
        pieces = [(start, min(self._day_end(start), end), self.day(start))]
        while pieces[-1][1] < end:
            at = pieces[-1][1]
            until, day = min(self._day_end(at), end), self.day(at)
            if day == pieces[-1][2]:
                pieces[-1] = (pieces[-1][0], until, day)
            else:
                pieces.append((at, until, day))
        return pieces

    def _day_end(self, instant: int) -> int:
        """Return up to when the local day is known to last: its end, or that of the UTC day or the offset."""
        ends, _ = self._days_of(instant // DAY)
        return ends[bisect_right(ends, instant)]

    def _offset(self, wall: int) -> int:
        ends, offsets = self._offsets_of(wall // DAY)
        return offsets[bisect_right(ends, wall)]


def utc(instant: int) -> dt.datetime:
    """Return the instant as an aware time in UTC."""
    return _EPOCH + dt.timedelta(microseconds=instant)


def instant_of(time: dt.datetime) -> int:
    """Return the instant of an aware time."""
    return (time - _EPOCH) // dt.timedelta(microseconds=1)


def _offsets_within(its_zone: dt.tzinfo, wall_day: int) -> tuple[list[int], list[int]]:
    """Return up to which wall times of the day which offsets from UTC hold."""
    stretches = _stretches(wall_day, partial(_offset_at_wall, its_zone))
    return [end * SECOND for end, _ in stretches], [offset * SECOND for _, offset in stretches]


def _days_within(its_zone: dt.tzinfo, utc_day: int) -> tuple[list[int], list[dt.date]]:
    """Return up to which instants of the day, as UTC counts it, which local days last.

    While one offset holds, there is at most one local midnight: offsets are shorter than a day.
    """
    ends, days = [], []
    start = utc_day * _DAY_SECONDS
    for end, offset in _stretches(utc_day, partial(_offset_at_instant, its_zone)):
        local_day = (start + offset) // _DAY_SECONDS
        midnight = (local_day + 1) * _DAY_SECONDS - offset
        if midnight < end:
            ends.append(midnight * SECOND)
            days.append(_date_of(local_day))
            local_day += 1
        ends.append(end * SECOND)
        days.append(_date_of(local_day))
        start = end
    return ends, days


def _offset_at_instant(its_zone: dt.tzinfo, seconds: int) -> int:
    return _offset_seconds((_EPOCH + dt.timedelta(seconds=seconds)).astimezone(its_zone))


def _offset_at_wall(its_zone: dt.tzinfo, seconds: int) -> int:
    return _offset_seconds((_EPOCH_WALL + dt.timedelta(seconds=seconds)).replace(tzinfo=its_zone, fold=0))


def _stretches(day: int, offset_at: Callable[[int], int]) -> list[tuple[int, int]]:
    """Return up to which second of the day (counted from 1970) which offset holds.

    `zoneinfo` does not tell when clocks change. A day whose offsets differ at its two ends is halved until
    the second of the change is found, which takes 17 steps. No zone changes its offset twice within one day:
    all changes that are known are days apart, the closest in Freetown in 1939: four.
    """
    start, end = day * _DAY_SECONDS, (day + 1) * _DAY_SECONDS
    before, after = offset_at(start), offset_at(end)
    if before == after:
        return [(end, before)]
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(middle) == before:
            low = middle
        else:
            high = middle
    return [(end, before)] if high == end else [(high, before), (end, after)]


def _date_of(day: int) -> dt.date:
    return dt.date.fromordinal(day + _EPOCH_DAY)


def _offset_seconds(time: dt.datetime) -> int:
    offset = time.utcoffset() or dt.timedelta()
    return offset.days * _DAY_SECONDS + offset.seconds
