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
    views_ok: bool
    commons_ok: bool = True

    @property
    def cache_ok(self) -> bool:
        """Whether this process caches views, and what servers share can be reached."""
        return self.views_ok and self.commons_ok

    @property
    def is_well(self) -> bool:
        """Whether the server can do its work. What servers share is a help and no more.

        A proxy that took every server away which has lost it would make a slow answer none at all.
        """
        return self.db_ok and self.views_ok


class Health:
    """Checks the store and the cache, one check at a time.

    Everybody who asks during a check, or within a second after it, gets its result. A check that takes too
    long counts as failed for everybody until it ends: a disk that hangs holds one thread, and no client for
    long. Of the cache it tells then what the last check found.
    """

    def __init__(self, mosaic: Mosaic) -> None:
        self._mosaic = mosaic
        self._check: asyncio.Task[Found] | None = None
        self._views_ok = self._commons_ok = True
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
        self._views_ok = self._mosaic.views.works()
        self._commons_ok = self._mosaic.commons.works()
        try:
            self._mosaic.store.check()
        except MosaicError:
            return self._no_answer()
        return self._found(db_ok=True)

    def _no_answer(self) -> Found:
        return self._found(db_ok=False)

    def _found(self, *, db_ok: bool) -> Found:
        return Found(db_ok, self._views_ok, self._commons_ok)
