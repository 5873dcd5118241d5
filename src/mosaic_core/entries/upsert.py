"""Writing what a person says of their days."""

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.activities.service import make_activity
from mosaic_core.activities.similar import similar_name
from mosaic_core.entries.model import AddEntry, Place, WrittenEntry, entry_of
from mosaic_core.entries.ports import Staging
from mosaic_core.foreseen import Foreseen, Summaries
from mosaic_core.rules import require_name
from mosaic_core.store import UnitOfWork
from mosaic_core.views import Views

_AT_ONCE = 64
"""So many places are looked up at a time: stores look up few places one by one, without reading others."""


@frozen
class EntryUpsert:
    """Adds or updates entries of one owner (None: shared ones), in one transaction.

    The owner's own entry for the day and activity is updated; else a shared one is taken over and updated;
    else one is added. The snapshot comes from the owner's activity, else the shared one; an unknown activity
    is made, of which the owner may have `max_activities`. What was cached of the days is forgotten once the
    unit is durable.
    """

    unit: UnitOfWork
    views: Views
    owner: int | None
    max_activities: int

    def put(self, said: AddEntry) -> WrittenEntry:
        """Write one entry; return it and what came with it."""
        activity = self._activity(said.activity)
        if activity is not None:
            return self._written(activity, said)
        wanted = unknown_activity(self.owner, said.activity)
        similar = similar_name(wanted.name, self._names())
        made = make_activity(self.unit, wanted, self.max_activities)
        return evolve(self._written(made, said), made_activity=True, similar=similar)

    def put_staged(
        self,
        staging: Staging,
        activities: Mapping[str, Activity],
        asked: Sequence[Place],
        foreseen: Foreseen | None = None,
    ) -> tuple[int, Collection[Place]]:
        """Write all staged rows; return how many entries are new, and which of the asked places had one.

        `activities` holds the activity of each by its name key. A row that says nothing of the value or the
        note leaves what is there. What is still true of the `foreseen` need not be summed up again.
        """
        if self.owner is not None:
            self._take_over(staging, self.owner)
        taken: set[Place] = set()
        for start in range(0, len(asked), _AT_ONCE):
            taken.update(self.unit.entries.ids(self.owner, asked[start : start + _AT_ONCE]))
        summaries = self._holding(foreseen, activities)
        change = self.unit.staged.write(staging, self.owner, activities)
        self.unit.pending.touch(self.owner, change.days, summaries)
        self.views.days_changed(self.unit, self.owner)
        return change.added, taken

    def _written(self, activity: Activity, said: AddEntry) -> WrittenEntry:
        entry = entry_of(activity, self.owner, said)
        known = self._known(said.place)
        if known is None:
            entry = self.unit.entries.add(entry)
        else:
            entry = evolve(entry, id=known)
            self.unit.entries.update_many([entry])
        self.unit.pending.touch(self.owner, (said.date,))
        self.views.days_changed(self.unit, self.owner)
        return WrittenEntry(entry, is_new=known is None)

    def _activity(self, name: str) -> Activity | None:
        """Return the owner's activity of that name, else the shared one."""
        own = self.unit.activities.find(self.owner, name)
        if own is None and self.owner is not None:
            own = self.unit.activities.find(None, name)
        return own

    def _names(self) -> list[str]:
        """Return the names under which an entry finds an activity: the owner's, then the shared ones."""
        owners = {self.owner: None, None: None}
        return [activity.name for owner in owners for activity in self.unit.activities.owned(owner)]

    def _take_over(self, staging: Staging, owner: int) -> None:
        days = self.unit.staged.give_shared(staging, owner)
        if days:
            self.unit.pending.touch(owner, days)
            self.views.days_changed(self.unit, None)

    def _holding(self, foreseen: Foreseen | None, activities: Mapping[str, Activity]) -> Summaries:
        if foreseen is None or self.owner is None:
            return {}
        return foreseen.holding(self.owner, activities, self.unit.entries)

    def _known(self, place: Place) -> int | None:
        """Return the id of the owner's entry at the place, else of the shared one, to be taken over."""
        known = self.unit.entries.ids(self.owner, [place]).get(place)
        if known is None and self.owner is not None:
            known = self.unit.entries.ids(None, [place]).get(place)
            if known is not None:
                self.views.days_changed(self.unit, None)
        return known


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
