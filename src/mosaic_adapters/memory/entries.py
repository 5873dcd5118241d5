"""Entries in memory."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import merge

from attrs import define, evolve, frozen

from mosaic_adapters.memory.state import Day, Draft, Owner, part
from mosaic_adapters.memory.trie import Trie
from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import (
    Entry,
    EntryFilter,
    ListedEntry,
    Place,
    PositiveEntry,
    TodayRow,
    carried,
    today_row,
)
from mosaic_core.entries.ports import EntryRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.stats.summary import positive_entries
from mosaic_core.texts import name_key

_Ordered = tuple[int, str, int, Entry, Activity | None]
"""What orders an entry, the entry, and its owner's activity of that name.

It is ordered by minus the day's ordinal, the name key, and 0 for own and 1 for shared ones.
"""


@frozen
class MemoryEntries(EntryRepository):
    """Keeps entries in a draft."""

    draft: Draft

    def get(self, entry_id: int) -> Entry | None:
        """Return the entry with the id."""
        return self.draft.state.entries.get(entry_id)

    def ids(self, owner: int | None, places: Collection[Place]) -> Mapping[Place, int]:
        """Return the ids of the owner's entries at those of the places that are taken."""
        rows = self.draft.state.owner(owner)
        found = ((place, rows.on(place[0]).get(place[1])) for place in places)
        return {place: entry.id for place, entry in found if entry is not None}

    def page(self, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool) -> Sequence[ListedEntry]:
        """Return the user's entries that fit the filter, newest day first."""
        return [_joined(*row[3:]) for row in part(self._listed(user_id, wanted, shared=shared), page)]

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[Entry]:
        """Yield the user's entries, newest day first."""
        return (row[3] for row in part(self._listed(user_id, EntryFilter(), shared=shared), page))

    def count(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        """Return how many entries fit the filter."""
        if wanted != EntryFilter():
            return sum(1 for _ in self._listed(user_id, wanted, shared=shared))
        state = self.draft.state
        owners = (user_id, None) if shared else (user_id,)
        return sum(len(day.entries) for owner in owners for day in state.owner(owner).days.values())

    def on(self, owner: int | None, day: dt.date) -> Sequence[Entry]:
        """Return the owner's entries of the day by activity."""
        return [entry for _, entry in sorted(self.draft.state.owner(owner).on(day).items())]

    def today(self, owner: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return the owner's activities active on the day, by name, with the day's entries."""
        own = self.draft.state.owner(owner)
        entries = own.on(day)
        rows = (
            today_row(activity, entries.get(key))
            for key, activity in sorted(own.activities.items())
            if activity.active_on(day)
        )
        return list(part(rows, page))

    def positive(self, owner: int, days: Sequence[dt.date]) -> Mapping[dt.date, Sequence[PositiveEntry]]:
        """Return the owner's positive entries of the days."""
        rows = self.draft.state.owner(owner)
        return {day: list(positive_entries(rows.on(day).values())) for day in days}

    def named(
        self, owner: int | None, name: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Sequence[Entry]:
        """Return the owner's entries of the activity, oldest first."""
        key = name_key(name)
        days = self.draft.state.owner(owner).days.items(first.toordinal(), last.toordinal())
        return [day.entries[key] for _, day in days if key in day.entries]

    def values(
        self, owner: int | None, name: str, first: dt.date, last: dt.date
    ) -> Sequence[tuple[dt.date, float]]:
        """Return the days and values of those entries in the range, oldest first."""
        return [(entry.date, entry.value) for entry in self.named(owner, name, first, last)]

    def add(self, entry: Entry) -> Entry:
        """Keep a new entry under a new id."""
        self.add_many([entry])
        return evolve(entry, id=self.draft.state.last_entry)

    def add_many(self, entries: Sequence[Entry]) -> None:
        """Keep new entries under new ids."""
        rows = self._rows(entries)
        last = self.draft.state.last_entry
        for number, entry in enumerate(entries, last + 1):
            rows.put(evolve(entry, id=number))
        self._keep(rows)
        self.draft.change(last_entry=last + len(entries))

    def add_as_they_are(self, entries: Sequence[Entry]) -> None:
        """Keep entries under the ids that they have."""
        rows = self._rows(entries)
        for entry in entries:
            rows.put(entry)
        self._keep(rows)
        self.draft.change(last_entry=max([self.draft.state.last_entry, *(entry.id for entry in entries)]))

    def update_many(self, entries: Sequence[Entry]) -> None:
        """Replace the entries with those ids."""
        rows = self._rows(entries)
        for entry in entries:
            known = rows.entries.get(entry.id)
            if known is not None:
                rows.take(known)
                rows.put(entry)
        self._keep(rows)

    def carry(self, owner: int | None, name: str, activity: Activity) -> Sequence[dt.date]:
        """Write the activity's name and snapshot into the owner's entries under `name`."""
        rows = self._rows()
        key = name_key(name)
        changed = []
        for day in self.draft.state.owner(owner).days.values():
            entry = day.entries.get(key)
            if entry is not None and (after := carried(entry, activity)) != entry:
                rows.take(entry)
                rows.put(after, Taken.RENAMED_ENTRY)
                changed.append(day.date)
        self._keep(rows)
        return changed

    def delete(self, *entry_ids: int) -> None:
        """Delete the entries."""
        rows = self._rows()
        for entry_id in entry_ids:
            known = rows.entries.get(entry_id)
            if known is not None:
                rows.take(known)
        self._keep(rows)

    def _listed(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> Iterator[_Ordered]:
        state = self.draft.state
        ordered = _ordered(state.owner(user_id), wanted, 0)
        if shared:
            ordered = merge(ordered, _ordered(state.owner(None), wanted, 1))
        return ordered

    def _rows(self, entries: Sequence[Entry] = ()) -> "_Rows":
        """Return the rows for a change that writes these entries, whose owners must exist."""
        for owner in {entry.user_id for entry in entries}:
            self.draft.state.require_user(owner)
        return _Rows(self.draft.state.entries, self.draft.state.owners)

    def _keep(self, rows: "_Rows") -> None:
        self.draft.change(entries=rows.entries, owners=rows.owners)


@define
class _Rows:
    """The entries, by id and by place, while some of them change."""

    entries: Trie[Entry]
    owners: Trie[Owner]

    def put(self, entry: Entry, taken: Taken = Taken.ENTRY) -> None:
        owner = self._owner(entry)
        others = owner.on(entry.date)
        key = name_key(entry.activity)
        if key in others:
            raise Conflict(taken)
        self._set_day(entry, owner, Day(entry.date, {**others, key: entry}))
        self.entries = self.entries.put(entry.id, entry)

    def take(self, entry: Entry) -> None:
        owner = self._owner(entry)
        rest = {key: each for key, each in owner.on(entry.date).items() if each.id != entry.id}
        self._set_day(entry, owner, Day(entry.date, rest))
        self.entries = self.entries.drop(entry.id)

    def _owner(self, entry: Entry) -> Owner:
        return self.owners.get(entry.user_id or 0) or Owner()

    def _set_day(self, entry: Entry, owner: Owner, day: Day) -> None:
        number = day.date.toordinal()
        days = owner.days.put(number, day) if day.entries else owner.days.drop(number)
        self.owners = self.owners.put(entry.user_id or 0, evolve(owner, days=days))


def _ordered(owner: Owner, wanted: EntryFilter, rank: int) -> Iterator[_Ordered]:
    """Yield the owner's entries that fit, in the order of the list."""
    first = wanted.first.toordinal() if wanted.first else 0
    last = wanted.last.toordinal() if wanted.last else None
    only = None if wanted.activity is None else name_key(wanted.activity)
    category = None if wanted.category is None else name_key(wanted.category)
    for number, day in owner.days.falling(first, last):
        keys = sorted(day.entries) if only is None else [key for key in (only,) if key in day.entries]
        for key in keys:
            entry, activity = day.entries[key], owner.activities.get(key)
            if category is None or name_key(_category(entry, activity)) == category:
                yield -number, key, rank, entry, activity


def _category(entry: Entry, activity: Activity | None) -> str:
    return activity.category if activity else entry.activity_category


def _joined(entry: Entry, activity: Activity | None) -> ListedEntry:
    return ListedEntry(
        id=entry.id,
        user_id=entry.user_id,
        date=entry.date,
        activity=entry.activity,
        value=entry.value,
        note=entry.note,
        description=entry.description,
        activity_category=entry.activity_category,
        activity_goal=entry.activity_goal,
        activity_type=entry.activity_type,
        category=_category(entry, activity),
        goal=activity.goal if activity else entry.activity_goal,
        activity_description=activity.description if activity else entry.description,
        origin=entry.origin,
    )
