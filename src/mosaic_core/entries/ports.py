"""What the entries need from a store."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry, EntryFilter, ListedEntry, Place, PositiveEntry, TodayRow
from mosaic_core.paging import Page


class EntryRepository(Protocol):
    """Keeps entries: at most one per owner, day and activity (in any case).

    `owner` is a user's id, or None for shared entries.
    """

    def get(self, entry_id: int) -> Entry | None:
        """Return the entry with the id, whoever owns it."""
        ...

    def ids(self, owner: int | None, places: Collection[Place]) -> Mapping[Place, int]:
        """Return the ids of the owner's entries at those of the places that are taken."""
        ...

    def page(self, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool) -> Sequence[ListedEntry]:
        """Return the user's entries that fit the filter, with `shared` the shared ones too.

        Newest day first, then by activity regardless of case, then the user's own before the shared. The
        activity filter fits any case, the category filter the joined category in any case.
        """
        ...

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[ListedEntry]:
        """Yield what `page` lists without a filter, one by one; valid until the unit of work ends."""
        ...

    def count(self, user_id: int, *, shared: bool) -> int:
        """Return how many `every` would yield without a limit."""
        ...

    def on(self, owner: int | None, day: dt.date) -> Sequence[Entry]:
        """Return the owner's entries of the day by activity regardless of case."""
        ...

    def today(self, owner: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return the owner's activities active on the day, each with its entry of that day.

        By name regardless of case; goals are as they are stored.
        """
        ...

    def positive(self, owner: int, days: Sequence[dt.date]) -> Mapping[dt.date, Sequence[PositiveEntry]]:
        """Return the owner's positive entries of the days, which are given in order, in any order."""
        ...

    def add_many(self, entries: Sequence[Entry]) -> None:
        """Keep new entries, under new ids in the given order. Raises Conflict if a place is taken."""
        ...

    def update_many(self, entries: Sequence[Entry]) -> None:
        """Replace the entries with those ids.

        An entry keeps its day, and its owner unless it was shared. Raises Conflict if a place is taken by
        another.
        """
        ...

    def carry(self, owner: int | None, name: str, activity: Activity) -> Sequence[dt.date]:
        """Write the activity's name and snapshot into the owner's entries under `name` in any case.

        Return the days whose entries that changed.

        Raises Conflict if a day would then have two entries of one name.
        """
        ...

    def delete(self, entry_id: int) -> None:
        """Delete the entry."""
        ...
