"""The summed-up days in PostgreSQL.

Statistics look at whole months and at every day there ever was. Reading the entries themselves for that would
cost more with every entry, so `day_summaries` holds what a day amounts to, and `year_values` the sum of each
day of a year in one row.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from mosaic_adapters.postgresql.runs import current_run
from mosaic_adapters.postgresql.transaction import Transaction, columns_of
from mosaic_adapters.year_values import YEAR_BYTES, changed_year, daily_values, place_in_year, sum_of
from mosaic_core.errors import TakesLong
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import SummaryRepository

_KEEP = """
    INSERT INTO day_summaries (user_id, day, summary)
    SELECT u.id, kept.day, kept.summary
    FROM users AS u, unnest(%s::date[], %s::text[]) AS kept (day, summary) WHERE u.id = %s
    ON CONFLICT (user_id, day) DO UPDATE SET summary = excluded.summary"""
_FEW_DAYS = 4
"""To write so many days of a year anew is less than to read the year before it is written."""

_KEEP_YEAR = """
    INSERT INTO year_values (user_id, year, daily) SELECT id, %s, %s FROM users WHERE id = %s
    ON CONFLICT (user_id, year) DO UPDATE SET daily = excluded.daily"""
_KEEP_DAY_OF_YEAR = f"""
    INSERT INTO year_values AS y (user_id, year, daily)
    SELECT u.id, %(year)s, overlay(zeros PLACING %(sum)s FROM 1 + %(place)s::int)
    FROM users AS u, decode(repeat('00', {YEAR_BYTES}), 'hex') AS zeros WHERE u.id = %(user)s
    ON CONFLICT (user_id, year) DO UPDATE
    SET daily = overlay(y.daily PLACING %(sum)s FROM 1 + %(place)s::int)"""  # noqa: S608  # a constant

_MOST_ON_LOOP = 2**17
"""So many characters are decoded in a millisecond. A month of fifty activities a day has a third of that."""


class PostgresqlSummaries(SummaryRepository):
    """The `day_summaries` and `year_values` tables."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        """Keep the summaries in place of the days' earlier ones."""
        self._in.own(user_id)
        gone = [day for day, summary in summaries.items() if summary is None]
        kept = [(day, msgspec.json.encode(summary).decode()) for day, summary in summaries.items() if summary]
        if gone:
            self._in.say("DELETE FROM day_summaries WHERE user_id = %s AND day = ANY(%s)", (user_id, gone))
        if kept:
            self._in.say(_KEEP, (*columns_of(kept), user_id))
        for year, days in groupby(sorted(summaries), lambda day: day.year):
            self._replace_in_year(user_id, year, {day: summaries[day] for day in days})

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the summaries of the days in the range, oldest first."""
        self._in.own(user_id)
        rows = self._in.rows(
            "SELECT summary FROM day_summaries WHERE user_id = %s AND day BETWEEN %s AND %s ORDER BY day",
            (user_id, first, last),
        )
        if current_run() is not None and sum([len(summary) for (summary,) in rows]) > _MOST_ON_LOOP:
            raise TakesLong
        return [_decode(summary) for (summary,) in rows]

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from the first year with summaries to `last`."""
        self._in.own(user_id)
        rows = self._in.rows(
            "SELECT year, daily FROM year_values WHERE user_id = %s AND year <= %s ORDER BY year",
            (user_id, last.year),
        )
        return daily_values(rows, last)

    def _replace_in_year(
        self, user_id: int, year: int, summaries: Mapping[dt.date, DaySummary | None]
    ) -> None:
        if len(summaries) <= _FEW_DAYS:
            for day, summary in summaries.items():
                self._replace_in_place(user_id, day, summary)
            return
        row = self._in.row("SELECT daily FROM year_values WHERE user_id = %s AND year = %s", (user_id, year))
        self._in.say(_KEEP_YEAR, (year, changed_year(row[0] if row else None, summaries), user_id))

    def _replace_in_place(self, user_id: int, day: dt.date, summary: DaySummary | None) -> None:
        values = {
            "user": user_id,
            "year": day.year,
            "sum": sum_of(summary),
            "place": place_in_year(day),
        }
        self._in.say(_KEEP_DAY_OF_YEAR, values)


_decode = msgspec.json.Decoder(DaySummary).decode
