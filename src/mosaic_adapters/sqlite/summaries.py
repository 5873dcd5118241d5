"""The summed-up days in SQLite.

Statistics look at whole months and at every day there ever was. Reading the entries themselves for that would
cost more with every entry, so `day_summaries` holds what a day amounts to, and `year_values` the sum of each
day of a year in one row.
"""

import datetime as dt
import math
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from mosaic_adapters.year_values import changed_year, daily_values
from mosaic_core.errors import TakesLong
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import SummaryRepository

_HURRIED_CHARACTERS = 2**17
"""So much is decoded in a millisecond. A month of fifty activities a day has a third of that."""


class SqliteSummaries(SummaryRepository):
    """The `day_summaries` and `year_values` tables."""

    def __init__(self, connection: sqlite3.Connection, *, is_hurried: bool = False) -> None:
        self._execute = connection.execute
        self._most = _HURRIED_CHARACTERS if is_hurried else math.inf

    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        """Keep the summaries in place of the days' earlier ones."""
        for year, days in groupby(sorted(summaries), lambda day: day.year):
            self._replace_in_year(user_id, year, {day: summaries[day] for day in days})

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the summaries of the days in the range, oldest first."""
        rows = self._execute(
            "SELECT summary FROM day_summaries WHERE user_id = ? AND day BETWEEN ? AND ? ORDER BY day",
            (user_id, first.isoformat(), last.isoformat()),
        ).fetchall()
        if sum([len(summary) for (summary,) in rows]) > self._most:
            raise TakesLong
        return [_decode(summary) for (summary,) in rows]

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from the first year with summaries to `last`."""
        rows = self._execute(
            "SELECT year, daily FROM year_values WHERE user_id = ? AND year <= ? ORDER BY year",
            (user_id, last.year),
        ).fetchall()
        return daily_values(rows, last)

    def _replace_in_year(
        self, user_id: int, year: int, summaries: Mapping[dt.date, DaySummary | None]
    ) -> None:
        row = self._execute(
            "SELECT daily FROM year_values WHERE user_id = ? AND year = ?", (user_id, year)
        ).fetchone()
        for day, summary in summaries.items():
            self._keep(user_id, day.isoformat(), summary)
        self._execute(
            """INSERT INTO year_values (user_id, year, daily) SELECT id, ?, ? FROM users WHERE id = ?
               ON CONFLICT (user_id, year) DO UPDATE SET daily = excluded.daily""",
            (year, changed_year(row[0] if row else None, summaries), user_id),
        )

    def _keep(self, user_id: int, day: str, summary: DaySummary | None) -> None:
        if summary is None:
            self._execute("DELETE FROM day_summaries WHERE user_id = ? AND day = ?", (user_id, day))
            return
        self._execute(
            """INSERT INTO day_summaries (user_id, day, summary) SELECT id, ?, ? FROM users WHERE id = ?
               ON CONFLICT (user_id, day) DO UPDATE SET summary = excluded.summary""",
            (day, msgspec.json.encode(summary).decode(), user_id),
        )


_decode = msgspec.json.Decoder(DaySummary).decode
