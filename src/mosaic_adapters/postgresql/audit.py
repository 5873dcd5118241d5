"""Audit events in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mosaic_adapters.postgresql.archive_statements import AUDIT_EVENTS
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.paging import Page

_CONDITIONS = {
    "user_id": "user_id = %(user_id)s",
    "event_type": "event_type = %(event_type)s",
    "level": "level = %(level)s",
    "start": "timestamp >= %(start)s",
    "end": "timestamp < %(end)s",
}


class PostgresqlAudit(AuditRepository):
    """The `audit_events` table. Events are only ever added and expire, so nobody waits for them."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, event: AuditEvent) -> None:
        """Keep the event under a new id."""
        self._in.say(
            """INSERT INTO audit_events (timestamp, user_id, event_type, message, context, level)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            AUDIT_EVENTS.columns(event)[1:],
        )

    def page(self, wanted: AuditFilter, page: Page) -> Sequence[AuditEvent]:
        """Return the events that fit the filter, newest first."""
        where, values = _where(wanted)
        rows = self._in.rows(
            f"""SELECT {AUDIT_EVENTS.names} FROM audit_events
                {where} ORDER BY timestamp DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s""",  # noqa: S608
            {**values, "limit": page.limit, "offset": page.offset},
        )
        return list(AUDIT_EVENTS.values(rows))

    def count(self, wanted: AuditFilter) -> int:
        """Return how many events fit the filter."""
        where, values = _where(wanted)
        return self._in.number(f"SELECT count(*) FROM audit_events {where}", values)  # noqa: S608  # constants

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the events before the instant."""
        return self._in.change("DELETE FROM audit_events WHERE timestamp < %s", (instant,))


def _where(wanted: AuditFilter) -> tuple[str, dict[str, Any]]:
    values = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    conditions = [_CONDITIONS[name] for name in values]
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), values
