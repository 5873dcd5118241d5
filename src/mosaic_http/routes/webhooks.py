"""Webhooks over HTTP."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypedDict

from mosaic_core.errors import Conflict, Forbidden, InvalidState, NotFound, Taken
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.webhooks.model import NewWebhook, Webhook, WebhookChange
from mosaic_http.answers import Message, say, show, show_all
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import LOGIN, TOTAL, Operation, Reply
from mosaic_http.replays import kept_answer, key_of


class WebhookTold(TypedDict):
    """A webhook, without its secret. `given_up` counts the events that were never delivered."""

    id: int
    url: str
    events: Sequence[str]
    enabled: bool
    created_at: dt.datetime
    last_delivered_at: dt.datetime | None
    last_error: str | None
    given_up: int


class CreatedWebhookTold(WebhookTold):
    """A new webhook; the secret that signs its deliveries is told this once."""

    secret: str


class TestTold(TypedDict):
    """Whether the receiver took the test, and if not, why."""

    delivered: bool
    error: str | None


def list_webhooks(call: Call) -> Answer:
    """Show the caller's webhooks."""
    return show_all(call, [_told(one) for one in call.mosaic.webhooks.of(call.caller)])


async def judge(call: Call, said: NewWebhook | WebhookChange) -> NewWebhook | WebhookChange:
    """Return what is said, if something may be sent to the address in it."""
    await call.run(Lane.DELIVERY, lambda: call.mosaic.webhooks.judge(call.caller, said.url))
    return said


def create_webhook(call: Call, said: NewWebhook) -> Answer:
    """Let events be told to an address, and tell the secret that signs them this once.

    Each is a POST of `{id, event, created_at, data}` with the header `X-Mosaic-Signature: t=…,v1=…`, where
    `v1` is the HMAC-SHA256, in hexadecimal, under the secret of `t`, a dot, and the body. Whatever is not
    answered with 2xx within ten seconds is sent again, after pauses that grow to an hour, for three days. An
    event may so come more than once: its `id` stays the same. Only public addresses are told anything, unless
    the owner is an administrator or the operator allows the host.
    """
    webhooks = call.mosaic.webhooks
    webhook = call.mosaic.sessions.while_living(call.presented, lambda: webhooks.create(call.caller, said))
    told: CreatedWebhookTold = {**_told(webhook), "secret": webhook.secret}
    return Answer(201, encode(told))


def change_webhook(call: Call, said: WebhookChange) -> Answer:
    """Change a webhook.

    What waits for it is tried at once. One that is switched off is told nothing, nor what waits for it.
    """
    webhooks, webhook_id = call.mosaic.webhooks, call.path_id()
    webhook = call.mosaic.sessions.while_living(
        call.presented, lambda: webhooks.change(call.caller, webhook_id, said)
    )
    return show(_told(webhook))


def delete_webhook(call: Call) -> Answer:
    """Delete a webhook and what waits for it."""
    webhook_id = call.path_id()
    call.mosaic.webhooks.delete(call.caller, webhook_id)
    return say(f"Webhook {webhook_id} deleted")


async def send_test(call: Call) -> str | None:
    """Send a test, unless one was sent under the call's key; return why it was not taken."""
    end = _begun_test(call)
    try:
        error = None
        if await call.run(Lane.READ, partial(kept_answer, call)) is None:
            send = partial(call.mosaic.webhooks.send_test, call.caller, call.path_id())
            error = await call.run(Lane.DELIVERY, send)
    except BaseException:
        end()
        raise
    call.cleanups.append(end)
    return error


def _begun_test(call: Call) -> Callable[[], None]:
    """Note that a test is under way; return what ends that. Raises Conflict if one is under its key."""
    key, under_way = key_of(call), call.services.webhook_tests
    if key is None:
        return lambda: None
    test = (call.caller.user_id, key)
    if test in under_way:
        raise Conflict(Taken.KEY)
    under_way.add(test)
    return lambda: under_way.discard(test)


def test_webhook(call: Call, error: str | None) -> Answer:
    """Send an event called `test` now, and tell what became of it.

    If the receiver takes it, what waits is tried at once.
    """
    call.mosaic.webhooks.note_test(call.caller, call.path_id(), error)
    told: TestTold = {"delivered": error is None, "error": error}
    return show(told)


def _told(webhook: Webhook) -> WebhookTold:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "enabled": webhook.enabled,
        "created_at": webhook.created_at,
        "last_delivered_at": webhook.last_delivered_at,
        "last_error": webhook.last_error,
        "given_up": webhook.given_up,
    }


# No personal access token opens these: a webhook that it made would go on telling its receiver when the token
# itself has ended.
PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/webhooks": {
        "GET": Operation(
            list_webhooks,
            lane=Lane.READ,
            scope=LOGIN,
            answers={200: Reply(list[WebhookTold], headers=(TOTAL,))},
            errors=(Forbidden,),
        ),
        "POST": Operation(
            create_webhook,
            lane=Lane.WRITE,
            takes=NewWebhook,
            prepare=judge,
            scope=LOGIN,
            limit="webhook",
            tells_secret=True,
            answers={201: Reply(CreatedWebhookTold)},
            errors=(Forbidden, InvalidState),
        ),
    },
    "/webhooks/{id:int}": {
        "PATCH": Operation(
            change_webhook,
            lane=Lane.WRITE,
            takes=WebhookChange,
            prepare=judge,
            scope=LOGIN,
            limit="webhook",
            answers={200: Reply(WebhookTold)},
            errors=(Forbidden, NotFound),
        ),
        "DELETE": Operation(
            delete_webhook,
            lane=Lane.WRITE,
            scope=LOGIN,
            answers={200: Reply(Message)},
            errors=(Forbidden, NotFound),
        ),
    },
    "/webhooks/{id:int}/test": {
        "POST": Operation(
            test_webhook,
            lane=Lane.WRITE,
            prepare=send_test,
            scope=LOGIN,
            limit="webhook",
            answers={200: Reply(TestTold)},
            errors=(Forbidden, NotFound, Conflict),
        ),
    },
}
