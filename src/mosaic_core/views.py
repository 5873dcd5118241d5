"""The cached views, and what makes them stale."""

import logging
from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from mosaic_core.caching import Cache, CacheKey
from mosaic_core.store import Store, UnitOfWork

T = TypeVar("T")

SESSION = "session"
TODAY = "today"
PROGRESS = "progress"

SESSION_SECONDS = 60.0
TODAY_SECONDS = 60.0
PROGRESS_SECONDS = 300.0

_log = logging.getLogger("mosaic.views")


@define(eq=False)
class Views:
    """Gives cached views that are never stale.

    Whoever asks for a view sees what was committed before, by this process or another, whatever the cache
    does: as long as the cache could not forget what it had to, it is not asked.
    """

    store: Store
    cache: Cache
    _elsewhere: int = field(init=False, default=-1)
    _is_stale: bool = field(init=False, default=False)

    def get(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:
        """Return the cached value of `key`, computed and kept for so many seconds if there is none.

        The value must be immutable: everybody who asks gets the same one.
        """
        elsewhere = self.store.elsewhere()
        if (self._is_stale or elsewhere != self._elsewhere) and not self._cleared(elsewhere):
            return compute()
        return self.cache.get(key, seconds, compute)

    def works(self) -> bool:
        """Return whether views are cached: the cache works, and could forget what it had to."""
        return not self._is_stale and self.cache.works()

    def days_changed(self, unit: UnitOfWork, owner: int | None) -> None:
        """Once the unit is durable, forget what was cached of the owner's days.

        Shared rows show in every administrator's view, so a change of theirs forgets everybody's Today.
        """
        prefixes = (TODAY,) if owner is None else (TODAY, PROGRESS)
        unit.pending.after_commit(lambda: self._forget(prefixes, owner))

    def account_changed(self, unit: UnitOfWork, user_id: int) -> None:
        """Once the unit is durable, forget who the user was, and their days: their time zone may differ."""
        unit.pending.after_commit(lambda: self._forget((SESSION, TODAY, PROGRESS), user_id))

    def _forget(self, prefixes: tuple[str, ...], user_id: int | None) -> None:
        try:
            for prefix in prefixes:
                self.cache.forget(prefix, user_id)
        except BaseException:
            self._is_stale = True
            raise

    def _cleared(self, elsewhere: int) -> bool:
        """Clear the cache, and return whether it could be."""
        self._is_stale = False  # before clearing: what fails to be forgotten meanwhile makes it stale again
        try:
            self.cache.clear()
        except Exception:  # noqa: BLE001  # any failure of a cache is one to live with
            self._is_stale = True
            _log.warning("the cache cannot be cleared, so it is not used")
            return False
        self._elsewhere = elsewhere
        return True
