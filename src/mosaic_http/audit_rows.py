"""Audit rows that belong to no change, written in the lane for writes."""

import asyncio
from collections.abc import Callable

from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.errors import ServiceUnavailable, StorageFull
from mosaic_core.lanes import Lane, Lanes

_SECONDS = 1.0
"""Enough for many groups of writes, unless another program holds the store."""
_WAITING = 64
"""Half of what shares a commit, so that rows do not delay other writes while the store is held."""


class AuditRows:
    """Writes audit rows, and lets no request wait for one longer than a second.

    A row that takes longer is written later. A row goes to the log alone if the store does not take it, or if
    too many rows are waiting.
    """

    def __init__(self, lanes: Lanes, audit: AuditTrail) -> None:
        self._lanes = lanes
        self._audit = audit
        self._waiting: set[asyncio.Task[None]] = set()

    async def write(self, event: AuditEvent, keep: Callable[[], object] | None = None) -> None:
        """Write the row; return when that is done or has taken too long.

        `keep` writes the row and what belongs to it, in place of the row alone.
        """
        if len(self._waiting) >= _WAITING:
            self._audit.log(event)
            return
        task = asyncio.create_task(self._write(event, keep or (lambda: self._audit.write(event))))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        await asyncio.wait({task}, timeout=_SECONDS)

    async def _write(self, event: AuditEvent, keep: Callable[[], object]) -> None:
        try:
            await self._lanes.run(Lane.WRITE, keep)
        except (StorageFull, ServiceUnavailable, asyncio.CancelledError):  # cancelled where the server ends
            self._audit.log(event)
