"""Bodies that are too large, too slow, or never end."""

import asyncio
import gc
import json
import threading
from tempfile import SpooledTemporaryFile

import pytest

from mosaic_http import bodies
from mosaic_http.call import Call
from support_http import PASSWORD, Client, Reply, Serve, Then, World

JSON = {"Content-Type": "application/json"}
WRITES = [
    ("POST", "/add_entry"),
    ("POST", "/add_activity"),
    ("PUT", "/activities/1"),
    ("PATCH", "/user"),
    ("POST", "/finalize_day"),
]
PUBLIC = [("POST", "/login"), ("POST", "/register")]


def entry(size: int) -> bytes:
    """Return a good body of that many bytes."""
    body = json.dumps({"date": "2024-06-01", "activity": "Running", "value": 1}).encode()
    return body + b" " * (size - len(body))


@pytest.fixture
def small(serve: Serve) -> Client:
    """Somebody on a server that takes 1000 bytes."""
    return serve(max_body=1000).person("ada")


def closes(reply: Reply) -> bool:
    return reply.header("connection") == "close"


def test_a_body_at_the_limit_is_taken_and_one_beyond_it_is_not(small: Client) -> None:
    small.ask("POST", "/add_entry", body=entry(1000), headers=JSON).went(201)
    reply = small.ask("POST", "/add_entry", body=entry(1001), headers=JSON).failed("payload_too_large")
    assert reply.details["limit_bytes"] == 1000
    assert closes(reply)


@pytest.mark.parametrize(("method", "target"), WRITES + PUBLIC)
def test_every_writing_path_has_the_limit(small: Client, method: str, target: str) -> None:
    small.ask(method, target, body=b" " * 1001, headers=JSON).failed("payload_too_large")


def test_an_announced_size_beyond_the_limit_is_refused_before_anything_is_read(small: Client) -> None:
    sent = {**JSON, "Content-Length": "1001"}
    small.ask("POST", "/add_entry", body=[Then.SILENCE], headers=sent).failed("payload_too_large")


def test_a_body_without_its_length_is_measured_while_it_is_read(small: Client) -> None:
    parts: list[bytes | Then] = [b" " * 300 for _ in range(3)]
    small.ask("POST", "/add_entry", body=[*parts, entry(100)], headers=JSON).went(201)
    endless = [*parts, *parts, Then.SILENCE]
    assert closes(small.ask("POST", "/add_entry", body=endless, headers=JSON).failed("payload_too_large"))
    assert len(small.get("/entries").json) == 1


def test_a_body_larger_than_announced_is_refused_all_the_same(small: Client) -> None:
    sent = {**JSON, "Content-Length": "10"}
    small.ask("POST", "/add_entry", body=[b" " * 600, b" " * 600], headers=sent).failed("payload_too_large")


def test_who_may_not_write_is_told_so_before_the_body_is_read(small: Client) -> None:
    anyone = small.world.anyone
    anyone.ask("POST", "/add_entry", body=[Then.SILENCE], headers=JSON).failed("unauthorized")
    anyone.ask("POST", "/no/such", body=[Then.SILENCE], headers=JSON).failed("not_found")
    small.ask("PUT", "/today", body=[Then.SILENCE], headers=JSON).failed("method_not_allowed")
    small.ask("POST", "/add_entry", body=[Then.SILENCE], headers={"Content-Type": "text/plain"}).failed(
        "unsupported_media_type"
    )


def test_uploads_and_wearable_batches_have_a_limit_of_their_own(serve: Serve) -> None:
    ada = serve(max_body=100, max_upload=3000).person("ada")
    ada.upload("date,activity\n" + "," * 2000).went(200)
    ada.upload("date,activity\n" + "," * 3000).failed("payload_too_large")
    target = "/ingest/wearable/batch"
    ada.ask("POST", target, body=b"{}" + b" " * 2000, headers=JSON).failed("invalid_input")
    ada.ask("POST", target, body=b" " * 3001, headers=JSON).failed("payload_too_large")


@pytest.mark.parametrize(("method", "target"), WRITES + PUBLIC)
@pytest.mark.parametrize("begun", [[], [b"{"], [b"{", b'"date": ']])
def test_a_body_that_stops_coming_times_out(
    serve: Serve, method: str, target: str, begun: list[bytes]
) -> None:
    ada = serve(body_timeout=0.02).person("ada")
    reply = ada.ask(method, target, body=[*begun, Then.SILENCE], headers=JSON).failed("request_timeout")
    assert closes(reply)


def test_slow_bodies_do_not_delay_anybody_else(ada: Client) -> None:
    async def race() -> Reply:
        slow = [
            asyncio.create_task(ada.asking("POST", "/add_entry", body=[b"{", Then.SILENCE], headers=JSON))
            for _ in range(200)
        ]
        await asyncio.sleep(0)
        quick = await ada.asking("POST", "/add_entry", {"date": "2024-06-01", "activity": "Running"})
        assert not any(task.done() for task in slow)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return quick

    ada.world.runner.run(race()).went(201)


@pytest.mark.parametrize(("method", "target"), WRITES + PUBLIC)
@pytest.mark.parametrize("begun", [[], [b"{"], [entry(100)[:50]]])
def test_a_client_that_leaves_in_the_middle_has_no_effect_and_is_no_failure(
    ada: Client, method: str, target: str, begun: list[bytes]
) -> None:
    before = ada.world.audit()
    ada.ask(method, target, body=[*begun, Then.LEAVE], headers=JSON)
    assert ada.world.log.lines[-1]["level"] == "info"
    assert ada.world.log.lines[-1]["note"] == "client left"
    assert ada.world.audit() == before
    ada.get("/user").went(200)


