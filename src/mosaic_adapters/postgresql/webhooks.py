"""Webhooks in PostgreSQL."""

import datetime as dt
from collections.abc import Iterable, Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import WEBHOOKS
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.webhooks.model import Delivery, Webhook
from mosaic_core.webhooks.ports import WebhookRepository


class PostgresqlWebhooks(WebhookRepository):
    """The tables `webhooks` and `webhook_deliveries`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new webhook under a new id."""
        self._in.own(webhook.user_id)
        columns = WEBHOOKS.written[1:]
        rows = self._in.changed(
            f"""INSERT INTO webhooks ({", ".join(columns)}) VALUES ({", ".join(["%s"] * len(columns))})
                RETURNING id""",  # noqa: S608  # constants
            WEBHOOKS.columns(webhook)[1:],
        )
        return evolve(webhook, id=rows[0][0])

    def get(self, webhook_id: int) -> Webhook | None:
        """Return the webhook with the id."""
        return self._owned("id = %s", webhook_id)

    def of(self, user_id: int) -> Sequence[Webhook]:
        """Return the user's webhooks by id."""
        self._in.own(user_id)
        return self._some("user_id = %s ORDER BY id", user_id)

    def has_any(self, user_id: int) -> bool:
        """Return whether the user has a webhook."""
        self._in.own(user_id)
        return self._in.row("SELECT 1 FROM webhooks WHERE user_id = %s LIMIT 1", (user_id,)) is not None

    def update(self, webhook: Webhook) -> None:
        """Replace the webhook."""
        self._in.own(webhook.user_id)
        webhook_id, _, *changed = WEBHOOKS.columns(webhook)
        settings = ", ".join(f"{name} = %s" for name in WEBHOOKS.written[2:])
        self._in.change(
            f"UPDATE webhooks SET {settings} WHERE id = %s",  # noqa: S608  # constants
            (*changed, webhook_id),
            is_apart=True,
        )

    def delete(self, webhook_id: int) -> None:
        """Delete the webhook; a foreign key takes along what waits for it."""
        self._in.change("DELETE FROM webhooks WHERE id = %s", (webhook_id,))

    def due(self, now: dt.datetime) -> Webhook | None:
        """Return the webhook that has been due longest."""
        return self._owned("due_at <= %s ORDER BY due_at, id LIMIT 1", now)

    def put(self, delivery: Delivery) -> None:
        """Let an event wait."""
        self._in.change(
            """INSERT INTO webhook_deliveries (user_id, webhook_id, event, created_at, data)
               SELECT user_id, id, %s, %s, %s FROM webhooks WHERE id = %s""",
            (delivery.event, delivery.created_at, delivery.data, delivery.webhook_id),
            is_apart=True,
        )

    def waiting(self, webhook_id: int, limit: int) -> Sequence[Delivery]:
        """Return what waits for the webhook, oldest first."""
        rows = self._in.rows(
            """SELECT id, webhook_id, event, created_at, data
               FROM webhook_deliveries WHERE webhook_id = %s ORDER BY id LIMIT %s""",
            (webhook_id, limit),
        )
        return [Delivery(*row) for row in rows]

    def count_waiting(self, webhook_id: int) -> int:
        """Return how much waits for the webhook."""
        return self._in.number("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = %s", (webhook_id,))

    def remove(self, delivery_ids: Iterable[int]) -> None:
        """Let these events wait no longer."""
        self._in.change("DELETE FROM webhook_deliveries WHERE id = ANY(%s)", (list(delivery_ids),))

    def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
        """Let the webhook's events from before wait no longer."""
        return self._in.change(
            "DELETE FROM webhook_deliveries WHERE webhook_id = %s AND created_at < %s", (webhook_id, instant)
        )

    def _owned(self, condition: str, value: int | dt.datetime) -> Webhook | None:
        """Return the first that fits, once nobody else changes it."""
        found = self._some(condition, value)
        while found and self._in.own(found[0].user_id):
            found = self._some(condition, value)
        return found[0] if found else None

    def _some(self, condition: str, value: int | dt.datetime) -> Sequence[Webhook]:
        rows = self._in.rows(f"SELECT {WEBHOOKS.names} FROM webhooks WHERE {condition}", (value,))  # noqa: S608
        return list(WEBHOOKS.values(rows))
