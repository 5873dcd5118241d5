"""What the audit needs from a store."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.paging import Page


class AuditRepository(Protocol):
    """Keeps audit events; they outlive the users they tell of."""

    def add(self, event: AuditEvent) -> None:
        """Keep the event under a new id; its own `id` is ignored."""
        ...

    def page(self, wanted: AuditFilter, page: Page) -> Sequence[AuditEvent]:
        """Return the events that fit the filter, newest first, later ids first within one instant."""
        ...

    def count(self, wanted: AuditFilter) -> int:
        """Return how many events fit the filter."""
        ...

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the events before the instant; return how many there were."""
        ...
