"""Whether the store and the cache are well, checked once for everybody who asks."""

import asyncio

from attrs import frozen

from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane

_HOLDS_SECONDS = 1.0
"""How long a result is used again: whoever watches a server asks every few seconds."""
_PATIENCE_SECONDS = 8.0
"""Longer than a check waits for a busy store, shorter than `mosaic health` waits for an answer."""


@frozen
class Found:
    """What a check found."""

    db_ok: bool
    cache_ok: bool

    @property
    def is_well(self) -> bool:
        """Whether the server can do its work."""
        return self.db_ok and self.cache_ok


class Health:
    """Checks the store and the cache, one check at a time.

    Everybody who asks during a check, or within a second after it, gets its result. A check that takes too
    long counts as failed for everybody until it ends: a disk that hangs holds one thread, and no client for
    long. Of the cache it tells then what the last check found.
    """

    def __init__(self, mosaic: Mosaic) -> None:
        self._mosaic = mosaic
        self._check: asyncio.Task[Found] | None = None
        self._cache_ok = True
        self._begun = 0.0
        self._until = 0.0

    async def look(self) -> Found:
        """Return whether the store answers and is sound, and whether the cache works."""
        now = self._mosaic.clock.monotonic()
        check = self._check
        if check is None or (check.done() and now >= self._until):
            self._begun = now
            self._check = check = asyncio.create_task(self._checked())
        if not check.done():
            await asyncio.wait({check}, timeout=max(0.0, self._begun + _PATIENCE_SECONDS - now))
        return check.result() if check.done() else self._no_answer()

    async def _checked(self) -> Found:
        try:
            return await self._mosaic.lanes.run(Lane.CHECK, self._looked_at)
        except MosaicError:
            return self._no_answer()
        finally:
            self._until = self._mosaic.clock.monotonic() + _HOLDS_SECONDS

    def _looked_at(self) -> Found:
        self._cache_ok = self._mosaic.views.works()
        try:
            self._mosaic.store.check()
        except MosaicError:
            return self._no_answer()
        return Found(db_ok=True, cache_ok=self._cache_ok)

    def _no_answer(self) -> Found:
        return Found(db_ok=False, cache_ok=self._cache_ok)
