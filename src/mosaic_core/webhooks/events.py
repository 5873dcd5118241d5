"""Events for webhooks: they are put into the outbox in the transaction of the change that they tell of."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.model import AddEntry, WrittenEntry
from mosaic_core.stats.calculator import streaks
from mosaic_core.stats.summary import exact_sum
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.webhooks.model import (
    BACKUP_FAILED,
    DAY_FINALIZED,
    ENTRY_ADDED,
    MOST_WAITING,
    STREAK_REACHED,
    Delivery,
    Webhook,
    reached,
)

Data = Mapping[str, Any]


@frozen
class Outbox:
    """Puts events where they wait to be delivered: within the unit, so that both happen or neither does."""

    store: Store
    clock: Clock

    def entry(
        self, unit: UnitOfWork, caller: Caller, said: AddEntry, put: Callable[[AddEntry], WrittenEntry]
    ) -> WrittenEntry:
        """Write the entry with `put`, and tell of it and of a streak that it makes long enough."""
        watches_streaks = any(one.wants(STREAK_REACHED) for one in unit.webhooks.of(caller.user_id))
        before = self._streak(caller) if watches_streaks else 0
        written = put(said)
        self._tell(unit, caller.user_id, ENTRY_ADDED, _told(written))
        for length in reached(before, self._streak(caller)) if watches_streaks else ():
            self._tell(unit, caller.user_id, STREAK_REACHED, {"length": length})
        return written

    def finalized(self, unit: UnitOfWork, caller: Caller, data: Data) -> None:
        """Tell that a day of the caller's was finalized."""
        self._tell(unit, caller.user_id, DAY_FINALIZED, data)

    def backup_failed(self, unit: UnitOfWork, error: str) -> None:
        """Tell all administrators that a backup failed."""
        for user in unit.users.every():
            if user.is_admin:
                self._tell(unit, user.id, BACKUP_FAILED, {"error": error})

    def _tell(self, unit: UnitOfWork, user_id: int, event: str, data: Data) -> None:
        for webhook in unit.webhooks.of(user_id):
            if webhook.wants(event):
                self._put(unit, webhook, event, data)

    def _put(self, unit: UnitOfWork, webhook: Webhook, event: str, data: Data) -> None:
        now = self.clock.now()
        if unit.webhooks.count_waiting(webhook.id) >= MOST_WAITING:
            left_out = f"{MOST_WAITING} events are waiting; newer ones were left out"
            unit.webhooks.update(evolve(webhook, last_error=left_out, given_up=webhook.given_up + 1))
            return
        if webhook.due_at is None:
            unit.webhooks.update(evolve(webhook, due_at=now))
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        unit.webhooks.put(Delivery(0, webhook.id, event, now, text))

    def _streak(self, caller: Caller) -> int:
        """Return the caller's streak as of their today, with all that was written so far."""
        day = caller.today(self.clock.now())
        with self.store.read() as unit:
            goals = unit.activities.goals(caller.user_id, day)
            daily = unit.summaries.values(caller.user_id, day)
        return streaks(daily.values, exact_sum([goal for _, goal in goals]))[0]


def _told(written: WrittenEntry) -> Data:
    entry = written.entry
    return {
        "entry_id": entry.id,
        "date": entry.date.isoformat(),
        "activity": entry.activity,
        "value": entry.value,
        "note": entry.note,
        "created": written.is_new,
    }
