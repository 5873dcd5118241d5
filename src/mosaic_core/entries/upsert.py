"""Writing what a person says of their days."""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.entries.model import AddEntry, Place, entry_of
from mosaic_core.rules import require_name
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.views import Views

_AT_ONCE = 2_000
"""So many entries are made at a time, so that a large import needs little memory."""


@frozen
class EntryUpsert:
    """Adds or updates entries of one owner (None: shared ones), in one transaction.

    The owner's own entry for the day and activity is updated; else a shared one is taken over and updated;
    else one is added. The snapshot comes from the owner's activity, else the shared one; an unknown activity
    is made. What was cached of the days is forgotten once the unit is durable.
    """

    unit: UnitOfWork
    views: Views
    owner: int | None

    def put(self, said: AddEntry) -> bool:
        """Write one entry; return whether it is new."""
        return self.put_many([said], {name_key(said.activity): self.activity(said.activity)})[0]

    def put_many(self, said: Sequence[AddEntry], activities: Mapping[str, Activity]) -> Sequence[bool]:
        """Write entries at different places; return for each whether it is new.

        `activities` holds the activity of each by its name key.
        """
        places = [one.place for one in said]
        taken = dict(self.unit.entries.ids(self.owner, places))
        if self.owner is not None:
            taken.update(self._taken_over([place for place in places if place not in taken]))
        for start in range(0, len(said), _AT_ONCE):
            self._write(said[start : start + _AT_ONCE], activities, taken)
        self.unit.pending.touch(self.owner, {day for day, _ in places})
        self.views.days_changed(self.unit, self.owner)
        return [place not in taken for place in places]

    def activity(self, name: str) -> Activity:
        """Return the owner's activity of that name, else the shared one, else a new one of the owner's."""
        own = self.unit.activities.find(self.owner, name)
        if own is None and self.owner is not None:
            own = self.unit.activities.find(None, name)
        return own or self.unit.activities.add(unknown_activity(self.owner, name))

    def _write(
        self, said: Sequence[AddEntry], activities: Mapping[str, Activity], taken: Mapping[Place, int]
    ) -> None:
        added, updated = [], []
        for one in said:
            place = one.place
            entry = entry_of(activities[place[1]], self.owner, one)
            if place in taken:
                updated.append(evolve(entry, id=taken[place]))
            else:
                added.append(entry)
        if added:
            self.unit.entries.add_many(added)
        if updated:
            self.unit.entries.update_many(updated)

    def _taken_over(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Return the ids of the shared entries at the places; they are about to become the owner's."""
        shared = self.unit.entries.ids(None, places)
        if shared:
            self.views.days_changed(self.unit, None)
        return shared


def unknown_activity(owner: int | None, name: str) -> Activity:
    """Return the activity that is made for a name nobody described: once a day, once a week, no goal.

    Raises InvalidInput if it is no name for an activity.
    """
    require_name("activity", name)
    return Activity(
        id=0,
        user_id=owner,
        name=name,
        category="",
        activity_type=POSITIVE,
        goal=0.0,
        description="",
        active=1,
        frequency_per_day=1,
        frequency_per_week=1,
        deactivated_at=None,
    )
