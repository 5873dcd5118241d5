"""Activities: what a person means to do."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import Activity, ActivityChange, AddedActivity, NewActivity
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import Conflict, Forbidden, InvalidState, NotFound, Taken
from mosaic_core.paging import Page, Part
from mosaic_core.policy import Policy
from mosaic_core.rules.filling import leave_entries, rule_of
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.touching import forget_pasts
from mosaic_core.validators import given
from mosaic_core.views import Views

_STAYING = ("schedule", "target", "unit")
"""What stays as it is when an activity is overwritten, unless something is said of it."""


@frozen
class ActivityService:
    """The use cases of activities."""

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    policy: Policy

    def page(self, caller: Caller, page: Page, *, inactive: bool = False) -> Part[Activity]:
        """Return the caller's activities: active first, then by category, then by name.

        Administrators see the shared ones too; inactive ones are listed on demand.
        """
        with self.store.read() as unit:
            rows = unit.activities.page(caller.user_id, page, shared=caller.is_admin, inactive=inactive)
            return page.part(
                rows,
                lambda: unit.activities.count(caller.user_id, shared=caller.is_admin, inactive=inactive),
            )

    def get(self, caller: Caller, activity_id: int) -> Activity:
        """Return an activity of the caller's, an administrator any. Raises NotFound if there is none."""
        with self.store.read() as unit:
            return changeable_activity(unit, caller, activity_id)

    def add(self, caller: Caller, new: NewActivity, *, overwrite: bool = False) -> AddedActivity:
        """Add an activity, or overwrite the one of that name.

        An overwritten activity takes all that was said, is active again, and carries it into its entries; its
        schedule, target and unit stay if nothing is said of them.
        Raises Conflict if the name is taken and `overwrite` is not asked for, Forbidden if someone but an
        administrator wants a shared one, InvalidState if there are as many as there may be.
        """
        if new.shared and not caller.is_admin:
            raise Forbidden("Only administrators may make shared activities")
        owner = None if new.shared else caller.user_id
        try:
            return self._add(caller, owner, new, overwrite=overwrite)
        except Conflict as error:
            self.audit.note_apart(
                "activity.create_failed", error.message, caller.user_id, "warning", name=new.name
            )
            raise

    def update(self, caller: Caller, activity_id: int, change: ActivityChange) -> None:
        """Change an activity and carry its name, category, goal, type and description into its entries.

        Raises NotFound, or Conflict if the new name is taken or would give one day two entries of one name.
        """
        with self.store.write() as unit:
            before = changeable_activity(unit, caller, activity_id)
            after = before.changed(change)
            replace_activity(unit, before, after)
            fields = list(given(change))
            self._changed(unit, caller, "activity.update", "Activity updated", after, fields=fields)

    def activate(self, caller: Caller, activity_id: int) -> None:
        """Activate an activity; activating it again is no error."""
        with self.store.write() as unit:
            activity = changeable_activity(unit, caller, activity_id)
            if not activity.active:
                unit.activities.update(evolve(activity, active=1, deactivated_at=None))
                self._changed(unit, caller, "activity.activate", "Activity activated", activity)

    def deactivate(self, caller: Caller, activity_id: int) -> None:
        """Deactivate an activity as of the caller's today; deactivating it again is no error."""
        today = caller.today(self.clock.now())
        with self.store.write() as unit:
            activity = changeable_activity(unit, caller, activity_id)
            if activity.active:
                unit.activities.update(evolve(activity, active=0, deactivated_at=today))
                self._changed(unit, caller, "activity.deactivate", "Activity deactivated", activity)

    def delete(self, caller: Caller, activity_id: int) -> None:
        """Delete an inactive activity and its rule; its entries stay. Raises InvalidState if it is active."""
        with self.store.write() as unit:
            activity = changeable_activity(unit, caller, activity_id)
            if activity.active:
                raise InvalidState("Deactivate the activity before deleting it")
            if rule_of(unit, activity) is not None:
                leave_entries(unit, activity)
            unit.activities.delete(activity_id)
            forget_pasts(unit, activity.user_id, [activity.name], dt.date.min)
            self._changed(unit, caller, "activity.delete", "Activity deleted", activity)

    def _add(self, caller: Caller, owner: int | None, new: NewActivity, *, overwrite: bool) -> AddedActivity:
        with self.store.write() as unit:
            known = unit.activities.find(owner, new.name)
            if known is not None and not overwrite:
                raise Conflict(Taken.ACTIVITY_NAME)
            wanted = _activity(owner, new, known)
            if known is None:
                activity = make_activity(unit, wanted, self.policy.max_activities)
            else:
                activity = wanted
                replace_activity(unit, known, activity)
            self._changed(
                unit,
                caller,
                "activity.create" if known is None else "activity.update",
                "Activity created" if known is None else "Activity overwritten",
                activity,
            )
        return AddedActivity(activity, is_new=known is None)

    def _changed(
        self,
        unit: UnitOfWork,
        caller: Caller,
        event_type: str,
        message: str,
        activity: Activity,
        **context: Sequence[str],
    ) -> None:
        self.audit.note(
            unit, event_type, message, caller.user_id, activity_id=activity.id, name=activity.name, **context
        )
        self.views.days_changed(unit, activity.user_id)


