"""Days summed up from the entries in memory."""

import datetime as dt
from array import array
from collections.abc import Sequence

from attrs import frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import DayRepository


@frozen
class MemoryDays(DayRepository):
    """Sums up the days of a draft; each day keeps its sum until its entries change."""

    draft: Draft

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the days with positive entries, oldest first."""
        days = self.draft.state.owner(user_id).days.items(first.toordinal(), last.toordinal())
        return [day.summary for _, day in days if day.summary is not None]

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from the first positive entry on."""
        known = self.summaries(user_id, dt.date.min, last)
        if not known:
            return DailyValues(last, array("d"))
        first = known[0].day
        values = array("d", bytes(8 * ((last - first).days + 1)))
        for summary in known:
            values[(summary.day - first).days] = summary.value
        return DailyValues(first, values)
