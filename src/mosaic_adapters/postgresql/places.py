"""What a transaction knows of the places where entries are written, and of their days."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mosaic_core.entries.model import Entry, Meeting, Met, PositiveEntry
from mosaic_core.stats.summary import positive_entries
from mosaic_core.texts import name_key

Counting = Mapping[dt.date, Mapping[str, PositiveEntry]]
"""What counts of days: their positive entries by the activities' name keys."""


class Place(NamedTuple):
    """Where an owner, 0 for what is shared, has at most one entry: a day and an activity's name key."""

    owner: int
    key: str
    day: dt.date


class Found(NamedTuple):
    """What an entry meets at a place, and an id for it if it can be added as things are.

    There is none where an entry is, where the owner is gone, or where the activity is yet to be made.
    """

    met: Met
    new_id: int | None


def place_of(owner: int | None, name: str, day: dt.date) -> Place:
    """Return the place of an entry of that activity."""
    return Place(owner or 0, name_key(name), day)


class Places:
    """What is expected to be asked of places, and what was found there and on their days.

    It stays true as long as the transaction keeps others from the owner's rows, and changes no activity,
    entry or user but as it says here. Then it is to `forget`.
    """

    def __init__(self) -> None:
        self._expected: list[Place] = []
        self._found: dict[Place, Found] = {}
        self._ids: list[int] = []
        self._counting: dict[tuple[int, dt.date], dict[str, PositiveEntry]] = {}

    def expect(self, meetings: Iterable[Meeting]) -> None:
        """Hear of places that will be asked for."""
        self._expected += [place_of(*meeting) for meeting in meetings]

    def unknown(self, place: Place) -> Sequence[Place]:
        """Return none if it is known what is at the place, else it and what is expected of its owner."""
        if place in self._expected:
            self._expected.remove(place)
        if place in self._found:
            return ()
        also = [one for one in self._expected if one.owner == place.owner and one not in self._found]
        return list(dict.fromkeys([place, *also]))

    def unknown_days(self, places: Iterable[Place]) -> list[dt.date]:
        """Return the days of the places, which have one owner, of which it is not known what counts."""
        days = {one.day for one in places if (one.owner, one.day) not in self._counting}
        return sorted(days)

    def learn(self, places: Sequence[Place], found: Sequence[Found]) -> None:
        """Keep what was found at the places."""
        self._found.update(zip(places, found, strict=True))
        self._ids += [one.new_id for one in found if one.new_id is not None]
        self._ids.sort(reverse=True)

    def learn_days(self, owner: int, days: Iterable[dt.date], counting: Counting) -> None:
        """Keep what counts of the owner's entries of the days."""
        self._counting.update({(owner, day): {**counting.get(day, {})} for day in days})

    def met(self, place: Place) -> Met:
        """Return what is at a place that is known."""
        return self._found[place].met

    def counting(self, owner: int, days: Sequence[dt.date]) -> Counting | None:
        """Return what counts of the owner's entries of the days, None unless it is known of all."""
        known = {day: self._counting[owner, day] for day in days if (owner, day) in self._counting}
        return known if len(known) == len(days) else None

    def added(self, entry: Entry) -> Entry | None:
        """Return the entry as it is now added, under its id; None unless its place is known to be free."""
        place = place_of(entry.user_id, entry.activity, entry.date)
        found = self._found.get(place)
        if found is None or found.new_id is None:
            return None
        if not place.owner:  # others meet what is shared
            self._found.clear()
        added = entry.under(self._ids.pop())
        self._found[place] = Found(Met(found.met.activity, added.id, is_shared=False), None)
        self._count(place, added)
        return added

    def replaced(self, entry: Entry) -> bool:
        """Note that this replaces the entry of its id; False unless that is known to be at its place."""
        place = place_of(entry.user_id, entry.activity, entry.date)
        found = self._found.get(place)
        if found is None or found.met.entry_id != entry.id or found.met.is_shared:
            return False
        self._count(place, entry)
        return True

    def forget(self) -> None:
        """Forget what was found. Ids that were not given yet are not given to anybody."""
        self._found.clear()
        self._ids.clear()
        self._counting.clear()

    def _count(self, place: Place, entry: Entry) -> None:
        of_day = self._counting.get((place.owner, place.day), {})
        of_day.pop(place.key, None)
        of_day.update((place.key, one) for one in positive_entries([entry]))
