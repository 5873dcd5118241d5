"""Webhooks over HTTP, told to a receiver on this machine."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mosaic_core.webhooks.model import EVENTS, MOST_WEBHOOKS
from support_http import Client, Serve, World
from support_receiver import FAILED, TAKEN, Receiver, receiving

FIELDS = {
    "id", "url", "events", "enabled", "created_at", "last_delivered_at", "last_error", "given_up",
}  # fmt: skip
PUBLIC = "https://192.0.2.1/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def created(person: Client, url: str, *events: str) -> dict[str, Any]:
    said = {"url": url, "events": events or ["entry.added"]}
    made: dict[str, Any] = person.post("/webhooks", said).went(201).json
    return made


def deliver(world: World) -> None:
    while world.mosaic.webhooks.deliver():
        pass


def test_the_secret_is_told_once_and_signs_what_is_told(ada: Client, receiver: Receiver) -> None:
    made = created(ada, receiver.url, "entry.added", "day.finalized")
    secret = made.pop("secret")
    assert set(made) == FIELDS
    assert made == {
        "id": 1,
        "url": receiver.url,
        "events": ["entry.added", "day.finalized"],
        "enabled": True,
        "created_at": "2024-06-01T12:00:00Z",
        "last_delivered_at": None,
        "last_error": None,
        "given_up": 0,
    }
    assert ada.get("/webhooks").went(200).json == [made]
    ada.add_entry(value=2.5, note="far").went(201)
    ada.post("/finalize_day", {}).went(200)
    deliver(ada.world)
    assert [one.json["event"] for one in receiver.received] == ["entry.added", "day.finalized"]
    assert receiver.received[0].json["data"]["note"] == "far"
    assert all(one.is_signed_with(secret) for one in receiver.received)
    assert ada.get("/webhooks").json[0]["last_delivered_at"] == "2024-06-01T12:00:00Z"


def test_what_a_repeated_request_did_once_is_told_once(ada: Client, receiver: Receiver) -> None:
    created(ada, receiver.url)
    for _ in range(2):
        said = {"date": "2024-06-01", "activity": "Running"}
        ada.post("/add_entry", said, {"Idempotency-Key": "again"}).went(201)
    deliver(ada.world)
    assert len(receiver.received) == 1


def test_a_person_listens_from_the_next_request_on(ada: Client, receiver: Receiver) -> None:
    ada.add_entry("before").went(201)
    made = created(ada, receiver.url)
    ada.add_entry("while").went(201)
    deliver(ada.world)
    ada.delete(f"/webhooks/{made['id']}").went(200)
    ada.add_entry("after").went(201)
    deliver(ada.world)
    assert [one.json["data"]["activity"] for one in receiver.received] == ["while"]
    assert ada.get("/webhooks").json == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"],
)
def test_only_an_administrators_webhook_lies_in_the_own_network(ada: Client, ben: Client, host: str) -> None:
    url = f"http://{host}:9/"
    ben.post("/webhooks", {"url": url, "events": ["entry.added"]}).failed("forbidden")
    assert ben.get("/webhooks").json == []
    made = created(ben, PUBLIC.replace("192.0.2.1", "1.1.1.1"))
    ben.patch(f"/webhooks/{made['id']}", {"url": url}).failed("forbidden")
    created(ada, url)


def test_an_administrator_who_is_none_any_more_tells_the_own_network_nothing(
    ada: Client, ben: Client, receiver: Receiver
) -> None:
    accounts = ada.world.mosaic.accounts
    accounts.set_admin("ben", is_admin=True)
    created(ben, receiver.url)
    accounts.set_admin("ben", is_admin=False)
    ben.add_entry().went(201)
    deliver(ada.world)
    assert receiver.received == []
    assert "no public address" in ben.get("/webhooks").json[0]["last_error"]


def test_what_the_operator_allows_is_for_everybody(serve: Serve, receiver: Receiver) -> None:
    world = serve(webhook_allowed_hosts=("127.0.0.0/8",))
    world.person("ada")
    ben = world.person("ben")
    created(ben, receiver.url)
    ben.add_entry().went(201)
    deliver(world)
    assert len(receiver.received) == 1


def test_a_test_tells_what_became_of_it(ada: Client, receiver: Receiver) -> None:
    made = created(ada, receiver.url)
    target = f"/webhooks/{made['id']}/test"
    assert ada.post(target).went(200).json == {"delivered": True, "error": None}
    (request,) = receiver.received
    assert (request.json["event"], request.json["data"]) == ("test", {})
    assert request.is_signed_with(made["secret"])
    receiver.answer = lambda _: FAILED
    said = "The receiver answered 500"
    assert ada.post(target).went(200).json == {"delivered": False, "error": said}
    assert ada.get("/webhooks").json[0]["last_error"] == said
    ada.post("/webhooks/999/test").failed("not_found")


def test_what_makes_the_server_send_at_once_is_limited(serve: Serve, receiver: Receiver) -> None:
    ada = serve(rate_limits={"webhook": (3, 60)}).person("ada")
    target = f"/webhooks/{created(ada, receiver.url)['id']}"
    ada.post(f"{target}/test").went(200)
    ada.patch(target, {"enabled": True}).went(200)
    ada.post(f"{target}/test").failed("too_many_requests")
    ada.patch(target, {"enabled": True}).failed("too_many_requests")
    ada.post("/webhooks", {"url": receiver.url, "events": ["entry.added"]}).failed("too_many_requests")


def test_a_webhook_is_changed_in_part(ada: Client, receiver: Receiver) -> None:
    made = created(ada, "http://127.0.0.1:9/")
    target = f"/webhooks/{made['id']}"
    assert ada.patch(target, {"url": receiver.url}).went(200).json["url"] == receiver.url
    assert ada.patch(target, {"events": ["day.finalized"]}).json["events"] == ["day.finalized"]
    changed = ada.patch(target, {"enabled": False}).json
    assert set(changed) == FIELDS
    assert (changed["url"], changed["events"], changed["enabled"]) == (receiver.url, ["day.finalized"], False)
    ada.post("/finalize_day", {}).went(200)
    deliver(ada.world)
    assert receiver.received == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"url": "example.org"},
        {"url": "http://a:b@example.org/"},
        {"url": None},
        {"events": []},
        {"events": ["everything"]},
        {"events": "entry.added"},
        {"enabled": 1},
        {"secret": "mine"},
    ],
)
def test_a_wrong_change_is_refused(ada: Client, said: dict[str, object]) -> None:
    made = created(ada, "http://127.0.0.1:9/")
    ada.patch(f"/webhooks/{made['id']}", said).failed("invalid_input")
    if said:
        whole = {"url": "http://127.0.0.1:9/", "events": list(EVENTS), **said}
        ada.post("/webhooks", whole).failed("invalid_input")
    assert len(ada.get("/webhooks").json) == 1


def test_webhooks_are_their_owners_alone(ada: Client, ben: Client) -> None:
    made = created(ada, "http://127.0.0.1:9/")
    assert ben.get("/webhooks").json == []
    ben.patch(f"/webhooks/{made['id']}", {"enabled": False}).failed("not_found")
    ben.delete(f"/webhooks/{made['id']}").failed("not_found")
    ben.post(f"/webhooks/{made['id']}/test").failed("not_found")
    assert ada.get("/webhooks").json[0]["enabled"] is True


def test_one_webhook_too_many_is_refused(ada: Client) -> None:
    for _ in range(MOST_WEBHOOKS):
        created(ada, "http://127.0.0.1:9/")
    said = {"url": "http://127.0.0.1:9/", "events": ["entry.added"]}
    refused = ada.post("/webhooks", said).failed("invalid_state")
    assert refused.details == {"max_webhooks": MOST_WEBHOOKS}


def test_changes_are_audited_without_address_and_secret(ada: Client, receiver: Receiver) -> None:
    made = created(ada, receiver.url)
    ada.patch(f"/webhooks/{made['id']}", {"enabled": False}).went(200)
    ada.delete(f"/webhooks/{made['id']}").went(200)
    for event in ("webhook.create", "webhook.update", "webhook.delete"):
        (row,) = ada.world.audit(event)
        assert row["user_id"] == ada.id
        assert row["context"] == {
            "webhook_id": made["id"],
            "host": "127.0.0.1",
            "events": ["entry.added"],
            "enabled": event == "webhook.create",
        }


def test_a_secret_is_kept_in_the_database_alone_and_told_once(
    serve: Serve, folder: Path, caplog: pytest.LogCaptureFixture, receiver: Receiver
) -> None:
    with caplog.at_level(logging.DEBUG):
        world = serve()
        ada = world.person("ada")
        made = created(ada, receiver.url)
        secret, path = made["secret"], "/hook?of=ada"
        receiver.answer = lambda _: b"HTTP/1.1 500 " + secret.encode() + b"\r\n\r\n"
        ada.add_entry().went(201)
        deliver(world)
        replies = [
            ada.get("/webhooks"),
            ada.patch("/webhooks/1", {"events": ["day.finalized"]}),
            ada.post("/webhooks/1/test"),
            ada.post("/webhooks", {"url": receiver.url, "events": [secret]}),
            ada.get("/logs/activity"),
            ada.get("/export/json"),
        ]
        audit = world.audit()
    texts = [*(reply.text for reply in replies), str(world.log.lines), caplog.text, json.dumps(audit)]
    assert not any(secret in text for text in texts)
    assert not any(path in text for text in [str(world.log.lines), caplog.text, json.dumps(audit)])
    holding = [
        file.name for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()
    ]
    assert all(name.startswith("mosaic.db") for name in holding)


def test_a_receiver_that_comes_back_gets_all_in_order(ada: Client, receiver: Receiver) -> None:
    created(ada, receiver.url)
    receiver.close()
    for value in range(5):
        ada.add_entry(value=value)
    deliver(ada.world)
    assert ada.get("/webhooks").json[0]["last_error"] == "The receiver refused the connection"
    refusals = [FAILED, FAILED]
    receiver.answer = lambda one: refusals.pop() if one.json["data"]["value"] == 2 and refusals else TAKEN
    receiver.listen()
    for _ in range(3):
        ada.world.clock.advance(hours=1)
        deliver(ada.world)
    values = [one.json["data"]["value"] for one in receiver.received]
    assert values == [0, 1, 2, 2, 2, 3, 4]
    assert len({one.json["id"] for one in receiver.received}) == 5
    listed = ada.world.anyone.logged_in("ada").get("/webhooks").json
    assert (listed[0]["last_error"], listed[0]["given_up"]) == (None, 0)
