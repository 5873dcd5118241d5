"""Answers with a secret come again under an idempotency key, though nobody finds it in the database."""

import asyncio
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from support_http import Client, Reply, Serve
from support_receiver import TAKEN, Received, receiving

CAMERA = {"url": "rtsp://192.0.2.7/live", "username": "viewer", "password": "camera-Gimpel-4408"}
TELLING: dict[str, tuple[dict[str, Any], str]] = {
    "/tokens": ({"name": "watch", "scopes": ["read"]}, "token"),
    "/webhooks": ({"url": "https://192.0.2.1/hook", "events": ["entry.added"]}, "secret"),
    "/api/stream-ticket": (CAMERA, "ticket"),
}


def keyed(person: Client, key: str = "key") -> Client:
    return person.with_headers(Idempotency_Key=key)


def is_replayed(reply: Reply) -> bool:
    return reply.header("idempotency-replayed") == "true"


@pytest.fixture
def store_name() -> str:
    """What is kept is looked for in a file; the records are the same in every store."""
    return "sqlite"


@pytest.mark.parametrize("path", TELLING)
def test_a_secret_that_got_lost_on_its_way_is_told_again_and_nothing_is_made_twice(
    ada: Client, ben: Client, path: str
) -> None:
    said, secret = TELLING[path]
    first = keyed(ada).post(path, said)
    before = ada.world.audit()
    again = keyed(ada).post(path, said)
    assert (again.status, again.json) == (first.status, first.json)
    assert (is_replayed(first), is_replayed(again)) == (False, True)
    assert ada.world.audit() == before
    keyed(ada).post(path, {**said, **other(path)}).failed("idempotency_mismatch")
    assert keyed(ada, "another").post(path, said).json[secret] != first.json[secret]
    if path != "/webhooks":  # Ben is no administrator, and may not have that address told anything
        assert keyed(ben).post(path, said).json[secret] != first.json[secret]


def other(path: str) -> dict[str, Any]:
    """Return a field with which the request is another one."""
    named: dict[str, dict[str, Any]] = {
        "/tokens": {"name": "clock"},
        "/webhooks": {"events": ["day.finalized"]},
    }
    return named.get(path, {"password": "camera-Gimpel-4409"})


@pytest.mark.parametrize("path", TELLING)
def test_a_key_is_used_for_an_answer_with_a_secret_or_for_one_without(ada: Client, path: str) -> None:
    said, _ = TELLING[path]
    entry = {"date": "2024-06-01", "activity": "Running"}
    keyed(ada).post("/add_entry", entry).went(201)
    keyed(ada).post(path, said).failed("idempotency_mismatch")
    assert keyed(ada, "next").post(path, said).status in {200, 201}
    keyed(ada, "next").post("/add_entry", entry).failed("idempotency_mismatch")


@pytest.mark.parametrize("path", TELLING)
def test_neither_the_secret_nor_a_hash_of_the_request_lies_in_the_data_directory(
    ada: Client, folder: Path, path: str
) -> None:
    said, secret = TELLING[path]
    told: str = keyed(ada).post(path, said).json[secret]
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    if path != "/webhooks":  # deliveries are signed with the secret itself
        assert told.removeprefix("mos_1_").encode() not in kept
    with ada.world.mosaic.store.read() as unit:
        record = unit.idempotency.find(ada.id, "key")
    assert record is not None
    assert told.encode() not in record.answer.body
    body = json.dumps(said).encode()
    for begun in (b"", f"POST {path}\n".encode()):
        assert record.fingerprint != hashlib.sha256(begun + body).hexdigest()


def test_another_server_with_the_same_secret_tells_it_again_and_one_with_another_does_not(
    serve: Serve, ada: Client
) -> None:
    said, _ = TELLING["/tokens"]
    first = keyed(ada).post("/tokens", said).went(201)
    same = keyed(serve().anyone.logged_in("ada")).post("/tokens", said)
    assert (same.json, is_replayed(same)) == (first.json, True)
    stranger = serve(jwt_secret=b"another secret, of 32 bytes or more").anyone.logged_in("ada")
    keyed(stranger).post("/tokens", said).failed("idempotency_mismatch")
    assert len(stranger.get("/tokens").json) == 1


def test_a_token_that_was_refused_is_not_kept(ada: Client) -> None:
    keyed(ada).post("/tokens", {"name": "watch", "scopes": []}).failed("invalid_input")
    keyed(ada).post("/tokens", TELLING["/tokens"][0]).went(201)


def test_a_test_of_a_webhook_is_sent_once_under_a_key(ada: Client) -> None:
    with receiving() as receiver:
        hook = ada.post("/webhooks", {"url": receiver.url, "events": ["entry.added"]}).went(201).json["id"]
        first = keyed(ada).post(f"/webhooks/{hook}/test").went(200)
        again = keyed(ada).post(f"/webhooks/{hook}/test").went(200)
        assert (first.json, again.json) == ({"delivered": True, "error": None},) * 2
        assert (is_replayed(first), is_replayed(again)) == (False, True)
        assert len(receiver.received) == 1
        keyed(ada, "another").post(f"/webhooks/{hook}/test").went(200)
        assert len(receiver.received) == 2


def test_a_test_of_a_webhook_that_is_under_way_is_not_sent_again(ada: Client) -> None:
    others_are_told = threading.Event()

    def answer(_: Received) -> bytes:
        assert others_are_told.wait(60)
        return TAKEN

    async def five(path: str) -> list[Reply]:
        asked = [asyncio.create_task(keyed(ada).asking("POST", path)) for _ in range(5)]
        async with asyncio.timeout(60):
            while sum(one.done() for one in asked) < 4:  # noqa: ASYNC110  # it is not told
                await asyncio.sleep(0.001)
        others_are_told.set()
        return await asyncio.gather(*asked)

    with receiving(answer) as receiver:
        hook = ada.post("/webhooks", {"url": receiver.url, "events": ["entry.added"]}).went(201).json["id"]
        replies = ada.world.runner.run(five(f"/webhooks/{hook}/test"))
        assert sorted(reply.status for reply in replies) == [200] + [409] * 4
        assert is_replayed(keyed(ada).post(f"/webhooks/{hook}/test").went(200))
        assert len(receiver.received) == 1
    for _ in range(2):
        keyed(ada, "gone").post(f"/webhooks/{hook + 1}/test").failed("not_found")


def test_a_ticket_without_a_key_is_stored_nowhere(ada: Client) -> None:
    before = ada.world.mosaic.store.elsewhere()
    ada.post("/api/stream-ticket", CAMERA).went(200)
    keyed(ada, "two words").post("/api/stream-ticket", CAMERA).failed("invalid_input")
    assert ada.world.mosaic.store.elsewhere() == before
