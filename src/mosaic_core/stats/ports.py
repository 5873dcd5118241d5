"""What the statistics need from a store."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from mosaic_core.stats.model import DailyValues, DaySummary


class SummaryRepository(Protocol):
    """Keeps the summed-up days of users: what their own positive entries amount to, day by day.

    The core decides when a day is summed up again (see `Pending`); this only keeps what it is given.
    """

    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        """Keep the summaries in place of the days' earlier ones; None removes a day.

        Nothing is kept of a user who is gone.
        """
        ...

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the summaries of the days from `first` to `last`, both included, oldest first."""
        ...

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from a day not after the user's first summary to `last`.

        A day's sum is its summary's `value`, 0 if it has no summary. There may be no values at all if every
        one of them would be 0.
        """
        ...
