"""The cached views, and what makes them stale."""

import logging
from collections.abc import Callable
from typing import TypeVar

from attrs import define, field, frozen

from mosaic_core.caching import Cache, CacheKey
from mosaic_core.commons import Commons, NoCommons
from mosaic_core.store import Store, UnitOfWork

T = TypeVar("T")

SESSION = "session"
TODAY = "today"
PROGRESS = "progress"
AGENDA = "agenda"
HISTORY = "history"

SESSION_SECONDS = 60.0
TODAY_SECONDS = 60.0
PROGRESS_SECONDS = 300.0
AGENDA_SECONDS = 60.0
HISTORY_SECONDS = 300.0

_HABITS = (AGENDA, HISTORY)

_log = logging.getLogger("mosaic.views")


@define(eq=False)
class Views:
    """Gives cached views that are never stale.

    Whoever asks for a view sees what was committed before, by this process or another, whatever the cache
    does: as long as the cache could not forget what it had to, it is not asked.
    """

    store: Store
    cache: Cache
    commons: Commons = field(factory=NoCommons)
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

    def shared(self, key: CacheKey, seconds: float, compute: Callable[[], bytes]) -> bytes:
        """Return what `get` does, and before computing look whether another server has done so.

        What servers share is kept under the state that the store had before it was computed, as the question
        found that `get` asks anyway. So no commit has to be told to anybody, nothing that is kept is ever
        stale, and a loss of what servers share changes nothing but the time it takes. It pays for what is
        dear, and while nobody writes: any commit makes a new state, and looking for what nobody has kept
        costs a trip. Over PostgreSQL, that and keeping it takes a tenth of the processor time of a history, a
        sixth of that of an agenda or statistics, and two fifths of that of a Today, which is not shared.
        """
        return self.get(key, seconds, lambda: self._found_or_computed(key, seconds, compute))

    def works(self) -> bool:
        """Return whether views are cached: the cache works, and could forget what it had to."""
        return not self._is_stale and self.cache.works()

    def days_changed(self, unit: UnitOfWork, owner: int | None) -> None:
        """Once the unit is durable, forget what was cached of the owner's days.

        Shared rows show in every administrator's view, so a change of theirs forgets everybody's Today and
        habits.
        """
        prefixes = (TODAY, *_HABITS) if owner is None else (TODAY, PROGRESS, *_HABITS)
        unit.pending.after_commit(_Forget(self, prefixes, owner))

    def habits_changed(self, unit: UnitOfWork, user_id: int) -> None:
        """Once the unit is durable, forget how the user's habits stood."""
        unit.pending.after_commit(_Forget(self, _HABITS, user_id))

    def account_changed(self, unit: UnitOfWork, user_id: int) -> None:
        """Once the unit is durable, forget who the user was, and their days: their time zone may differ."""
        unit.pending.after_commit(_Forget(self, (SESSION, TODAY, PROGRESS, *_HABITS), user_id))

    def forget(self, prefixes: tuple[str, ...], user_id: int | None) -> None:
        """Forget the views under the prefixes, of one user or of all users."""
        try:
            for prefix in prefixes:
                self.cache.forget(prefix, user_id)
        except BaseException:
            self._is_stale = True
            raise

    def _found_or_computed(self, key: CacheKey, seconds: float, compute: Callable[[], bytes]) -> bytes:
        state = self.store.state()
        if not state:
            return compute()
        place = f"{state}::{key.text}"
        value = self.commons.value(place)
        if value is None:
            value = compute()
            self.commons.keep(place, value, seconds)
        return value

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


@frozen
class _Forget:
    """What is to be forgotten; many writes of one transaction want the same, which is done once."""

    views: Views
    prefixes: tuple[str, ...]
    user_id: int | None

    def __call__(self) -> None:
        self.views.forget(self.prefixes, self.user_id)