def test_a_body_in_many_small_parts_is_put_together(world: World) -> None:
    ada = world.person("ada")
    body = entry(120)
    ada.ask("POST", "/add_entry", body=[body[at : at + 1] for at in range(len(body))], headers=JSON).went(201)


def test_a_body_where_none_is_wanted_does_no_harm(ada: Client) -> None:
    ada.ask("GET", "/today", body=b"{}", headers=JSON).went(200)
    ada.ask("DELETE", "/entries/9", body=b"{", headers=JSON).failed("not_found")
    ada.ask("POST", "/logout", body=b"nonsense", headers=JSON).went(200)


def test_a_body_of_more_values_than_any_command_is_refused_without_being_made(ada: Client) -> None:
    values = b"[" + b"[]," * 50_000 + b"1]"
    for body in (b'{"date":%b}' % values, b'{"date":{"a":%b}}' % values, b'{"a":"%b"}' % (b"," * 70_000)):
        reply = ada.ask("POST", "/add_entry", body=body, headers=JSON).failed("invalid_input")
        assert reply.message == "The body must not have more than 10000 values"
    long = b'{"date":"2024-06-01","activity":"Running","note":"' + b"x" * 9_000_000 + b'"}'
    assert "note" in ada.ask("POST", "/add_entry", body=long, headers=JSON).failed("invalid_input").message
    ada.ask("POST", "/add_entry", body=entry(200_000), headers=JSON).went(201)


def test_a_body_of_many_values_that_is_no_json_is_a_bad_request(ada: Client) -> None:
    ada.ask("POST", "/add_entry", body=b"{" + b"[" * 100_000, headers=JSON).failed("bad_request")


@pytest.mark.parametrize(("method", "path"), PUBLIC)
def test_bodies_of_those_who_are_not_known_have_a_small_limit(world: World, method: str, path: str) -> None:
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    endless: list[bytes | Then] = [body + b" " * 16_000, b" " * 16_000, b" " * 1000, Then.SILENCE]
    reply = world.anyone.ask(method, path, body=endless, headers=JSON).failed("payload_too_large")
    assert reply.details["limit_bytes"] == 32 * 1024
    announced = {**JSON, "Content-Length": str(32 * 1024 + 1)}
    world.anyone.ask(method, path, body=[Then.SILENCE], headers=announced).failed("payload_too_large")
    world.anyone.post("/login", {"username": "ada", "password": PASSWORD}).failed("invalid_credentials")


def test_the_largest_account_there_can_be_is_made_and_logs_in(world: World) -> None:
    """In JSON, a character beyond the first 65,536 may be written as two escapes."""
    account = {
        "username": "\U00020000" * 80,
        "password": "\U0001f600" * 1024,
        "display_name": "\U00020000" * 120,
    }
    assert len(json.dumps(account)) > 14_000
    world.anyone.post("/register", account).went(201)
    del account["display_name"]
    world.anyone.post("/login", account).went(200)


def test_a_limit_of_all_bodies_that_is_smaller_counts_for_those_who_are_not_known(serve: Serve) -> None:
    anyone = serve(max_body=1000).anyone
    reply = anyone.ask("POST", "/login", body=b" " * 1001, headers=JSON).failed("payload_too_large")
    assert reply.details["limit_bytes"] == 1000


def test_the_file_of_a_large_body_is_closed_beside_the_event_loop(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_in: list[str] = []

    class Noted(SpooledTemporaryFile):  # type: ignore[type-arg]  # of bytes
        def close(self) -> None:
            closed_in.append(threading.current_thread().name)
            super().close()

    monkeypatch.setattr(bodies, "SpooledTemporaryFile", Noted)
    ada = serve().person("ada")
    ada.ask("POST", "/add_entry", body=entry(2**20), headers=JSON).went(201)
    ada.ask("POST", "/add_entry", body=entry(2**17), headers=JSON).went(200)
    large, small = closed_in
    assert small == threading.current_thread().name != large


def calls() -> list[Call]:
    """Return the calls that are in memory."""
    return [one for one in gc.get_objects() if type(one) is Call]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/add_entry", {"date": "2024-06-01", "activity": "Running"}, 200),
        (
            "/add_activity",
            {"name": "Running", "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7},
            409,
        ),
        ("/add_entry", {"date": "2024-06-01", "activity": "Running", "note": "n" * 101}, 400),
        ("/add_entry", {"date": "2024-06-01", "activity": 1}, 400),
        ("/rules", {"metric": "steps", "target": {"kind": "least", "value": "many"}}, 400),
        ("/tokens", {"name": "Watch", "scopes": [1, 2], "expires": None}, 400),
    ],
)
def test_a_request_with_a_body_leaves_nothing_to_the_garbage_collector(
    ada: Client, path: str, body: dict[str, object], status: int
) -> None:
    ada.post(path, body)
    gc.collect()
    before = calls()  # which errors that tests share hold on to, by their tracebacks
    gc.disable()
    try:
        for _ in range(5):
            assert ada.post(path, body).status == status
        left = [one for one in calls() if not any(one is old for old in before)]
        assert len(left) <= 1  # the writer's thread may still have the last one
    finally:
        gc.enable()
