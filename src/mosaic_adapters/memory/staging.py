"""Rows on their way into the entries, in memory."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.entries import MemoryEntries
from mosaic_adapters.memory.state import Draft
from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry, Place
from mosaic_core.entries.ports import StagedChange, StagedEntryRepository, StagedRow, Staging


class MemoryStaging(Staging):
    """The staged values and notes by place."""

    def __init__(self) -> None:
        self.rows: dict[Place, tuple[float | None, str | None]] = {}

    def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
        """Keep the rows; return for each whether it was."""
        return [self._add((day, key), value, note) for day, key, value, note in rows]

    def close(self) -> None:
        """Forget the rows."""
        self.rows.clear()

    def _add(self, place: Place, value: float | None, note: str | None) -> bool:
        is_new = place not in self.rows
        if is_new:
            self.rows[place] = value, note
        return is_new


@frozen
class MemoryStagedEntries(StagedEntryRepository):
    """Takes the rows of stagings over into the entries of a draft."""

    draft: Draft

    def give_shared(self, staging: Staging, owner: int) -> int:
        """Give the shared entries at staged places to the owner where the owner has none."""
        own = self.draft.state.owner(owner)
        given = [
            evolve(entry, user_id=owner)
            for (day, key), entry in self._there(staging, None)
            if key not in own.on(day)
        ]
        MemoryEntries(self.draft).update_many(given)
        return len(given)

    def write(self, staging: Staging, owner: int | None, activities: Mapping[str, Activity]) -> StagedChange:
        """Change the owner's entries at the staged places and add those that are missing."""
        rows = _rows(staging)
        there = dict(self._there(staging, owner))
        added, changed = [], []
        for place in sorted(rows, key=lambda one: (-one[0].toordinal(), one[1])):
            known = there.get(place)
            entry = _entry(known, owner, place[0], activities[place[1]], rows[place])
            if known is None:
                added.append(entry)
            elif entry != known:
                changed.append(entry)
        entries = MemoryEntries(self.draft)
        entries.update_many(changed)
        entries.add_many(added)
        days = {entry.date for entry in (*added, *changed)}
        return StagedChange(len(added), len(changed), sorted(days))

    def _there(self, staging: Staging, owner: int | None) -> Iterator[tuple[Place, Entry]]:
        """Yield the owner's entries at the staged places."""
        kept = self.draft.state.owner(owner)
        for place in _rows(staging):
            entry = kept.on(place[0]).get(place[1])
            if entry is not None:
                yield place, entry


def _rows(staging: Staging) -> Mapping[Place, tuple[float | None, str | None]]:
    if not isinstance(staging, MemoryStaging):
        raise TypeError("This staging is another store's")
    return staging.rows


def _entry(
    known: Entry | None,
    owner: int | None,
    day: dt.date,
    activity: Activity,
    said: tuple[float | None, str | None],
) -> Entry:
    """Return the entry that results where `known` is, or a new one."""
    value, note = said
    return Entry(
        id=known.id if known else 0,
        user_id=owner,
        date=day,
        activity=activity.name,
        value=value if value is not None else known.value if known else 0.0,
        note=note if note is not None else known.note if known else "",
        description=activity.description,
        activity_category=activity.category,
        activity_goal=activity.goal,
        activity_type=activity.activity_type,
    )
