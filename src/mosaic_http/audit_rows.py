"""Audit rows that belong to no change: written by the writer, while nobody waits for long."""

import asyncio

from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.errors import ServiceUnavailable, StorageFull
from mosaic_core.lanes import Lane, Lanes

_SECONDS = 1.0
"""Many groups of writes pass in that time, unless the store is held by somebody else."""
_WAITING = 64
"""Half of what shares a commit: while the store is held, rows delay others' writes by no further group."""


class AuditRows:
    """Writes rows among the other writes.

    A row that is not written within a second is written later, while its request goes on. It goes to the
    log alone where the store does not take it after all, and at once where too many are waiting.
    """

    def __init__(self, lanes: Lanes, audit: AuditTrail) -> None:
        self._lanes = lanes
        self._audit = audit
        self._waiting: set[asyncio.Task[None]] = set()

    async def write(self, event: AuditEvent) -> None:
        """Have the row written; return when that is done, or has taken too long."""
        if len(self._waiting) >= _WAITING:
            self._audit.log(event)
            return
        task = asyncio.create_task(self._write(event))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        await asyncio.wait({task}, timeout=_SECONDS)

    async def _write(self, event: AuditEvent) -> None:
        try:
            await self._lanes.run(Lane.WRITE, lambda: self._audit.write(event))
        except (StorageFull, ServiceUnavailable, asyncio.CancelledError):  # cancelled where the server ends
            self._audit.log(event)
