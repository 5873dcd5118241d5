"""Idempotency records in PostgreSQL."""

import datetime as dt

from mosaic_adapters.postgresql.archive_statements import IDEMPOTENCY
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.idempotency.ports import IdempotencyRepository


class PostgresqlIdempotency(IdempotencyRepository):
    """The `idempotency` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def find(self, user_id: int, key: str) -> IdempotencyRecord | None:
        """Return the user's record under the key."""
        self._in.own(user_id)
        rows = self._in.rows(
            f"SELECT {IDEMPOTENCY.names} FROM idempotency WHERE user_id = %s AND key = %s",  # noqa: S608
            (user_id, key),
        )
        return next(iter(IDEMPOTENCY.values(rows)), None)

    def put(self, record: IdempotencyRecord) -> None:
        """Keep the record in place of an earlier one."""
        self._in.own(record.user_id)
        self._in.change(
            """INSERT INTO idempotency (user_id, key, fingerprint, status, body, created_at)
               VALUES (%s, %s, %s, %s, %s, %s)
               ON CONFLICT (user_id, key) DO UPDATE
               SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
                   created_at = excluded.created_at""",
            IDEMPOTENCY.columns(record),
            is_apart=True,
        )

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the records made before the instant."""
        return self._in.change("DELETE FROM idempotency WHERE created_at < %s", (instant,))
