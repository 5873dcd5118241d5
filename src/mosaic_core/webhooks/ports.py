"""What webhooks need from a store and from the network."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from mosaic_core.webhooks.model import Delivery, Webhook


class WebhookRepository(Protocol):
    """Keeps webhooks, and what waits to be told to each."""

    def add(self, webhook: Webhook) -> Webhook:
        """Keep a new webhook and return it with its new id."""
        ...

    def get(self, webhook_id: int) -> Webhook | None:
        """Return the webhook with the id."""
        ...

    def of(self, user_id: int) -> Sequence[Webhook]:
        """Return the user's webhooks by id."""
        ...

    def has_any(self, user_id: int) -> bool:
        """Return whether the user has a webhook, enabled or not."""
        ...

    def update(self, webhook: Webhook) -> None:
        """Replace the webhook with that id; the owner stays."""
        ...

    def delete(self, webhook_id: int) -> None:
        """Delete the webhook with all that waits for it."""
        ...

    def due(self, now: dt.datetime) -> Webhook | None:
        """Return the webhook that has been due longest by now, None if none is."""
        ...

    def put(self, delivery: Delivery) -> None:
        """Let an event wait, under a new id."""
        ...

    def waiting(self, webhook_id: int, limit: int) -> Sequence[Delivery]:
        """Return what waits for the webhook, oldest first, at most so much."""
        ...

    def count_waiting(self, webhook_id: int) -> int:
        """Return how much waits for the webhook."""
        ...

    def remove(self, delivery_ids: Iterable[int]) -> None:
        """Let these events wait no longer; it is no error if they do not."""
        ...

    def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
        """Let those of the webhook's events from before wait no longer; return how many there were."""
        ...


class Sender(Protocol):
    """Sends what webhooks are told."""

    def require_allowed(self, url: str, *, anywhere: bool) -> None:
        """Raise Forbidden if nothing may be sent there, unless `anywhere` is allowed.

        A host that is not known at present passes: it is judged again whenever something is sent.
        """
        ...

    def send(self, url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> str | None:
        """Send it with POST; return None once it was taken (any 2xx), else in words why it was not.

        It raises nothing, follows no redirect, and ends after some seconds. The words hold neither the
        address nor anything that the receiver said.
        """
        ...
