"""Audit events in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.paging import Page

_CONDITIONS = {
    "user_id": "user_id = :user_id",
    "event_type": "event_type = :event_type",
    "level": "level = :level",
    "start": "timestamp >= :start",
    "end": "timestamp < :end",
}

_INDEXED = ("user_id", "event_type", "level")


class SqliteAudit(AuditRepository):
    """The `audit_events` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, event: AuditEvent) -> None:
        """Keep the event under a new id."""
        self._execute(
            """INSERT INTO audit_events (timestamp, user_id, event_type, message, context, level)
               VALUES (?, ?, ?, ?, ?, ?)""",
            (
                event.timestamp.isoformat(),
                event.user_id,
                event.event_type,
                event.message,
                msgspec.json.encode(event.context).decode(),
                event.level,
            ),
        )

    def page(self, wanted: AuditFilter, page: Page) -> Sequence[AuditEvent]:
        """Return the events that fit the filter, newest first."""
        where, values = _where(wanted)
        rows = self._execute(
            f"""SELECT id, timestamp, user_id, event_type, message, context, level FROM audit_events
                {where} ORDER BY timestamp DESC, id DESC LIMIT :limit OFFSET :offset""",  # noqa: S608
            {**values, "limit": -1 if page.limit is None else page.limit, "offset": page.offset},
        )
        return [_event(row) for row in rows]

    def count(self, wanted: AuditFilter) -> int:
        """Return how many events fit the filter."""
        where, values = _where(wanted)
        count: int = self._execute(
            f"SELECT count(*) FROM audit_events {where}",  # noqa: S608  # constant conditions
            values,
        ).fetchone()[0]
        return count

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the events before the instant."""
        return self._execute("DELETE FROM audit_events WHERE timestamp < ?", (instant.isoformat(),)).rowcount


def _where(wanted: AuditFilter) -> tuple[str, dict[str, Any]]:
    """Return the conditions that fit the filter.

    The first of `_INDEXED` that is given says which index to go through; those after it are looked at there.
    The `+` keeps SQLite from an index of theirs: most events are of the level info.
    """
    values = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    first = next((name for name in _INDEXED if name in values), None)
    conditions = [
        f"+{_CONDITIONS[name]}" if name in _INDEXED and name != first else _CONDITIONS[name]
        for name in values
    ]
    for name in ("start", "end"):
        if name in values:
            values[name] = values[name].astimezone(dt.UTC).isoformat()
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), values


def _event(row: tuple[Any, ...]) -> AuditEvent:
    event_id, timestamp, user_id, event_type, message, context, level = row
    return AuditEvent(
        id=event_id,
        timestamp=dt.datetime.fromisoformat(timestamp),
        user_id=user_id,
        event_type=event_type,
        message=message,
        context=msgspec.json.decode(context),
        level=level,
    )
