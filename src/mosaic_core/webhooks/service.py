"""The use cases of webhooks, and the delivery of what waits for them."""

import datetime as dt
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence

from attrs import define, evolve, field, frozen

from mosaic_core.accounts.living import own_account
from mosaic_core.accounts.ports import Tokens
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import InvalidState, NotFound
from mosaic_core.store import Store, UnitOfWork, run_again
from mosaic_core.tally import Counted, NoTally, Tally
from mosaic_core.views import Views
from mosaic_core.webhooks.model import (
    GIVEN_UP_AFTER,
    MOST_WEBHOOKS,
    TEST,
    Delivery,
    NewWebhook,
    Webhook,
    WebhookChange,
    pause,
)
from mosaic_core.webhooks.ports import Sender

SECRET_PREFIX = "whsec_"  # noqa: S105  # what each begins with

LEASE = dt.timedelta(seconds=60)
"""So long nobody else tries: after that, whoever did has crashed. Longer than a turn and its last attempt."""

_TURN_SECONDS = 20.0
_AT_ONCE = 20
"""A turn ends after so long or so many events: what it has done is noted at its end, and done again by others
if that does not happen."""

_log = logging.getLogger("mosaic.webhooks")


@frozen
class Turn:
    """A webhook that this process alone tells something now: what, and whether it may lie anywhere."""

    webhook: Webhook
    waiting: Sequence[Delivery]
    anywhere: bool


@define(eq=False)
class WebhookService:
    """The use cases of webhooks.

    Events are delivered in turns, which any process may take: each claims the webhook that is due for the
    longest in a short transaction, sends what waits for it, oldest first, outside of any, and notes in
    another short one what became of that. So each event is sent at least once, those of one webhook in order.
    """

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    tokens: Tokens
    sender: Sender
    tally: Tally = field(factory=NoTally)
    is_ending: bool = field(default=False, init=False)

    def of(self, caller: Caller) -> Sequence[Webhook]:
        """Return the caller's webhooks, oldest first."""
        with self.store.read() as unit:
            return unit.webhooks.of(caller.user_id)

    def judge(self, caller: Caller, url: str | None) -> None:
        """Raise Forbidden if the caller may have nothing sent there; it may ask the network, and so block."""
        if url is not None:
            self.sender.require_allowed(url, anywhere=caller.is_admin)

    def create(self, caller: Caller, new: NewWebhook) -> Webhook:
        """Make a webhook, whose address was judged. Raises InvalidState beyond 10."""
        with self.store.write() as unit:
            if len(unit.webhooks.of(own_account(unit, caller).id)) >= MOST_WEBHOOKS:
                raise InvalidState(
                    f"There are {MOST_WEBHOOKS} webhooks already; delete one of them first",
                    {"max_webhooks": MOST_WEBHOOKS},
                )
            webhook = unit.webhooks.add(
                Webhook(
                    id=0,
                    user_id=caller.user_id,
                    url=new.url,
                    events=new.events,
                    secret=SECRET_PREFIX + self.tokens.new_secret(),
                    enabled=True,
                    created_at=self.clock.now(),
                )
            )
            self._note(unit, "webhook.create", "Webhook created", webhook)
        return webhook

    def change(self, caller: Caller, webhook_id: int, change: WebhookChange) -> Webhook:
        """Change a webhook, whose new address was judged, and let what waits be tried at once.

        One that is switched off is told nothing, nor what waits for it.
        """
        with self.store.write() as unit:
            webhook = _own(unit, caller, webhook_id)
            webhook = evolve(
                webhook,
                url=change.url or webhook.url,
                events=change.events or webhook.events,
                enabled=webhook.enabled if change.enabled is None else change.enabled,
            )
            if not webhook.enabled:
                unit.webhooks.remove_before(webhook_id, dt.datetime.max.replace(tzinfo=dt.UTC))
            webhook = self._tried_at_once(unit, webhook)
            unit.webhooks.update(webhook)
            self._note(unit, "webhook.update", "Webhook changed", webhook)
        return webhook

    def delete(self, caller: Caller, webhook_id: int) -> None:
        """Delete a webhook and what waits for it."""
        with self.store.write() as unit:
            webhook = _own(unit, caller, webhook_id)
            unit.webhooks.delete(webhook_id)
            self._note(unit, "webhook.delete", "Webhook deleted", webhook)

    def send_test(self, caller: Caller, webhook_id: int) -> str | None:
        """Send a test now, before what waits; return in words why it was not taken, None if it was."""
        with self.store.read() as unit:
            webhook = _own(unit, caller, webhook_id)
        test = Delivery(0, webhook_id, TEST, self.clock.now(), "{}")
        return self._send(webhook, test, anywhere=caller.is_admin)

    def note_test(self, caller: Caller, webhook_id: int, error: str | None) -> None:
        """Note what became of a test; one that was taken lets what waits be tried at once."""
        with self.store.write() as unit:
            webhook = _own(unit, caller, webhook_id)
            if error is None:
                webhook = self._tried_at_once(unit, evolve(webhook, last_delivered_at=self.clock.now()))
            unit.webhooks.update(evolve(webhook, last_error=error))

    def deliver(self) -> bool:
        """Take one turn, if a webhook is due; return whether one was. It may take half a minute."""
        turn = run_again(self._claimed)
        if turn is None:
            return False
        done, error = self._told(turn)
        run_again(lambda: self._settle(turn, done, error))
        return True

    def stop(self) -> None:
        """Let a turn that is under way in this process end soon."""
        self.is_ending = True

    def _claimed(self) -> Turn | None:
        with self.store.read() as unit:
            if self.is_ending or unit.webhooks.due(self.clock.now()) is None:
                return None
        with self.store.write() as unit:
            now = self.clock.now()
            webhook = unit.webhooks.due(now)
            if webhook is None:
                return None
            waiting, owner = unit.webhooks.waiting(webhook.id, _AT_ONCE), unit.users.get(webhook.user_id)
            webhook = evolve(webhook, due_at=now + LEASE if waiting else None)
            unit.webhooks.update(webhook)
        return Turn(webhook, waiting, anywhere=owner is not None and owner.is_admin)

    def _told(self, turn: Turn) -> tuple[Sequence[int], str | None]:
        """Send what waits; return the ids of what was taken, and why the next one was not."""
        done: list[int] = []
        end = self.clock.monotonic() + _TURN_SECONDS
        for delivery in turn.waiting:
            if self.is_ending or self.clock.monotonic() > end:
                break
            error = self._send(turn.webhook, delivery, anywhere=turn.anywhere)
            if error is not None:
                self.tally.add(Counted.EVENTS_NOT_TAKEN)
                return done, error
            self.tally.add(Counted.EVENTS_DELIVERED)
            done.append(delivery.id)
        return done, None

    def _settle(self, turn: Turn, done: Sequence[int], error: str | None) -> None:
        with self.store.write() as unit:
            unit.webhooks.remove(done)
            webhook = unit.webhooks.get(turn.webhook.id)
            if webhook is None or webhook.due_at != turn.webhook.due_at:
                return  # deleted, changed, or taken over by others meanwhile
            now = self.clock.now()
            if done:
                webhook = evolve(webhook, last_delivered_at=now, last_error=None, failures=0)
            if error is None:
                webhook = self._tried_at_once(unit, webhook)
            else:
                webhook = _failed(unit, webhook, error, now)
            unit.webhooks.update(webhook)

    def _tried_at_once(self, unit: UnitOfWork, webhook: Webhook) -> Webhook:
        is_waiting = unit.webhooks.count_waiting(webhook.id) > 0
        return evolve(webhook, failures=0, due_at=self.clock.now() if is_waiting else None)

    def _send(self, webhook: Webhook, delivery: Delivery, *, anywhere: bool) -> str | None:
        body = _body(webhook, delivery)
        headers = _headers(webhook.secret, int(self.clock.now().timestamp()), body)
        try:
            return self.sender.send(webhook.url, body, headers, anywhere=anywhere)
        except Exception as error:  # noqa: BLE001  # a turn must be settled, whatever the sender meets
            _log.error("sending to a webhook failed: %s", type(error).__name__)  # without secrets
            return "Something went wrong that nobody expected"

    def _note(self, unit: UnitOfWork, event_type: str, message: str, webhook: Webhook) -> None:
        """Note the change, and that what is known of who calls is stale: whether they have a webhook."""
        self.audit.note(
            unit,
            event_type,
            message,
            webhook.user_id,
            webhook_id=webhook.id,
            host=webhook.host,
            events=list(webhook.events),
            enabled=webhook.enabled,
        )
        self.views.account_changed(unit, webhook.user_id)


