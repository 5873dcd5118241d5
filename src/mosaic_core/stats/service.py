"""Statistics: what a person has reached."""

import datetime as dt

from attrs import frozen

from mosaic_core.calendar import LAST_DAY, window
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.stats.calculator import StatsCalculator
from mosaic_core.stats.model import DailyValues, Progress
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.validators import require_plain_date


@frozen
class StatsService:
    """The use case of statistics."""

    store: Store
    clock: Clock

    def progress(self, caller: Caller, day: dt.date | None = None) -> Progress:
        """Return what the caller has reached as of a day (None: their today).

        Only the caller's own rows count, an administrator's too.
        """
        asked = day or caller.today(self.clock.now())
        require_plain_date("date", asked)
        first, last = window(asked, 31)
        with self.store.read() as unit:
            return StatsCalculator(
                day=asked,
                goals=unit.activities.goals(caller.user_id, asked),
                summaries=unit.summaries.summaries(caller.user_id, first, last),
                daily=_daily(unit, caller.user_id, asked),
            ).progress()


def _daily(unit: UnitOfWork, user_id: int, day: dt.date) -> DailyValues:
    """Return the values of all days up to `day`; of the many empty ones behind LAST_DAY, two."""
    daily = unit.summaries.values(user_id, min(day, LAST_DAY))
    behind = min((day - LAST_DAY).days, 2)  # which end any streak
    if behind <= 0 or not daily.values:
        return daily
    return DailyValues(daily.first, [*daily.values, *[0.0] * behind])
