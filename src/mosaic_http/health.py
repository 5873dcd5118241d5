"""Whether the store is well, checked once for everybody who asks."""

import asyncio

from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane

_HOLDS_SECONDS = 1.0
"""How long a result is used again: whoever watches a server asks every few seconds."""
_PATIENCE_SECONDS = 8.0
"""Longer than a check waits for a busy store, shorter than `mosaic health` waits for an answer."""


class Health:
    """Checks the store, one check at a time.

    Everybody who asks during a check, or within a second after it, gets its result. A check that takes too
    long counts as failed for everybody until it ends: a disk that hangs holds one thread, and no client for
    long.
    """

    def __init__(self, mosaic: Mosaic) -> None:
        self._mosaic = mosaic
        self._check: asyncio.Task[bool] | None = None
        self._begun = 0.0
        self._ended = 0.0

    async def store_answers(self) -> bool:
        """Return whether the store answers and is sound."""
        check = self._current()
        left = self._begun + _PATIENCE_SECONDS - self._mosaic.clock.monotonic()
        done, _ = await asyncio.wait({check}, timeout=max(0.0, left))
        return bool(done) and check.result()

    def _current(self) -> "asyncio.Task[bool]":
        """Return the check that is under way or has just ended, else a new one."""
        now = self._mosaic.clock.monotonic()
        check = self._check
        if check is None or (check.done() and now - self._ended >= _HOLDS_SECONDS):
            self._begun = now
            self._check = check = asyncio.create_task(self._checked())
        return check

    async def _checked(self) -> bool:
        try:
            await self._mosaic.lanes.run(Lane.CHECK, self._mosaic.store.check)
        except MosaicError:
            return False
        finally:
            self._ended = self._mosaic.clock.monotonic()
        return True
