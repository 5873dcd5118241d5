"""Writing what a person says of their days."""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import POSITIVE, Activity, name_key
from mosaic_core.entries.model import AddEntry, entry_of
from mosaic_core.ports import UnitOfWork


@frozen
class EntryUpsert:
    """Adds or updates entries of one owner (None: shared ones), in one transaction.

    The owner's own entry for the day and activity is updated; else a shared one is taken over and updated; else
    one is added. The snapshot comes from the owner's activity, else the shared one; an unknown activity is made.
    """

    unit: UnitOfWork
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
            free = [place for place in places if place not in taken]
            taken.update(self.unit.entries.ids(None, free))
        added, updated = [], []
        for one, place in zip(said, places, strict=True):
            entry = entry_of(activities[place[1]], self.owner, one)
            if place in taken:
                updated.append(evolve(entry, id=taken[place]))
            else:
                added.append(entry)
        self.unit.entries.add_many(added)
        self.unit.entries.update_many(updated)
        return [place not in taken for place in places]

    def activity(self, name: str) -> Activity:
        """Return the owner's activity of that name, else the shared one, else a new one of the owner's."""
        own = self.unit.activities.find(self.owner, name)
        if own is None and self.owner is not None:
            own = self.unit.activities.find(None, name)
        return own or self.unit.activities.add(unknown_activity(self.owner, name))


def unknown_activity(owner: int | None, name: str) -> Activity:
    """Return the activity that is made for a name nobody described: once a day, once a week, no goal."""
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
