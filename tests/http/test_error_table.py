"""Every kind of failure over HTTP, in the one shape; the client itself checks the shape of each."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from attrs import evolve, frozen

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_core.errors import MosaicError, ServiceUnavailable, StorageFull
from mosaic_core.lanes import ANYBODY, Lane, Lanes, Party
from mosaic_http.app import PATHS, create_app
from support_cameras import Script, asked, scripted
from support_http import CODES, PASSWORD, Client, Reply, Serve, Then, World, settings_for

T = TypeVar("T")


@frozen
class FailingLanes(Lanes):
    """Lanes in which every use case ends in one failure."""

    failure: Exception

    async def run(self, *_: object, **__: object) -> NoReturn:
        raise self.failure

    def close(self) -> None:
        """There is nothing to close."""


def failing(person: Client, failure: Exception) -> Client:
    """Let every use case from now on end in the failure."""
    world = person.world
    world.app = create_app(evolve(world.mosaic, lanes=FailingLanes(failure)), world.settings, world.log)
    return person


def expired(ada: Client) -> Reply:
    ada.world.clock.advance(days=1)
    return ada.get("/user")


def limited(ada: Client) -> Reply:
    world = World(evolve(ada.world.settings, database_url="memory:", rate_limits={"login": (1, 60)}))
    try:
        world.anyone.post("/login", {"username": "a", "password": "b"})
        return world.anyone.post("/login", {"username": "a", "password": "b"})
    finally:
        world.close()


def slow(ada: Client) -> Reply:
    world = World(evolve(ada.world.settings, database_url="memory:", body_timeout=0.01))
    try:
        return world.anyone.ask(
            "POST", "/login", body=[b"{", Then.SILENCE], headers={"Content-Type": "application/json"}
        )
    finally:
        world.close()


def mismatch(ada: Client) -> Reply:
    keyed = ada.with_headers(Idempotency_Key="k")
    keyed.add_entry(value=1)
    return keyed.add_entry(value=2)


def wrong_csrf(ada: Client) -> Reply:
    return evolve(ada, headers={"Cookie": f"mosaic_session={ada.token}"}).post("/logout")


def not_admin(ada: Client) -> Reply:
    return ada.world.person("ben").get("/users")


def wrong_credentials(ada: Client) -> Reply:
    return ada.world.anyone.post("/login", {"username": "ada", "password": "wrong"})


def with_camera(ada: Client, script: Script) -> Reply:
    with scripted(script) as camera:
        return ada.get(f"/api/stream-snapshot?{asked(camera.url())}")


def silent_camera(ada: Client) -> Reply:
    world = World(evolve(ada.world.settings, database_url="memory:", stream_timeout=0.01))
    try:
        return with_camera(world.person(), lambda one: one.wait())
    finally:
        world.close()


def no_json(ada: Client, body: bytes) -> Reply:
    return ada.ask("POST", "/add_entry", body=body, headers={"Content-Type": "application/json"})


REACHED: dict[str, Callable[[Client], Reply]] = {
    "invalid_input": lambda ada: ada.add_entry(value="1"),
    "invalid_json": lambda ada: no_json(ada, b"[1]"),
    "bad_request": lambda ada: no_json(ada, b"{"),
    "invalid_query": lambda ada: ada.get("/entries?limit=x"),
    "missing_file": lambda ada: ada.upload("", name="other"),
    "invalid_state": lambda ada: [ada.add_activity(), ada.delete("/activities/1")][-1],
    "invalid_operation": lambda ada: ada.delete("/users/1"),
    "unauthorized": lambda ada: ada.world.anyone.get("/user"),
    "token_expired": expired,
    "invalid_credentials": wrong_credentials,
    "forbidden": not_admin,
    "invalid_csrf": wrong_csrf,
    "not_found": lambda ada: ada.get("/no/such/path"),
    "method_not_allowed": lambda ada: ada.put("/today", {}),
    "request_timeout": slow,
    "conflict": lambda ada: [ada.add_activity(), ada.add_activity()][-1],
    "payload_too_large": lambda ada: no_json(ada, b" " * (ada.world.settings.max_body + 1)),
    "unsupported_media_type": lambda ada: ada.ask("POST", "/add_entry", body=b"{}"),
    "idempotency_mismatch": mismatch,
    "too_many_requests": limited,
    "internal_error": lambda ada: failing(ada, RuntimeError("SELECT secret FROM /tmp/x.py")).add_entry(),
    "service_unavailable": lambda ada: failing(
        ada, ServiceUnavailable("Busy", {"retry_after": 2})
    ).add_entry(),
    "camera_unauthorized": lambda ada: with_camera(ada, lambda one: one.answer("403 Forbidden")),
    "camera_unreachable": lambda ada: with_camera(ada, lambda one: one.close()),
    "camera_timeout": silent_camera,
    "storage_full": lambda ada: failing(ada, StorageFull("There is no room left to write")).add_entry(),
}


def test_the_table_is_complete() -> None:
    assert set(REACHED) == set(CODES)


@pytest.mark.parametrize("code", REACHED)
def test_every_code_of_the_table_is_reached_with_its_status(ada: Client, code: str) -> None:
    REACHED[code](ada).failed(code)


def test_an_unexpected_failure_tells_the_client_nothing_and_the_log_where_it_arose(ada: Client) -> None:
    failing(ada, RuntimeError("SELECT password")).add_entry().failed("internal_error")
    line = ada.world.log.lines[-1]
    assert line["level"] == "error"
    assert line["failure"].startswith("RuntimeError < run:")
    assert "password" not in str(ada.world.log.lines)


@pytest.mark.parametrize("failure", [ServiceUnavailable("Busy", {"retry_after": 2}), RuntimeError("no")])
@pytest.mark.parametrize(
    "target", ["/today", "/entries", "/export/json", "/export/csv?limit=all", "/stats/progress"]
)
def test_readers_get_the_one_shape_too(ada: Client, target: str, failure: Exception) -> None:
    reply = failing(ada, failure).get(target)
    assert reply.status == (503 if isinstance(failure, MosaicError) else 500)


def test_an_unavailable_service_says_when_to_try_again(ada: Client) -> None:
    reply = failing(ada, ServiceUnavailable("Busy", {"retry_after": 2})).add_entry()
    assert reply.failed("service_unavailable").header("retry-after") == "2"


def test_a_database_that_another_program_writes_for_too_long_is_unavailable_and_then_works_again(
    tmp_path: Path,
) -> None:
    world = World(settings_for("sqlite", tmp_path, busy_timeout=0.02))
    ada = world.person("ada")
    with closing(sqlite3.connect(world.settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = ada.add_entry(value=1).failed("service_unavailable")
        assert int(reply.header("retry-after") or "") >= 1
        ada.get("/today").went(200)
        world.anyone.logged_in("ada")
        other.execute("ROLLBACK")
    ada.add_entry(value=1).went(201)
    world.close()


def test_too_much_work_at_once_is_refused_with_when_to_try_again(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_is_refused, make = threading.Event(), Argon2Passwords.hash

    def made(passwords: Argon2Passwords, password: str) -> str:
        assert one_is_refused.wait(60)
        return make(passwords, password)

    async def all_register() -> list[Reply]:
        said = [{"username": f"user{n}", "password": PASSWORD} for n in range(100)]
        asking = [asyncio.create_task(ada.asking("POST", "/register", one)) for one in said]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        one_is_refused.set()
        return await asyncio.gather(*asking)

    monkeypatch.setattr(Argon2Passwords, "hash", made)
    replies = ada.world.runner.run(all_register())
    refused = [reply.failed("service_unavailable") for reply in replies if reply.status != 201]
    assert 0 < len(refused) < 100
    assert {reply.header("retry-after") for reply in refused} == {"1"}


def test_a_server_that_cannot_reach_its_store_says_so_in_the_shape_of_health(ada: Client) -> None:
    told = failing(ada, ServiceUnavailable("Busy", {"retry_after": 2})).get("/healthz").went(503).json
    assert (told["db_ok"], told["cache_ok"]) == (False, True)


def test_a_damaged_database_is_not_called_healthy(tmp_path: Path) -> None:
    world = World(settings_for("sqlite", tmp_path))
    ada = world.person("ada")
    ada.add_entry().went(201)
    path = world.settings.database_path
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(b"damaged " * (len(whole) // 8))
    told = world.anyone.get("/healthz").went(503).json
    assert told["db_ok"] is False
    path.write_bytes(whole)
    world.clock.advance(seconds=1)
    world.anyone.get("/healthz").went(200)
    world.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_lacks_is_refused_with_all_that_it_has(world: World, path: str) -> None:
    methods = {*PATHS[path], "OPTIONS"} | ({"HEAD"} if "GET" in PATHS[path] else set())
    target = path.replace("{id:int}", "1").replace("{filename}", "x.zip")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
        reply = world.anyone.ask(method, target).failed("method_not_allowed")
        assert set((reply.header("allow") or "").split(", ")) == methods
    options = world.anyone.ask("OPTIONS", target)
    assert options.status < 300
    assert set((options.header("allow") or "").split(", ")) == methods


@pytest.mark.parametrize(
    "target",
    [
        "/nothing",
        "/today/",
        "//today",
        "/users/x",
        "/entries/1/2",
        "/%00",
        "/Today",
        "/../etc/passwd",
        "*",
        "",
    ],
)
def test_an_unknown_path_is_not_found_whoever_asks(serve: Serve, target: str) -> None:
    anyone = serve(api_key="key").anyone
    for method in ("GET", "POST", "DELETE", "OPTIONS", "HEAD"):
        anyone.ask(method, target).failed("not_found")


@pytest.mark.parametrize("target", ["/today", "/user", "/", "/healthz", "/export/json?limit=all"])
def test_head_answers_as_get_does(ada: Client, target: str) -> None:
    got, head = ada.get(target), ada.ask("HEAD", target)
    assert head.status == got.status == 200
    assert head.header("content-type") == got.header("content-type")


def test_registering_over_http_never_tells_what_the_database_said(ada: Client) -> None:
    reply = ada.world.anyone.post("/register", {"username": "ada", "password": PASSWORD}).failed("conflict")
    assert "UNIQUE" not in reply.text


class ShortBreath(Lanes):
    """Lanes that fail with what is brief after the first breath, as when the store is lost in the middle."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._breaths = 1

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        if lane is Lane.BRIEF:
            self._breaths -= 1
        if self._breaths < 0:
            raise ServiceUnavailable("the database is at /secret/place")
        return await self._lanes.run(lane, use_case, party)

    def close(self) -> None:
        """The lanes beneath are closed elsewhere."""


def test_what_an_import_staged_is_removed_though_too_much_brief_work_is_waiting(ada: Client) -> None:
    world = ada.world
    lanes = ShortBreath(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    before = set(world.settings.data_dir.iterdir())
    ada.upload("date,activity,value\n2024-06-01,Running,1\n").went(200)
    assert set(world.settings.data_dir.iterdir()) == before
