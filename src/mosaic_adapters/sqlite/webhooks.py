"""Webhooks in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Sequence

from attrs import evolve

from mosaic_adapters.sqlite.archive_statements import WEBHOOKS
from mosaic_core.webhooks.model import Delivery, Webhook
from mosaic_core.webhooks.ports import WebhookRepository

_COLUMNS = """id, user_id, url, events, secret, enabled, created_at, last_delivered_at, last_error, failures,
              given_up, due_at"""


class SqliteWebhooks(WebhookRepository):
    """The tables `webhooks` and `webhook_deliveries`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new webhook under a new id."""
        cursor = self._execute(
            """INSERT INTO webhooks (user_id, url, events, secret, enabled, created_at, last_delivered_at,
                                     last_error, failures, given_up, due_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            WEBHOOKS.columns(webhook)[1:],
        )
        return evolve(webhook, id=cursor.lastrowid or 0)

    def get(self, webhook_id: int) -> Webhook | None:
        """Return the webhook with the id."""
        return next(iter(self._some("id = ?", webhook_id)), None)

    def of(self, user_id: int) -> Sequence[Webhook]:
        """Return the user's webhooks by id."""
        return self._some("user_id = ? ORDER BY id", user_id)

    def has_any(self, user_id: int) -> bool:
        """Return whether the user has a webhook."""
        row = self._execute("SELECT 1 FROM webhooks WHERE user_id = ? LIMIT 1", (user_id,)).fetchone()
        return row is not None

    def update(self, webhook: Webhook) -> None:
        """Replace the webhook."""
        webhook_id, _, *changed = WEBHOOKS.columns(webhook)
        self._execute(
            """UPDATE webhooks
               SET url = ?, events = ?, secret = ?, enabled = ?, created_at = ?, last_delivered_at = ?,
                   last_error = ?, failures = ?, given_up = ?, due_at = ?
               WHERE id = ?""",
            (*changed, webhook_id),
        )

    def delete(self, webhook_id: int) -> None:
        """Delete the webhook; a foreign key takes along what waits for it."""
        self._execute("DELETE FROM webhooks WHERE id = ?", (webhook_id,))

    def due(self, now: dt.datetime) -> Webhook | None:
        """Return the webhook that has been due longest."""
        return next(iter(self._some("due_at <= ? ORDER BY due_at, id LIMIT 1", now.isoformat())), None)

    def put(self, delivery: Delivery) -> None:
        """Let an event wait."""
        self._execute(
            "INSERT INTO webhook_deliveries (webhook_id, event, created_at, data) VALUES (?, ?, ?, ?)",
            (
                delivery.webhook_id,
                delivery.event,
                delivery.created_at.isoformat(),
                delivery.data,
            ),
        )

    def waiting(self, webhook_id: int, limit: int) -> Sequence[Delivery]:
        """Return what waits for the webhook, oldest first."""
        rows = self._execute(
            """SELECT id, webhook_id, event, created_at, data
               FROM webhook_deliveries WHERE webhook_id = ? ORDER BY id LIMIT ?""",
            (webhook_id, limit),
        )
        return [
            Delivery(number, webhook, event, dt.datetime.fromisoformat(created_at), data)
            for number, webhook, event, created_at, data in rows
        ]

    def count_waiting(self, webhook_id: int) -> int:
        """Return how much waits for the webhook."""
        count: int = self._execute(
            "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ?", (webhook_id,)
        ).fetchone()[0]
        return count

    def remove(self, delivery_ids: Iterable[int]) -> None:
        """Let these events wait no longer."""
        self._execute_many("DELETE FROM webhook_deliveries WHERE id = ?", [(one,) for one in delivery_ids])

    def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
        """Let the webhook's events from before wait no longer."""
        removed = self._execute(
            "DELETE FROM webhook_deliveries WHERE webhook_id = ? AND created_at < ?",
            (webhook_id, instant.isoformat()),
        )
        return removed.rowcount

    def _some(self, condition: str, value: int | str) -> Sequence[Webhook]:
        rows = self._execute(f"SELECT {_COLUMNS} FROM webhooks WHERE {condition}", (value,)).fetchall()  # noqa: S608  # constant texts
        return list(WEBHOOKS.values(rows))
