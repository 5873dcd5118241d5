"""Staged rows for stores that need not spare memory: a dictionary, and what the entries' port can do."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import IMPORT, RULE, Entry, Place, carried, new_entry
from mosaic_core.entries.ports import EntryRepository, StagedChange, StagedEntryRepository, StagedRow, Staging


class PlainStaging(Staging):
    """The staged values and notes by place."""

    def __init__(self) -> None:
        self.said: dict[Place, tuple[float | None, str | None]] = {}

    def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        """Keep the rows; return for each whether it was kept."""
        return [self._add((day, key), value, note) for day, key, value, note in rows]

    def rows(self) -> Iterator[StagedRow]:
        """Yield the rows that were kept, the newest day first and then by name key."""
        return ((*place, *self.said[place]) for place in sorted(self.said, key=_order))

    def close(self) -> None:
        """Discard the rows."""
        self.said.clear()

    def _add(self, place: Place, value: float | None, note: str | None) -> bool:
        is_new = place not in self.said
        if is_new:
            self.said[place] = value, note
        return is_new


@frozen
class PlainStagedEntries(StagedEntryRepository):
    """Takes staged rows over by the entries' own port."""

    entries: EntryRepository

    def give_shared(self, staging: Staging, owner: int) -> Collection[Place]:
        """Give the shared entries at staged places to the owner where the owner has none."""
        own = self.entries.ids(owner, _rows(staging))
        shared = self._there(staging, None)
        given = {place: evolve(entry, user_id=owner) for place, entry in shared.items() if place not in own}
        if given:
            self.entries.update_many(list(given.values()))
        return given.keys()

    def write(self, staging: Staging, owner: int | None, activities: Mapping[str, Activity]) -> StagedChange:
        """Change the owner's entries at the staged places and add those that are missing."""
        rows = _rows(staging)
        there = self._there(staging, owner)
        added, changed = [], []
        for place in sorted(rows, key=_order):
            known = there.get(place)
            entry = _entry(known, owner, place[0], activities[place[1]], rows[place])
            if known is None:
                added.append(entry)
            elif entry != known:
                changed.append(entry)
        if changed:
            self.entries.update_many(changed)
        if added:
            self.entries.add_many(added)
        days = {entry.date for entry in (*added, *changed)}
        return StagedChange(len(added), len(changed), sorted(days))

    def differing(self, staging: Staging, owner: int | None) -> Sequence[Entry]:
        """Return the owner's entries at staged places that say otherwise than the rows."""
        rows = _rows(staging)
        there = self._there(staging, owner)
        return [entry for place, entry in there.items() if not _says(entry, *rows[place])]

    def _there(self, staging: Staging, owner: int | None) -> Mapping[Place, Entry]:
        """Return the owner's entries at the staged places."""
        ids = self.entries.ids(owner, _rows(staging))
        found = {place: self.entries.get(entry_id) for place, entry_id in ids.items()}
        return {place: entry for place, entry in found.items() if entry is not None}


def _says(entry: Entry, value: float | None, note: str | None) -> bool:
    """Return whether the entry says it already; a rule's has not said it."""
    is_said = value is None or (value == entry.value and entry.origin != RULE)
    return is_said and note in {None, entry.note}


def _order(place: Place) -> tuple[int, str]:
    return -place[0].toordinal(), place[1]


def _rows(staging: Staging) -> dict[Place, tuple[float | None, str | None]]:
    if not isinstance(staging, PlainStaging):
        raise TypeError("This staging is another store's")
    return staging.said


def _entry(
    known: Entry | None,
    owner: int | None,
    day: dt.date,
    activity: Activity,
    said: tuple[float | None, str | None],
) -> Entry:
    """Return the entry that results where `known` is, or a new one."""
    value, note = said
    if known is None:
        return new_entry(activity, owner, day, 0.0 if value is None else value, note or "", IMPORT)
    return evolve(
        carried(known, activity),
        value=known.value if value is None else value,
        note=known.note if note is None else note,
        origin=known.origin if _says(known, *said) else IMPORT,
    )
