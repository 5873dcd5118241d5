"""What the entries need from a store."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry, EntryFilter, ListedEntry, Place, PositiveEntry, TodayRow
from mosaic_core.paging import Page


class EntryRepository(Protocol):
    """Keeps entries: at most one per owner, day and name key of the activity (`texts.name_key`).

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
        filters compare name keys: that of the activity, and that of the joined category.
        """
        ...

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[Entry]:
        """Yield what `page` lists without a filter, as it is stored; valid until the unit of work ends."""
        ...

    def count(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        """Return how many `page` would list without a limit."""
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
        """Return the owner's positive entries by day, in any order; `days` are in order."""
        ...

    def named(
        self, owner: int | None, name: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Sequence[Entry]:
        """Return the owner's entries from `first` to `last` whose activity has the name key, oldest first."""
        ...

    def values(
        self, owner: int | None, name: str, first: dt.date, last: dt.date
    ) -> Sequence[tuple[dt.date, float]]:
        """Return the days and values of those entries, oldest first."""
        ...

    def add(self, entry: Entry) -> Entry:
        """Keep a new entry and return it with its new id. Raises Conflict if its place is taken."""
        ...

    def add_many(self, entries: Sequence[Entry]) -> None:
        """Keep new entries, under new ids in the given order. Raises Conflict if a place is taken."""
        ...

    def update_many(self, entries: Sequence[Entry]) -> None:
        """Replace the entries with those ids.

        An entry keeps its owner unless it was shared. Raises Conflict if a place is taken by another.
        """
        ...

    def carry(self, owner: int | None, name: str, activity: Activity) -> Sequence[dt.date]:
        """Write the activity's name and snapshot into the owner's entries that have the key of `name`.

        Return the days whose entries that changed.

        Raises Conflict if a day would then have two entries of one name.
        """
        ...

    def delete(self, *entry_ids: int) -> None:
        """Delete the entries."""
        ...


StagedRow = tuple[dt.date, str, float | None, str | None]
"""A day, an activity's name key, and the value and the note; None leaves what an entry has."""


@frozen
class StagedChange:
    """How many entries were added, how many of those already there were changed, and the days of both.

    `days` may hold more days than those; it is empty if nothing changed.
    """

    added: int
    changed: int
    days: Sequence[dt.date]


class Staging(Protocol):
    """A place outside any transaction for very many rows, at most one per day and name key.

    Filling it delays no writer. Its rows are lost when it is closed, or with the process. One
    thread at a time may use it; it may move between threads. Rows are added before the first unit of work
    sees it.
    """

    def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        """Keep the rows; return for each False if its day and name key were staged before, and it is not.

        Raises StorageFull if there is no room.
        """
        ...

    def rows(self) -> Iterator[StagedRow]:
        """Yield the rows that were kept, the newest day first and then by name key."""
        ...

    def close(self) -> None:
        """Discard the rows. Closing it again has no effect."""
        ...


class StagedEntryRepository(Protocol):
    """Writes staged rows as entries. `owner` is a user's id, or None for shared entries.

    A staging can be used by several units of work of the store that opened it. Giving one that is closed, or
    that another store opened, is an error.
    """

    def give_shared(self, staging: Staging, owner: int) -> Collection[Place]:
        """Give the owner the shared entries at staged places where the owner has none; return these places.

        The entries keep their ids. Raises Unauthorized if the owner is gone.
        """
        ...

    def differing(self, staging: Staging, owner: int | None) -> Sequence[Entry]:
        """Return the owner's entries at staged places whose value or note is another than the staged one.

        They come in any order. A value or note of None is no other one. An entry of the origin RULE differs
        from every staged value: the rule has it, and the row says it.
        """
        ...

    def write(self, staging: Staging, owner: int | None, activities: Mapping[str, Activity]) -> StagedChange:
        """Change the owner's entries at the staged places and add those that are missing.

        Each takes the staged value and note and the snapshot (name, category, goal, type, description) of its
        activity; `activities` holds one for every staged name key. Where the value or the note is None, an
        entry keeps its own, and a new one has 0 and "". Entries that say all of that already are left alone;
        new ones, and those that `differing` returns, are of the origin IMPORT.
        New entries get rising ids, newest day first and then by name key. Raises Unauthorized if the owner is
        gone.
        """
        ...
