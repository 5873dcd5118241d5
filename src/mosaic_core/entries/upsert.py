"""Writing what a person says of their days."""

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.activities.service import make_activity
from mosaic_core.activities.similar import similar_name
from mosaic_core.entries.model import PERSON, AddEntry, Entry, Met, Place, WrittenEntry, carried, new_entry
from mosaic_core.entries.ports import Staging
from mosaic_core.foreseen import Foreseen, Summaries
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.touching import touch
from mosaic_core.validators import require_name
from mosaic_core.views import Views

_AT_ONCE = 64
"""So many places are looked up at a time: stores look up few places one by one, without reading others."""


@frozen
class MergedStaging:
    """How many staged rows became new entries, and which of the owner's entries said otherwise.

    Of those, the `kept` ones still do; the others say what the rows say, and so do the shared entries at the
    `given` places, which the owner has now.
    """

    created: int
    differing: Sequence[Entry]
    kept: Sequence[Entry]
    given: Collection[Place]

    @property
    def updated(self) -> int:
        """How many entries that were there are others now."""
        return len(self.differing) - len(self.kept) + len(self.given)


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
        met = self.unit.met(self.owner, said.activity, said.date)
        if met.activity is not None:
            return self._written(met.activity, met, said)
        wanted = unknown_activity(self.owner, said.activity)
        similar = similar_name(wanted.name, self._names())
        made = make_activity(self.unit, wanted, self.max_activities)
        return evolve(self._written(made, met, said), made_activity=True, similar=similar)

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
        self._take_over(staging)
        taken: set[Place] = set()
        for start in range(0, len(asked), _AT_ONCE):
            taken.update(self.unit.entries.ids(self.owner, asked[start : start + _AT_ONCE]))
        return self._write_staged(staging, activities, foreseen), taken

    def merge_staged(
        self,
        staging: Staging,
        activities: Mapping[str, Activity],
        foreseen: Foreseen | None = None,
        *,
        overwrite: bool,
    ) -> MergedStaging:
        """Write the staged rows, but those that would change what a person said, unless they `overwrite` it.

        `activities` and `foreseen` are as for `put_staged`.
        """
        differing = self.unit.staged.differing(staging, self.owner)
        kept = [one for one in differing if one.origin == PERSON and not overwrite]
        given = self._take_over(staging)
        created = self._write_staged(staging, activities, foreseen)
        if kept:
            self.unit.entries.update_many(
                [carried(entry, activities[name_key(entry.activity)]) for entry in kept]
            )
            touch(self.unit, self.owner, {entry.activity for entry in kept}, {entry.date for entry in kept})
        return MergedStaging(created, differing, kept, given)

    def _write_staged(
        self, staging: Staging, activities: Mapping[str, Activity], foreseen: Foreseen | None
    ) -> int:
        """Write all staged rows; return how many entries are new."""
        summaries = self._holding(foreseen, activities)
        change = self.unit.staged.write(staging, self.owner, activities)
        touch(self.unit, self.owner, activities.keys(), change.days, summaries)
        self.views.days_changed(self.unit, self.owner)
        return change.added

    def _written(self, activity: Activity, met: Met, said: AddEntry) -> WrittenEntry:
        entry = new_entry(activity, self.owner, said.date, said.value, said.note, PERSON)
        if met.entry_id is None:
            entry = self.unit.entries.add(entry)
        else:
            entry = evolve(entry, id=met.entry_id)
            self.unit.entries.update_many([entry])
        touch(self.unit, self.owner, [said.activity], (said.date,))
        if met.is_shared:
            self.views.days_changed(self.unit, None)
        self.views.days_changed(self.unit, self.owner)
        return WrittenEntry(entry, is_new=met.entry_id is None)

    def _names(self) -> list[str]:
        """Return the names under which an entry finds an activity: the owner's, then the shared ones."""
        owners = {self.owner: None, None: None}
        return [activity.name for owner in owners for activity in self.unit.activities.owned(owner)]

    def _take_over(self, staging: Staging) -> Collection[Place]:
        """Give the owner the shared entries at staged places; return these places."""
        if self.owner is None:
            return ()
        given = self.unit.staged.give_shared(staging, self.owner)
        if given:
            touch(self.unit, self.owner, None, {day for day, _ in given})
            self.views.days_changed(self.unit, None)
        return given

    def _holding(self, foreseen: Foreseen | None, activities: Mapping[str, Activity]) -> Summaries:
        if foreseen is None or self.owner is None:
            return {}
        return foreseen.holding(self.owner, activities, self.unit.entries)


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
