"""Writing and reading the audit."""

import logging
from typing import Any

from attrs import frozen

from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.caller import Caller, require_admin
from mosaic_core.clock import Clock
from mosaic_core.errors import ServiceUnavailable, StorageFull
from mosaic_core.paging import Page, Part
from mosaic_core.store import Store, UnitOfWork

_log = logging.getLogger("mosaic.audit")


@frozen
class AuditTrail:
    """Writes audit rows."""

    store: Store
    clock: Clock

    def note(
        self,
        unit: UnitOfWork,
        event_type: str,
        message: str,
        user_id: int | None,
        **context: Any,  # noqa: ANN401  # any JSON
    ) -> None:
        """Write the row of a change in the change's own transaction."""
        unit.audit.add(self.event(event_type, message, user_id, "info", context))

    def note_apart(
        self,
        event_type: str,
        message: str,
        user_id: int | None,
        level: str = "info",
        **context: Any,  # noqa: ANN401  # any JSON
    ) -> None:
        """Write a row that belongs to no change, in a transaction of its own.

        Where the store takes none (its disk is full, or it is too busy), it goes to the log alone.
        """
        self.keep(self.event(event_type, message, user_id, level, context))

    def keep(self, event: AuditEvent) -> None:
        """Write an event as `note_apart` does."""
        try:
            self.write(event)
        except (StorageFull, ServiceUnavailable):
            self.log(event)

    def write(self, event: AuditEvent) -> None:
        """Write an event in a transaction of its own. Raises StorageFull or ServiceUnavailable."""
        with self.store.write() as unit:
            unit.audit.add(event)

    def log(self, event: AuditEvent) -> None:
        """Write an event that the store did not take to the log."""
        _log.warning("audit row not stored: %s user=%s %s", event.event_type, event.user_id, event.message)

    def event(
        self, event_type: str, message: str, user_id: int | None, level: str, context: dict[str, Any]
    ) -> AuditEvent:
        """Return an event that happens now, to be written."""
        return AuditEvent(
            timestamp=self.clock.now(),
            user_id=user_id,
            event_type=event_type,
            message=message,
            context=context,
            level=level,
        )


@frozen
class AuditService:
    """Reads the audit."""

    store: Store

    def page(self, caller: Caller, wanted: AuditFilter, page: Page) -> Part[AuditEvent]:
        """Return a page of the events that fit the filter, newest first; administrators only."""
        require_admin(caller)
        with self.store.read() as unit:
            return page.part(unit.audit.page(wanted, page), lambda: unit.audit.count(wanted))