def make_activity(unit: UnitOfWork, activity: Activity, most: int) -> Activity:
    """Keep a new activity and return it with its id. Raises InvalidState if its owner has `most` already."""
    require_room(unit, activity.user_id, 1, most)
    return unit.activities.add(activity)


def require_room(unit: UnitOfWork, owner: int | None, wanted: int, most: int) -> None:
    """Raise InvalidState if so many more activities would be more than `most` of the owner."""
    if wanted and _owned(unit, owner) + wanted > most:
        raise InvalidState(
            f"There are as many activities as there may be ({most}); delete some first",
            {"max_activities": most},
        )


def _owned(unit: UnitOfWork, owner: int | None) -> int:
    if owner is None:
        return len(unit.activities.owned(None))
    return unit.activities.count(owner, shared=False)


def replace_activity(unit: UnitOfWork, before: Activity, after: Activity) -> None:
    """Replace an activity and carry what its entries copy of it into them."""
    unit.activities.update(after)
    days = unit.entries.carry(before.user_id, before.name, after)
    unit.pending.touch(before.user_id, days)
    if _habit(before) != _habit(after):
        forget_pasts(unit, before.user_id, (before.name, after.name), dt.date.min)


def _habit(activity: Activity) -> tuple[object, ...]:
    """Return what its habit is judged by."""
    key = name_key(activity.name)
    return key, activity.activity_type, activity.effective_schedule, activity.target


def _activity(owner: int | None, new: NewActivity, known: Activity | None) -> Activity:
    """Return the new activity, or what becomes of the known one of that name."""
    activity = Activity(
        id=0,
        user_id=owner,
        name=new.name,
        category=new.category,
        activity_type=new.activity_type,
        goal=new.settled_goal(),
        description=new.description,
        active=1,
        frequency_per_day=new.frequency_per_day,
        frequency_per_week=new.frequency_per_week,
        deactivated_at=None,
    )
    if known is not None:
        activity = evolve(
            activity, id=known.id, schedule=known.schedule, target=known.target, unit=known.unit
        )
    said = given(new)
    return evolve(activity, **{name: said[name] for name in _STAYING if name in said})


def changeable_activity(unit: UnitOfWork, caller: Caller, activity_id: int) -> Activity:
    """Return an activity of the caller's, an administrator any. Raises NotFound if there is none."""
    activity = unit.activities.get(activity_id)
    if activity is None or not caller.may_change(activity.user_id):
        raise NotFound(f"There is no activity {activity_id}")
    return activity


def seen_activity(unit: UnitOfWork, caller: Caller, activity_id: int) -> Activity:
    """Return an activity of the caller's, for an administrator a shared one too. Raises NotFound."""
    activity = unit.activities.get(activity_id)
    owners = {caller.user_id, None} if caller.is_admin else {caller.user_id}
    if activity is None or activity.user_id not in owners:
        raise NotFound(f"There is no activity {activity_id}")
    return activity
