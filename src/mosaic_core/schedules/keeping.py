"""Keeping what habits amounted to, so that an agenda costs the same after two years and after ten.

What is kept is computed from all entries before it, never counted up. A change forgets it from its day on,
in its own transaction, and it is computed again, from what is left of it, once somebody asks.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache

from attrs import frozen

from mosaic_core.caller import Caller
from mosaic_core.errors import ServiceUnavailable, StorageFull
from mosaic_core.schedules.calculator import HabitCalculator
from mosaic_core.schedules.reading import ONE_DAY, HabitReading
from mosaic_core.store import Store, run_again

_DAYS_AT_ONCE = 10_000
"""So many days are computed in one transaction, some ten milliseconds: others write in between."""

Span = tuple[dt.date, dt.date]
"""A first and a last day."""


@frozen
class PastKeeper:
    """Computes and keeps what the habits of users amounted to."""

    store: Store

    def keep(self, caller: Caller, through: dt.date) -> None:
        """Keep what the caller's habits amounted to at the end of each day up to `through`.

        Of a long time without entries its last month alone is kept. Where the store takes nothing (its disk
        is full, or it is too busy), nothing is lost: it is computed whenever somebody asks.
        """
        with self.store.read() as unit:
            if next(_lagging(HabitReading.of(unit, caller), through), None) is None:
                return
        try:
            while run_again(lambda: self._keep_some(caller, through)):
                pass
        except (StorageFull, ServiceUnavailable):
            return

    def _keep_some(self, caller: Caller, through: dt.date) -> bool:
        """Keep some thousand days; return whether there may be more."""
        left = _DAYS_AT_ONCE
        with self.store.write() as unit:
            for key, calculator in _lagging(HabitReading.of(unit, caller), through):
                for pasts in calculator.pasts(_months(calculator, through)):
                    unit.pasts.keep(caller.user_id, key, pasts)
                    left -= len(pasts)
                if left <= 0:
                    return True
        return False


def _lagging(reading: HabitReading, through: dt.date) -> Iterator[tuple[str, HabitCalculator]]:
    """Yield the habits of which less than the days up to `through` is kept, by the name key of the activity.

    Each goes on from the end of the last month of which all is kept that is ever kept of it.
    """
    pasts_before = cache(reading.pasts)
    known = pasts_before(through + ONE_DAY)
    for key, activity in reading.activities():
        past = known.get(key)
        if (past is not None and past.through == through) or not reading.keeps(activity):
            continue
        whole = past and pasts_before(past.through.replace(day=1)).get(key)
        calculator = reading.calculator_of(activity, through + ONE_DAY, whole)
        if whole is not None or calculator.values:
            yield key, calculator


def _months(calculator: HabitCalculator, through: dt.date) -> Sequence[Span]:
    """Return the months that have entries, and that of the day `through`, none of them beyond it."""
    months = {day.replace(day=1) for day in (*calculator.values, through) if day <= through}
    ends = [((first + dt.timedelta(days=31)).replace(day=1) - ONE_DAY) for first in sorted(months)]
    return [(last.replace(day=1), min(last, through)) for last in ends]
