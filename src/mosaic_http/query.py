"""What a query string asks for: pages, days, instants and numbers."""

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl

from attrs import field, frozen

from mosaic_core.calendar import parse_day
from mosaic_core.errors import InvalidQuery
from mosaic_core.paging import Page

_BEYOND = 2**62
"""Larger than any offset that has rows; a limit can still be added to it."""
_WHOLE = re.compile(r"\d+", re.ASCII)


@frozen
class Query:
    """A query's parameters, the last of each name; an empty one counts as not given.

    What reads a parameter raises InvalidQuery, naming it, if it is wrong.
    """

    parameters: Mapping[str, str]
    _pages: dict[tuple[int, int, bool], Page] = field(init=False, factory=dict, eq=False)
    """What was read of the query before: queries are kept, and an operation always asks for the same page."""

    def text(self, name: str) -> str | None:
        """Return the parameter as it is, or None."""
        return self.parameters.get(name)

    def page(self, default: int, most: int, *, all_allowed: bool = False) -> Page:
        """Return the asked page; a limit above the maximum is cut to it."""
        asked = default, most, all_allowed
        page = self._pages.get(asked)
        if page is None:
            page = self._pages[asked] = self._page(default, most, all_allowed=all_allowed)
        return page

    def day(self, name: str = "date") -> dt.date | None:
        """Return the day that a parameter names, or None."""
        text = self.parameters.get(name)
        if text is None:
            return None
        try:
            return parse_day(text)
        except ValueError as error:
            raise InvalidQuery(f"{name} {error}", {"parameter": name}) from None

    def instant(self, name: str) -> dt.datetime | None:
        """Return the instant that a parameter names; a day means its beginning, no offset means UTC."""
        text = self.parameters.get(name)
        if text is None:
            return None
        try:
            instant = dt.datetime.fromisoformat(text)
            return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise InvalidQuery(f"{name} must be a timestamp", {"parameter": name}) from None

    def whole(self, name: str) -> int | None:
        """Return the whole number that a parameter gives, or None."""
        return self._whole(name, 0, 0) if name in self.parameters else None

    def _page(self, default: int, most: int, *, all_allowed: bool) -> Page:
        offset = self._whole("offset", 0, 0)
        if all_allowed and self.parameters.get("limit") == "all":
            return Page(None, offset)
        return Page(min(self._whole("limit", default, 1), most), offset)

    def _whole(self, name: str, default: int, least: int) -> int:
        text = self.parameters.get(name)
        if text is None:
            return default
        if not _WHOLE.fullmatch(text) or (number := int(text.lstrip("0")[:20] or 0)) < least:
            raise InvalidQuery(f"{name} must be a whole number, at least {least}", {"parameter": name})
        return min(number, _BEYOND)


@lru_cache(maxsize=512)
def parsed(text: bytes) -> Query:
    """Return the query that the text states; what clients ask again and again is parsed once."""
    try:
        return Query(dict(parse_qsl(text.decode("latin-1"), errors="strict", max_num_fields=100)))
    except ValueError:
        raise InvalidQuery("The query cannot be read") from None
