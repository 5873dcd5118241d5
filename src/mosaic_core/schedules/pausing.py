"""Pauses: times in which habits are not asked for."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_core.accounts.living import own_account
from mosaic_core.activities.service import seen_activity
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidState, NotFound
from mosaic_core.schedules.pauses import MOST_PAUSES, NewPause, Pause, PauseChange, require_order
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.touching import forget_pasts
from mosaic_core.validators import given
from mosaic_core.views import Views


@frozen
class PauseService:
    """The use cases of pauses. Each pause may name an activity that its user sees."""

    store: Store
    views: Views
    audit: AuditTrail

    def of(self, caller: Caller) -> Sequence[Pause]:
        """Return the caller's pauses by their first day."""
        with self.store.read() as unit:
            return unit.pauses.of(caller.user_id)

    def add(self, caller: Caller, new: NewPause) -> Pause:
        """Add a pause.

        Raises NotFound if its activity is none that the caller sees, InvalidState if there are as many pauses
        as there may be.
        """
        with self.store.write() as unit:
            if len(unit.pauses.of(own_account(unit, caller).id)) >= MOST_PAUSES:
                raise InvalidState(
                    f"There are {MOST_PAUSES} pauses already; delete one of them first",
                    {"max_pauses": MOST_PAUSES},
                )
            pause = unit.pauses.add(
                Pause(
                    id=0,
                    user_id=caller.user_id,
                    from_=new.from_,
                    to=new.to,
                    activity_id=_seen(unit, caller, new.activity_id),
                    reason=new.reason,
                )
            )
            self._changed(unit, "pause.create", "Pause added", pause, pause.from_)
        return pause

    def change(self, caller: Caller, pause_id: int, change: PauseChange) -> Pause:
        """Change a pause; return it as it is then.

        Raises NotFound, also for an activity that the caller does not see, and InvalidInput if the pause
        would end before it begins.
        """
        with self.store.write() as unit:
            before = _own(unit, caller, pause_id)
            after = evolve(before, **given(change))
            require_order(after.from_, after.to)
            if after.activity_id != before.activity_id:
                _seen(unit, caller, after.activity_id)
            unit.pauses.update(after)
            _forget(unit, before, before.from_)
            self._changed(unit, "pause.update", "Pause changed", after, after.from_)
        return after

    def delete(self, caller: Caller, pause_id: int) -> None:
        """Delete a pause."""
        with self.store.write() as unit:
            pause = _own(unit, caller, pause_id)
            unit.pauses.delete(caller.user_id, pause_id)
            self._changed(unit, "pause.delete", "Pause deleted", pause, pause.from_)

    def _changed(self, unit: UnitOfWork, event_type: str, message: str, pause: Pause, day: dt.date) -> None:
        """Note the change, and that habits are judged anew from the day on."""
        _forget(unit, pause, day)
        self.audit.note(
            unit,
            event_type,
            message,
            pause.user_id,
            pause_id=pause.id,
            activity_id=pause.activity_id,
            **{"from": pause.from_.isoformat(), "to": pause.to and pause.to.isoformat()},
        )
        self.views.habits_changed(unit, pause.user_id)


def _own(unit: UnitOfWork, caller: Caller, pause_id: int) -> Pause:
    pause = unit.pauses.get(caller.user_id, pause_id)
    if pause is None:
        raise NotFound(f"There is no pause {pause_id}")
    return pause


def _seen(unit: UnitOfWork, caller: Caller, activity_id: int | None) -> int | None:
    """Return the id, if it is that of an activity that the caller sees, or none."""
    return None if activity_id is None else seen_activity(unit, caller, activity_id).id


def _forget(unit: UnitOfWork, pause: Pause, day: dt.date) -> None:
    activity = None if pause.activity_id is None else unit.activities.get(pause.activity_id)
    forget_pasts(unit, pause.user_id, None if activity is None else [activity.name], day)
