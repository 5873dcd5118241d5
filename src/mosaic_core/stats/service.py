"""Statistics: what a person has reached."""

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from mosaic_core.accounts.model import Caller
from mosaic_core.caching import Cache, CacheKey, cached
from mosaic_core.calendar import day_in, window
from mosaic_core.clock import Clock
from mosaic_core.stats.calculator import StatsCalculator
from mosaic_core.stats.model import Progress
from mosaic_core.store import Store
from mosaic_core.views import STATS, STATS_SECONDS

T = TypeVar("T")


@frozen
class StatsService:
    """The use case of statistics."""

    store: Store
    clock: Clock
    cache: Cache

    def progress(self, caller: Caller, day: dt.date | None, present: Callable[[Progress], T]) -> T:
        """Return what the caller has reached as of a day (None: their today), as `present` shows it.

        Only the caller's own rows count, an administrator's too. What `present` returns is cached.
        """
        asked = day or day_in(caller.timezone, self.clock.now())
        key = CacheKey(STATS, caller.scope, (asked.isoformat(), present.__name__))
        return cached(self.cache, key, STATS_SECONDS, lambda: present(self._progress(caller.user_id, asked)))

    def _progress(self, user_id: int, asked: dt.date) -> Progress:
        first, last = window(asked, 31)
        with self.store.read() as unit:
            return StatsCalculator(
                day=asked,
                activities=unit.activities.owned(user_id),
                summaries=unit.days.summaries(user_id, first, last),
                daily=unit.days.values(user_id, asked),
            ).progress()
