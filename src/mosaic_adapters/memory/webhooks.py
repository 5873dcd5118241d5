"""Webhooks in memory."""

import datetime as dt
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.webhooks.model import Delivery, Webhook
from mosaic_core.webhooks.ports import WebhookRepository


@frozen
class MemoryWebhooks(WebhookRepository):
    """Keeps webhooks and what waits for them in a draft, by id."""

    draft: Draft

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new webhook under a new id."""
        state = self.draft.state
        state.require_user(webhook.user_id)
        kept = evolve(webhook, id=state.last_webhook + 1)
        self.draft.change(webhooks={**state.webhooks, kept.id: kept}, last_webhook=kept.id)
        return kept

    def get(self, webhook_id: int) -> Webhook | None:
        """Return the webhook with the id."""
        return self.draft.state.webhooks.get(webhook_id)

    def of(self, user_id: int) -> Sequence[Webhook]:
        """Return the user's webhooks by id."""
        return [one for one in self.draft.state.webhooks.values() if one.user_id == user_id]

    def has_any(self, user_id: int) -> bool:
        """Return whether the user has a webhook."""
        return any(one.user_id == user_id for one in self.draft.state.webhooks.values())

    def update(self, webhook: Webhook) -> None:
        """Replace the webhook."""
        webhooks = self.draft.state.webhooks
        known = webhooks.get(webhook.id)
        if known is not None:
            kept = evolve(webhook, user_id=known.user_id)
            self.draft.change(webhooks={**webhooks, webhook.id: kept})

    def delete(self, webhook_id: int) -> None:
        """Delete the webhook with all that waits for it."""
        state = self.draft.state
        self.draft.change(
            webhooks={key: one for key, one in state.webhooks.items() if key != webhook_id},
            deliveries={key: one for key, one in state.deliveries.items() if one.webhook_id != webhook_id},
        )

    def due(self, now: dt.datetime) -> Webhook | None:
        """Return the webhook that has been due longest."""
        due = [(one.due_at, one.id) for one in self.draft.state.webhooks.values() if one.due_at is not None]
        at, webhook_id = min(due, default=(None, 0))
        return None if at is None or at > now else self.get(webhook_id)

    def put(self, delivery: Delivery) -> None:
        """Let an event wait."""
        state = self.draft.state
        number = state.last_delivery + 1
        kept = evolve(delivery, id=number)
        self.draft.change(deliveries={**state.deliveries, number: kept}, last_delivery=number)

    def waiting(self, webhook_id: int, limit: int) -> Sequence[Delivery]:
        """Return what waits for the webhook, oldest first."""
        return [one for one in self.draft.state.deliveries.values() if one.webhook_id == webhook_id][:limit]

    def count_waiting(self, webhook_id: int) -> int:
        """Return how much waits for the webhook."""
        return sum(one.webhook_id == webhook_id for one in self.draft.state.deliveries.values())

    def remove(self, delivery_ids: Iterable[int]) -> None:
        """Let these events wait no longer."""
        gone = set(delivery_ids)
        kept = {key: one for key, one in self.draft.state.deliveries.items() if key not in gone}
        self.draft.change(deliveries=kept)

    def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
        """Let the webhook's events from before wait no longer."""
        waiting = self.waiting(webhook_id, self.count_waiting(webhook_id))
        gone = [one.id for one in waiting if one.created_at < instant]
        self.remove(gone)
        return len(gone)
