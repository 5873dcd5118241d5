"""Whether the store is well, found out once for all who ask."""

import asyncio

from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane

_HOLDS_SECONDS = 1.0
"""So long an answer is given again: checkers ask every few seconds."""
_PATIENCE_SECONDS = 8.0
"""Longer than a busy store makes a check wait, shorter than `mosaic health` waits for the answer."""


class Health:
    """Looks at the store, one look at a time, whose answer all get who ask meanwhile and shortly after.

    A look that takes too long counts as a failed one, for those who wait and for those who come, until it
    ends: a disk that hangs holds up one thread, and nobody for long.
    """

    def __init__(self, mosaic: Mosaic) -> None:
        self._mosaic = mosaic
        self._look: asyncio.Task[bool] | None = None
        self._begun = 0.0
        self._ended = 0.0

    async def store_answers(self) -> bool:
        """Return whether the store answers with sound data."""
        look = self._current()
        left = self._begun + _PATIENCE_SECONDS - self._mosaic.clock.monotonic()
        done, _ = await asyncio.wait({look}, timeout=max(0.0, left))
        return bool(done) and look.result()

    def _current(self) -> "asyncio.Task[bool]":
        """Return the look that goes on or has just ended, else a new one."""
        now = self._mosaic.clock.monotonic()
        look = self._look
        if look is None or (look.done() and now - self._ended >= _HOLDS_SECONDS):
            self._begun = now
            self._look = look = asyncio.create_task(self._looked())
        return look

    async def _looked(self) -> bool:
        try:
            await self._mosaic.lanes.run(Lane.CHECK, self._mosaic.store.check)
        except MosaicError:
            return False
        finally:
            self._ended = self._mosaic.clock.monotonic()
        return True
