"""Reading many written times fast.

The times of a batch are made of few distinct parts: some dates, up to 1,440 minutes, 60 seconds, and a few
endings. Each part is read once and remembered, so that a time costs a few look-ups and additions: about 2
microseconds, where `datetime` takes 5 to 9. A reader lives as long as its batch is read.
"""

import datetime as dt
import re
from functools import lru_cache

from mosaic_core.calendar import parse_written_day

SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_REMEMBERED = 4_096
"""Of each part: more than honest batches have. Endings of nine digits after the second never repeat."""
_NOT_A_TIME = (
    "must be a time of the form YYYY-MM-DDTHH:MM:SS, with or without an offset, in the years 1900 to 2200"
)
_MINUTE = re.compile(r"[Tt ]([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SECOND = re.compile(r":([0-5]\d)", re.ASCII)
_ENDING = re.compile(r"(?:\.(\d{1,9}))?(?:([Zz])|([+-])([01]\d|2[0-3]):([0-5]\d))?", re.ASCII)


class TimeReader:
    """Reads times of RFC 3339, with or without an offset."""

    def __init__(self) -> None:
        remembered = lru_cache(_REMEMBERED)
        self._date = remembered(_date)
        self._minute = remembered(_minute)
        self._second = remembered(_second)
        self._ending = remembered(_ending)

    def read(self, text: str) -> tuple[int, bool]:
        """Return the microseconds since 1970, and whether they are those of a local clock (else of UTC).

        Parts of a second beyond microseconds are cut off. Raises ValueError, with a message for a person, for
        anything that is not such a time.
        """
        added, is_local = self._ending(text[19:])
        return self._date(text[:10]) + self._minute(text[10:16]) + self._second(text[16:19]) + added, is_local


def _date(text: str) -> int:
    try:
        return (parse_written_day(text).toordinal() - _EPOCH_DAY) * DAY
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


def _ending(text: str) -> tuple[int, bool]:
    """Return what the fraction and the offset add to a time, and whether the time is local."""
    match = _ENDING.fullmatch(text)
    if match is None:
        raise ValueError(_NOT_A_TIME)
    fraction, zulu, sign, hours, minutes = match.groups()
    added = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    if sign:
        offset = (int(hours) * 3_600 + int(minutes) * 60) * SECOND
        return added + (offset if sign == "-" else -offset), False
    return added, zulu is None