def _own(unit: UnitOfWork, caller: Caller, webhook_id: int) -> Webhook:
    webhook = unit.webhooks.get(webhook_id)
    if webhook is None or webhook.user_id != caller.user_id:
        raise NotFound(f"There is no webhook {webhook_id}")
    return webhook


def _failed(unit: UnitOfWork, webhook: Webhook, error: str, now: dt.datetime) -> Webhook:
    """Return the webhook after an attempt that failed; events that waited for too long are given up."""
    given_up = unit.webhooks.remove_before(webhook.id, now - GIVEN_UP_AFTER)
    if given_up:
        error = f"{error} (given up after {GIVEN_UP_AFTER.days} days: {given_up})"
    failures = webhook.failures + 1
    is_waiting = unit.webhooks.count_waiting(webhook.id) > 0
    return evolve(
        webhook,
        last_error=error,
        failures=failures,
        given_up=webhook.given_up + given_up,
        due_at=now + pause(failures) if is_waiting else None,
    )


def _body(webhook: Webhook, delivery: Delivery) -> bytes:
    """Return what is told: always the same of one delivery, the id too, which no other delivery has."""
    created_at = delivery.created_at.isoformat().replace("+00:00", "Z")
    told = {
        "id": _signed(webhook.secret, f"{delivery.id} {created_at} {delivery.data}".encode())[:32],
        "event": delivery.event,
        "created_at": created_at,
        "data": json.loads(delivery.data),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(secret: str, now: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of a body that was signed at the instant, in seconds since 1970."""
    signed = _signed(secret, f"{now}.".encode() + body)
    return {"Content-Type": "application/json", "X-Mosaic-Signature": f"t={now},v1={signed}"}


def _signed(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
