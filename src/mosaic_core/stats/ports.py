"""What the statistics need from a store."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mosaic_core.stats.model import DailyValues, DaySummary


class DayRepository(Protocol):
    """Tells a user's days, summed up from their own positive entries. Always agrees with the entries."""

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the days from `first` to `last`, both included, that have positive entries, oldest first."""
        ...

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from a day not after the user's first positive entry to `last`.

        A day's sum is the one that `summaries` tells, 0 if it tells none. There may be no values at all if
        every one of them would be 0.
        """
        ...
