"""Whoever may no longer do what they ask for when the end of their request comes does not do it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from support_http import PASSWORD, Client, World, form

ENTRY = {"date": "2024-06-01", "activity": "Running", "value": 1}
ACTIVITY = {"name": "Reading", "category": "Mind", "frequency_per_day": 1, "frequency_per_week": 7}
RECORD = {"type": "heart_rate", "start": "2024-06-01T10:00:00Z", "fields": {"bpm": 60}, "dedupe_key": "k"}
BATCH = {"source_app": "app", "device_id": "watch", "tz": "UTC", "records": [RECORD]}
SAID: dict[str, object] = {
    "POST /add_entry": ENTRY,
    "PATCH /entries/{id:int}": {"note": "late"},
    "POST /finalize_day": {},
    "POST /add_activity": ACTIVITY,
    "PUT /activities/{id:int}": {"description": "late"},
    "POST /activities/{id:int}/merge": {"into": 2},
    "PATCH /user": {"display_name": "Late"},
    "POST /tokens": {"name": "late", "scopes": ["read"]},
    "POST /webhooks": {"url": "https://192.0.2.1/", "events": ["entry.added"]},
    "PATCH /webhooks/{id:int}": {"enabled": False},
    "POST /ingest/wearable/batch": BATCH,
    "PATCH /wearable/sources/{id:int}": {"priority": 3},
    "POST /backup/toggle": {"keep": 3},
    "POST /api/stream-ticket": {"url": "rtsp://192.0.2.7/"},
}
UPLOADS = {"POST /import_csv": "date,activity,value\n2024-06-01,Running,1\n"}


async def held_back(
    client: Client, call: str, seconds: float, meanwhile: Callable[[], Awaitable[object]]
) -> tuple[int, bytes]:
    """Send all of a request but its last byte, do something else, send that; return status and body."""
    method, target = call.replace("{id:int}", "1").split(" ")
    body, headers = form(UPLOADS[call]) if call in UPLOADS else (json.dumps(SAID[call]).encode(), {})
    headers = {**client.headers, "Content-Type": "application/json", **headers}
    parts, told = [body[:-1], body[-1:]], bytearray()
    start: MutableMapping[str, Any] = {}

    async def receive() -> MutableMapping[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        if len(parts) == 1:
            await meanwhile()
            client.world.clock.advance(seconds=seconds)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: MutableMapping[str, Any]) -> None:
        start.update(message)
        told.extend(message.get("body", b""))

    await client.world.app(client.scope(method, target, headers), receive, send)
    return start["status"], bytes(told)


def prepared(world: World) -> tuple[Client, Client]:
    """Return an administrator with some rows, and another login of theirs."""
    ada = world.person("ada")
    for name in ("Running", "Walking"):
        ada.add_activity(name).went(201)
    ada.post("/add_entry", ENTRY).went(201)
    ada.post("/webhooks", SAID["POST /webhooks"]).went(201)
    ada.post("/ingest/wearable/batch", BATCH).went(201)
    return ada, world.anyone.logged_in("ada")


def everything(client: Client) -> list[Any]:
    paths = (
        "/entries",
        "/activities",
        "/tokens",
        "/webhooks",
        "/wearable/sources",
        "/backup/status",
        "/user",
    )
    return [client.get(path).went(200).json for path in paths]


@pytest.mark.parametrize("call", [*SAID, *UPLOADS])
def test_a_login_that_ends_while_a_body_is_held_back_does_nothing_more(world: World, call: str) -> None:
    ada, thief = prepared(world)
    before = everything(ada)
    new = {"password": PASSWORD + " new"}
    status, body = world.runner.run(held_back(thief, call, 1, lambda: ada.asking("PATCH", "/user", new)))
    assert (status, json.loads(body)["error"]["code"]) == (401, "unauthorized")
    assert everything(ada) == before


@pytest.mark.parametrize("call", [*SAID, *UPLOADS])
def test_a_login_that_lasts_goes_on_however_long_its_body_took(world: World, call: str) -> None:
    _, other = prepared(world)
    status, body = world.runner.run(held_back(other, call, 29, lambda: asyncio.sleep(0)))
    assert status in {200, 201}, body


def test_a_deleted_token_does_nothing_more_either(world: World) -> None:
    ada, _ = prepared(world)
    made = ada.post("/tokens", {"name": "watch", "scopes": ["write"]}).went(201).json
    watch = world.anyone.with_headers(Authorization=f"Bearer {made['token']}")
    delete = lambda: ada.asking("DELETE", f"/tokens/{made['id']}")  # noqa: E731
    status, _ = world.runner.run(held_back(watch, "POST /add_entry", 1, delete))
    assert status == 401


def test_an_administrator_no_more_changes_nothing_as_one(world: World) -> None:
    ada, _ = prepared(world)
    world.person("ben")

    async def demote() -> None:
        world.mosaic.accounts.set_admin("ben", is_admin=True)
        world.mosaic.accounts.set_admin("ada", is_admin=False)

    status, _ = world.runner.run(held_back(ada, "POST /backup/toggle", 1, demote))
    assert status == 403
