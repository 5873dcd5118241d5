"""The summed-up days in SQLite.

Statistics look at whole months and at every day there ever was. Reading the entries themselves for that would
cost more with every entry, so each transaction sums up the days it wrote at its end, from the entries as they
then are: `day_summaries` holds what `summarise` tells of a day, `year_values` the sum of each day of a year.
"""

import calendar
import datetime as dt
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec

from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import DayRepository
from mosaic_core.stats.summary import PositiveEntry, summarise

_LEAP_YEAR = 366


class SqliteDays(DayRepository):
    """The `day_summaries` and `year_values` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._touched: set[tuple[int, str]] = set()

    def touch(self, owner: int | None, days: Iterable[str]) -> None:
        """Remember that entries of the owner's days were written; shared entries count for nobody."""
        if owner is not None:
            self._touched.update((owner, day) for day in days)

    def touched(self) -> frozenset[tuple[int, str]]:
        """Return the days that are not summed up yet."""
        return frozenset(self._touched)

    def touch_again(self, days: frozenset[tuple[int, str]]) -> None:
        """Remember days again whose sums are undone."""
        self._touched.update(days)

    def settle(self) -> None:
        """Sum up every touched day again."""
        touched, self._touched = sorted(self._touched), set()
        for (user_id, year), days in groupby(touched, lambda one: (one[0], one[1][:4])):
            self._settle_year(user_id, int(year), [day for _, day in days])

    def forget_touched(self) -> None:
        """Leave the touched days as they are: what was written to them is undone."""
        self._touched.clear()

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the days in the range that have positive entries, oldest first."""
        self.settle()
        rows = self._execute(
            "SELECT summary FROM day_summaries WHERE user_id = ? AND day BETWEEN ? AND ? ORDER BY day",
            (user_id, first.isoformat(), last.isoformat()),
        ).fetchall()
        return [_decode(summary) for (summary,) in rows]

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from the first year with entries to `last`."""
        self.settle()
        rows = self._execute(
            "SELECT year, daily FROM year_values WHERE user_id = ? AND year <= ? ORDER BY year",
            (user_id, last.year),
        ).fetchall()
        if not rows:
            return DailyValues(last, array("d"))
        first = dt.date(rows[0][0], 1, 1)
        values = array("d")
        for year, daily in rows:
            values.extend(_zeros((dt.date(year, 1, 1) - first).days - len(values)))
            values.frombytes(daily)
            if not calendar.isleap(year):
                values.pop()
        length = (last - first).days + 1
        values.extend(_zeros(length - len(values)))
        return DailyValues(first, values[:length])

    def _settle_year(self, user_id: int, year: int, days: Sequence[str]) -> None:
        row = self._execute(
            "SELECT daily FROM year_values WHERE user_id = ? AND year = ?", (user_id, year)
        ).fetchone()
        daily = array("d", row[0]) if row else _zeros(_LEAP_YEAR)
        for day in days:
            date = dt.date.fromisoformat(day)
            summary = summarise(date, self._positive(user_id, day))
            self._keep(user_id, day, summary)
            daily[date.timetuple().tm_yday - 1] = summary.value if summary else 0.0
        self._execute(
            """INSERT INTO year_values (user_id, year, daily) SELECT id, ?, ? FROM users WHERE id = ?
               ON CONFLICT (user_id, year) DO UPDATE SET daily = excluded.daily""",
            (year, daily.tobytes(), user_id),
        )

    def _positive(self, user_id: int, day: str) -> Iterable[PositiveEntry]:
        return self._execute(
            """SELECT category, activity, value, goal FROM entries
               WHERE user_id = ? AND day = ? AND activity_type = 'positive'""",
            (user_id, day),
        ).fetchall()

    def _keep(self, user_id: int, day: str, summary: DaySummary | None) -> None:
        if summary is None:
            self._execute("DELETE FROM day_summaries WHERE user_id = ? AND day = ?", (user_id, day))
            return
        self._execute(
            """INSERT INTO day_summaries (user_id, day, summary) VALUES (?, ?, ?)
               ON CONFLICT (user_id, day) DO UPDATE SET summary = excluded.summary""",
            (user_id, day, msgspec.json.encode(summary).decode()),
        )


_summary_decoder = msgspec.json.Decoder(DaySummary)


def _decode(summary: str) -> DaySummary:
    return _summary_decoder.decode(summary)


def _zeros(length: int) -> "array[float]":
    return array("d", bytes(8 * max(length, 0)))
