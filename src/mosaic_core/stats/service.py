"""Statistics: what a person has reached."""

import datetime as dt

from attrs import frozen

from mosaic_core.calendar import window
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.rules import require_plain_date
from mosaic_core.stats.calculator import StatsCalculator
from mosaic_core.stats.model import Progress
from mosaic_core.store import Store


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
                activities=unit.activities.owned(caller.user_id),
                summaries=unit.summaries.summaries(caller.user_id, first, last),
                daily=unit.summaries.values(caller.user_id, asked),
            ).progress()
