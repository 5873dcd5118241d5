"""Activities in memory."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.pauses import without_pauses_of
from mosaic_adapters.memory.rules import without_rule_of
from mosaic_adapters.memory.state import Draft, State, part
from mosaic_core.activities.model import Activity
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.texts import name_key


@frozen
class MemoryActivities(ActivityRepository):
    """Keeps activities in a draft."""

    draft: Draft

    def add(self, activity: Activity) -> Activity:
        """Keep a new activity under a new id."""
        state = self.draft.state
        kept = evolve(activity, id=state.last_activity + 1)
        self.draft.keep(evolve(with_activity(state, kept), last_activity=kept.id))
        return kept

    def get(self, activity_id: int) -> Activity | None:
        """Return the activity with the id."""
        return self.draft.state.activities.get(activity_id)

    def find(self, owner: int | None, name: str) -> Activity | None:
        """Return the owner's activity with the name."""
        return self.draft.state.owner(owner).activities.get(name_key(name))

    def owned(self, owner: int | None) -> Sequence[Activity]:
        """Return the owner's activities by name."""
        return [activity for _, activity in sorted(self.draft.state.owner(owner).activities.items())]

    def page(self, user_id: int, page: Page, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        """Return the user's activities: active first, then by category, then by name."""
        rows = self._seen(user_id, shared=shared, inactive=inactive)
        return list(part(sorted(rows, key=_list_order), page))

    def count(self, user_id: int, *, shared: bool, inactive: bool = True) -> int:
        """Return how many activities the user sees."""
        return len(self._seen(user_id, shared=shared, inactive=inactive))

    def _seen(self, user_id: int, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        return [
            activity
            for owner in _owners(user_id, shared=shared)
            for activity in self.draft.state.owner(owner).activities.values()
            if activity.active or inactive
        ]

    def update(self, activity: Activity) -> None:
        """Replace the activity."""
        state = self.draft.state
        known = state.activities.get(activity.id)
        if known is not None:
            self.draft.keep(with_activity(_without(state, known), activity))

    def delete(self, activity_id: int) -> None:
        """Delete the activity."""
        state = self.draft.state
        known = state.activities.get(activity_id)
        if known is not None:
            rest = without_rule_of(_without(state, known), activity_id)
            self.draft.keep(without_pauses_of(rest, activity_id))


def _owners(user_id: int, *, shared: bool) -> Sequence[int | None]:
    return (user_id, None) if shared else (user_id,)


def _list_order(activity: Activity) -> tuple[bool, str, str, str, bool]:
    category, name = activity.category, activity.name
    return not activity.active, name_key(category), category, name_key(name), activity.user_id is None


def with_activity(state: State, activity: Activity) -> State:
    """Return the state with the activity in it. Raises Conflict if its owner has one of that name."""
    owner = state.owner(activity.user_id)
    key = name_key(activity.name)
    if key in owner.activities:
        raise Conflict(Taken.ACTIVITY_NAME)
    known = {**owner.activities, key: activity}
    return evolve(
        state,
        activities=state.activities.put(activity.id, activity),
        owners=state.owners_with(activity.user_id, evolve(owner, activities=known)),
    )


def _without(state: State, activity: Activity) -> State:
    owner = state.owner(activity.user_id)
    rest = {key: each for key, each in owner.activities.items() if each.id != activity.id}
    return evolve(
        state,
        activities=state.activities.drop(activity.id),
        owners=state.owners_with(activity.user_id, evolve(owner, activities=rest)),
    )
