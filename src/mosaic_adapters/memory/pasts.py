"""What habits amounted to, in memory."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, KeptMonths
from mosaic_core.schedules.model import HabitDay, Past
from mosaic_core.schedules.ports import PastRepository
from mosaic_core.schedules.reading import habit_day


@frozen
class MemoryPasts(PastRepository):
    """Keeps pasts in a draft, by activity and month."""

    draft: Draft

    def at(self, user_id: int, day: dt.date) -> Mapping[str, Past]:
        """Return the newest past that is not after the day, by the activity's name key."""
        found = {}
        owner = self.draft.state.owner(user_id)
        for key in owner.activities.keys() & owner.pasts.keys():
            months = owner.pasts[key]
            numbers = [number for number, pasts in months.items() if pasts[0].through <= day]
            if numbers:
                found[key] = [one for one in months[max(numbers)] if one.through <= day][-1]
        return found

    def day(self, user_id: int, day: dt.date) -> Sequence[HabitDay]:
        """Return the user's activities that are active on the day, by name."""
        owner = self.draft.state.owner(user_id)
        entries = owner.on(day)
        pasts = {} if day == dt.date.min else self.at(user_id, day - dt.timedelta(days=1))
        return [
            habit_day(one, entries.get(key), pasts.get(key))
            for key, one in sorted(owner.activities.items())
            if one.active_on(day)
        ]

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:
        """Keep the pasts in place of all of their month."""
        known = self.draft.state.owner(user_id).pasts
        month = _month(pasts[0].through)
        self._set(user_id, {**known, key: {**known.get(key, {}), month: tuple(pasts)}})

    def forget(self, user_id: int, keys: Collection[str] | None, day: dt.date) -> None:
        """Forget every month that has something of the day or after it."""
        known = self.draft.state.owner(user_id).pasts
        kept = dict(known)
        for key in known if keys is None else known.keys() & set(keys):
            kept[key] = {number: pasts for number, pasts in known[key].items() if pasts[-1].through < day}
        self._set(user_id, {key: months for key, months in kept.items() if months})

    def _set(self, user_id: int, pasts: Mapping[str, KeptMonths]) -> None:
        state = self.draft.state
        if state.users.get(user_id) is not None:
            owner = evolve(state.owner(user_id), pasts=pasts)
            self.draft.change(owners=state.owners_with(user_id, owner))


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month
