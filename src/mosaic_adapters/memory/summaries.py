"""Summed-up days in memory."""

import datetime as dt
from array import array
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import SummaryRepository


@frozen
class MemorySummaries(SummaryRepository):
    """Keeps summed-up days in a draft."""

    draft: Draft

    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        """Keep the summaries in place of the days' earlier ones."""
        state = self.draft.state
        if state.users.get(user_id) is None:
            return
        owner = state.owner(user_id)
        kept = owner.summaries
        for day, summary in summaries.items():
            number = day.toordinal()
            kept = kept.drop(number) if summary is None else kept.put(number, summary)
        self.draft.change(owners=state.owners_with(user_id, evolve(owner, summaries=kept)))

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the summaries, oldest first."""
        kept = self.draft.state.owner(user_id).summaries
        return [summary for _, summary in kept.items(first.toordinal(), last.toordinal())]

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from the first summary on."""
        known = self.summaries(user_id, dt.date.min, last)
        if not known:
            return DailyValues(last, array("d"))
        first = known[0].day
        values = array("d", bytes(8 * ((last - first).days + 1)))
        for summary in known:
            values[(summary.day - first).days] = summary.value
        return DailyValues(first, values)
