"""Calendar days and time zones."""

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2200, 12, 31)
"""The days on which something can be written; any other day can be looked at, and has nothing."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_day(text: str) -> dt.date:
    """Return the calendar day that `text` (`YYYY-MM-DD`) names.

    Raises ValueError, with a message for a person, for anything else.
    """
    if not _DAY.fullmatch(text):
        raise ValueError("must be a date of the form YYYY-MM-DD")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def parse_written_day(text: str) -> dt.date:
    """Return the day that `text` names, as `parse_day` does, if something may be written on it."""
    day = parse_day(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("must lie in the years 1900 to 2200")
    return day


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the time zone with the IANA `name`; raise ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name; a malformed one; a folder of zones
        raise ValueError("must be the IANA name of a time zone, such as Europe/Berlin") from None


def day_in(zone_name: str, instant: dt.datetime) -> dt.date:
    """Return the calendar day that it is in the zone at `instant` (aware)."""
    return instant.astimezone(zone(zone_name)).date()


def window(last: dt.date, length: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last of the `length` days that end with `last`; none is before the year 1."""
    return dt.date.fromordinal(max(last.toordinal() - length + 1, 1)), last
