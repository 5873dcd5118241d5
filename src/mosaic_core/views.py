"""The cached views, and what makes them stale."""

from mosaic_core.caching import Cache
from mosaic_core.store import UnitOfWork

SESSION = "session"
TODAY = "today"
STATS = "stats"

SESSION_SECONDS = 60.0
TODAY_SECONDS = 60.0
STATS_SECONDS = 300.0


def days_changed(unit: UnitOfWork, cache: Cache, owner: int | None) -> None:
    """Once the unit is durable, forget what was cached of the owner's days.

    Shared rows show in every administrator's view, so a change of theirs forgets everybody's Today.
    """

    def forget() -> None:
        cache.invalidate(TODAY, owner)
        if owner is not None:
            cache.invalidate(STATS, owner)

    unit.after_commit(forget)


def account_changed(unit: UnitOfWork, cache: Cache, user_id: int) -> None:
    """Once the unit is durable, forget who the user was, and their days: their time zone may differ."""

    def forget() -> None:
        for prefix in (SESSION, TODAY, STATS):
            cache.invalidate(prefix, user_id)

    unit.after_commit(forget)
