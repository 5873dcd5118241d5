"""Idempotency records in SQLite."""

import datetime as dt
import sqlite3

from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.idempotency.ports import IdempotencyRepository


class SqliteIdempotency(IdempotencyRepository):
    """The `idempotency` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def find(self, user_id: int, key: str) -> IdempotencyRecord | None:
        """Return the user's record under the key."""
        row = self._execute(
            "SELECT fingerprint, status, body, created_at FROM idempotency WHERE user_id = ? AND key = ?",
            (user_id, key),
        ).fetchone()
        if row is None:
            return None
        fingerprint, status, body, created_at = row
        return IdempotencyRecord(
            user_id, key, fingerprint, Answer(status, body), dt.datetime.fromisoformat(created_at)
        )

    def put(self, record: IdempotencyRecord) -> None:
        """Keep the record in place of an earlier one."""
        self._execute(
            """INSERT INTO idempotency (user_id, key, fingerprint, status, body, created_at)
               VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (user_id, key) DO UPDATE
               SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
                   created_at = excluded.created_at""",
            (
                record.user_id,
                record.key,
                record.fingerprint,
                record.answer.status,
                record.answer.body,
                record.created_at.isoformat(),
            ),
        )

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the records made before the instant."""
        return self._execute("DELETE FROM idempotency WHERE created_at < ?", (instant.isoformat(),)).rowcount
