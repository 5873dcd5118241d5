"""Audit events in memory."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, part
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.paging import Page


@frozen
class MemoryAudit(AuditRepository):
    """Keeps audit events in a draft."""

    draft: Draft

    def add(self, event: AuditEvent) -> None:
        """Keep the event under a new id."""
        state = self.draft.state
        new_id = state.last_audit + 1
        self.draft.change(audit=state.audit.put(new_id, evolve(event, id=new_id)), last_audit=new_id)

    def page(self, wanted: AuditFilter, page: Page) -> Sequence[AuditEvent]:
        """Return the events that fit, newest first."""
        newest_first = sorted(
            self._fitting(wanted), key=lambda event: (event.timestamp, event.id), reverse=True
        )
        return list(part(newest_first, page))

    def count(self, wanted: AuditFilter) -> int:
        """Return how many events fit."""
        return len(self._fitting(wanted))

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the events before the instant."""
        before = after = self.draft.state.audit
        for event in before.values():
            if event.timestamp < instant:
                after = after.drop(event.id)
        self.draft.change(audit=after)
        return len(before) - len(after)

    def _fitting(self, wanted: AuditFilter) -> Sequence[AuditEvent]:
        return [event for event in self.draft.state.audit.values() if _fits(event, wanted)]


def _fits(event: AuditEvent, wanted: AuditFilter) -> bool:
    return (
        wanted.user_id in (None, event.user_id)
        and wanted.event_type in (None, event.event_type)
        and wanted.level in (None, event.level)
        and (wanted.start is None or wanted.start <= event.timestamp)
        and (wanted.end is None or event.timestamp < wanted.end)
    )
