"""What the store and the folder of backups tell, asked once for everybody who wants the metrics."""

import asyncio
from collections.abc import Mapping

from attrs import frozen

from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane

_HOLDS_SECONDS = 5.0
"""Backups change once a day; those that this server makes are seen at once."""
_PATIENCE_SECONDS = 2.0
"""A store or a folder that does not answer must not keep the other metrics back."""


@frozen
class Outlook:
    """How backups stand. Without values where that could not be found out, so that nothing false is told."""

    enabled: bool | None = None
    interval_seconds: float = 0.0
    last_failed: bool = False
    made_at: float = 0.0
    size: int = 0

    def told(self) -> Mapping[str, tuple[str, float]]:
        """Return the metrics of it by name: what each means, and its value."""
        if self.enabled is None:
            return {}
        return {
            "mosaic_backup_enabled": ("Whether backups are made regularly, 1 or 0.", self.enabled),
            "mosaic_backup_interval_seconds": ("How long after one the next is due.", self.interval_seconds),
            "mosaic_backup_last_failed": (
                "Whether the last backup failed, 1 or 0, whoever made it.",
                self.last_failed,
            ),
            "mosaic_backup_last_success_timestamp_seconds": (
                "When the newest backup was made, in Unix time; 0 if there is none.",
                self.made_at,
            ),
            "mosaic_backup_size_bytes": ("The newest backup's size; 0 if there is none.", self.size),
        }


class Outlooks:
    """Looks again every few seconds, and when another backup was made; one look at a time."""

    def __init__(self, mosaic: Mosaic) -> None:
        self._mosaic = mosaic
        self._look: asyncio.Task[Outlook] | None = None
        self._until = 0.0
        self._backups = -1.0

    async def current(self, backups: float) -> Outlook:
        """Return how backups stand, when so many have been tried."""
        now = self._mosaic.clock.monotonic()
        look = self._look
        if look is None or (look.done() and (now >= self._until or backups != self._backups)):
            self._until, self._backups = now + _HOLDS_SECONDS, backups
            self._look = look = asyncio.create_task(self._looked())
        done, _ = await asyncio.wait({look}, timeout=_PATIENCE_SECONDS)
        return look.result() if done else Outlook()

    async def _looked(self) -> Outlook:
        try:
            state, newest = await self._mosaic.lanes.run(Lane.BRIEF, self._mosaic.backups.outlook)
        except MosaicError:
            return Outlook()
        return Outlook(
            enabled=state.enabled,
            interval_seconds=state.interval_minutes * 60.0,
            last_failed=state.last_error is not None,
            made_at=newest.created_at.timestamp() if newest else 0.0,
            size=newest.size_bytes if newest else 0,
        )
