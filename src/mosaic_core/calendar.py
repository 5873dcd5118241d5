"""Calendar days and time zones."""

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2200, 12, 31)
"""The days on which something can be written; any other day can be looked at, and has nothing."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_NO_ZONE = "must be the IANA name of a time zone, such as Europe/Berlin"
_OF_ONE_SYSTEM = re.compile(r"localtime|posixrules|(?:posix|right)/.*", re.IGNORECASE | re.DOTALL)
"""What some systems keep beside the zones: it means something else elsewhere, or counts leap seconds."""

MIDNIGHT = "00:00"
"""When a day starts that starts with its date."""


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
        raise ValueError(_NO_ZONE) from None


def day_in(zone_name: str, instant: dt.datetime, day_start: str = MIDNIGHT) -> dt.date:
    """Return the day that it is in the zone at `instant` (aware), where days start at `day_start` ("HH:MM").

    What counts is what a clock on the wall shows: until it shows `day_start`, it is still the day before.
    Where clocks jump over that time, the day starts with the jump; where they go back behind it, it is
    yesterday once more until they show it again.
    """
    local = instant.astimezone(zone(zone_name))
    if day_start == MIDNIGHT or local.time() >= dt.time.fromisoformat(day_start):
        return local.date()
    return local.date() - dt.timedelta(days=1)


def window(last: dt.date, length: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last of the `length` days that end with `last`; none is before the year 1."""
    return dt.date.fromordinal(max(last.toordinal() - length + 1, 1)), last


def require_named_zone(name: str) -> None:
    """Raise ValueError unless people anywhere know a time zone by the IANA `name`."""
    if _OF_ONE_SYSTEM.fullmatch(name):
        raise ValueError(_NO_ZONE)
    zone(name)
