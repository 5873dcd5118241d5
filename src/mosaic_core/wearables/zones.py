"""The calendar of one time zone, for many times at once.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z.
"""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

from mosaic_core.calendar import parse_day, zone

K = TypeVar("K")
V = TypeVar("V")

SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_WALL = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # a wall clock's reading belongs to no zone
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_SECONDS = 86_400
_NOT_A_TIME = (
    "must be a time of the form YYYY-MM-DDTHH:MM:SS, with or without an offset, in the years 1900 to 2200"
)
_MINUTE = re.compile(r"[Tt ]([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SECOND = re.compile(r":([0-5]\d)", re.ASCII)
_REST = re.compile(r"(?:\.(\d{1,9}))?(?:([Zz])|([+-])([01]\d|2[0-3]):([0-5]\d))?", re.ASCII)

Piece = tuple[int, int, dt.date]
"""The start and end of a stretch of time within one local day, and that day."""


class LocalCalendar:
    """Reads times and tells local days in one zone. What it has worked out once it remembers."""

    def __init__(self, zone_name: str) -> None:
        self._zone = zone(zone_name)
        self._dates: dict[str, int] = _Remembered(_date)
        self._minutes: dict[str, int] = _Remembered(_minute)
        self._seconds: dict[str, int] = _Remembered(_second)
        self._rests: dict[str, tuple[int, bool]] = _Remembered(_rest)
        self._days: dict[int, tuple[list[int], list[dt.date]]] = _Remembered(self._days_within)
        self._offsets: dict[int, tuple[list[int], list[int]]] = _Remembered(self._offsets_within)

    def instant(self, text: str) -> int:
        """Return the instant that an RFC 3339 text names; without an offset it is local time.

        A local time that does not exist or exists twice is read with fold 0 (PEP 495). Parts of a second
        beyond microseconds are cut off. Raises ValueError, with a message for a person, for anything else.
        """
        added, is_local = self._rests[text[19:]]
        read = self._dates[text[:10]] + self._minutes[text[10:16]] + self._seconds[text[16:19]] + added
        return read - self._offset(read) if is_local else read

    def day(self, instant: int) -> dt.date:
        """Return the local day at the instant."""
        ends, days = self._days[instant // DAY]
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
        ends, _ = self._days[instant // DAY]
        return ends[bisect_right(ends, instant)]

    def _offset(self, wall: int) -> int:
        ends, offsets = self._offsets[wall // DAY]
        return offsets[bisect_right(ends, wall)]

    def _offsets_within(self, wall_day: int) -> tuple[list[int], list[int]]:
        """Return up to which wall times of the day which offsets from UTC hold."""
        stretches = _stretches(wall_day, self._offset_at_wall)
        return [end * SECOND for end, _ in stretches], [offset * SECOND for _, offset in stretches]

    def _days_within(self, utc_day: int) -> tuple[list[int], list[dt.date]]:
        """Return up to which instants of the day, as UTC counts it, which local days last."""
        ends, days = [], []
        start = utc_day * _DAY_SECONDS
        for end, offset in _stretches(utc_day, self._offset_at_instant):
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

    def _offset_at_instant(self, seconds: int) -> int:
        return _seconds((_EPOCH + dt.timedelta(seconds=seconds)).astimezone(self._zone))

    def _offset_at_wall(self, seconds: int) -> int:
        return _seconds((_EPOCH_WALL + dt.timedelta(seconds=seconds)).replace(tzinfo=self._zone, fold=0))


def utc(instant: int) -> dt.datetime:
    """Return the instant as an aware time in UTC."""
    return _EPOCH + dt.timedelta(microseconds=instant)


def instant_of(time: dt.datetime) -> int:
    """Return the instant of an aware time."""
    return (time - _EPOCH) // dt.timedelta(microseconds=1)


class _Remembered(dict[K, V]):
    """A dictionary that finds what it does not hold."""

    def __init__(self, find: Callable[[K], V]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: K) -> V:
        value = self[key] = self._find(key)
        return value


def _date(text: str) -> int:
    try:
        return (parse_day(text).toordinal() - _EPOCH_DAY) * DAY
    except ValueError:
        raise ValueError(_NOT_A_TIME) from None


def _minute(text: str) -> int:
    match = _MINUTE.fullmatch(text)
    if match is None:
        raise ValueError(_NOT_A_TIME)
    return (int(match[1]) * 60 + int(match[2])) * 60 * SECOND


def _second(text: str) -> int:
    match = _SECOND.fullmatch(text)
    if match is None:
        raise ValueError(_NOT_A_TIME)
    return int(match[1]) * SECOND


def _rest(text: str) -> tuple[int, bool]:
    """Return what the fraction and the offset at the end of a time add to it, and whether it is local."""
    match = _REST.fullmatch(text)
    if match is None:
        raise ValueError(_NOT_A_TIME)
    fraction, zulu, sign, hours, minutes = match.groups()
    added = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    if sign:
        offset = (int(hours) * 3_600 + int(minutes) * 60) * SECOND
        return added + (offset if sign == "-" else -offset), False
    return added, zulu is None


def _stretches(day: int, offset_at: Callable[[int], int]) -> list[tuple[int, int]]:
    """Return up to which second of the day (counted from 1970) which offset holds.

    No zone changes its offset twice within one day; in all that is known, two changes are a week apart.
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


def _seconds(time: dt.datetime) -> int:
    offset = time.utcoffset() or dt.timedelta()
    return offset.days * _DAY_SECONDS + offset.seconds
