"""Looking after the server over HTTP, and the audit of what people do."""

import asyncio
import threading
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from mosaic_core.lanes import Lane
from support_http import ADDRESS, PASSWORD, Client, Reply, Serve, World

Step = Callable[[Client], object]


def test_the_root_says_that_mosaic_runs_and_no_more(world: World) -> None:
    told = world.anyone.get("/").went(200).json
    assert set(told) == {"message", "version"}
    assert told["message"] == "Mosaic is running"


def test_health_has_exactly_the_promised_fields(world: World) -> None:
    told = world.anyone.get("/healthz").went(200).json
    assert set(told) == {"uptime_s", "db_ok", "cache_ok", "req_per_min", "error_rate", "last_metrics_update"}
    assert (told["db_ok"], told["cache_ok"]) == (True, True)


def test_health_counts_the_last_minutes_answers(world: World) -> None:
    world.anyone.get("/healthz")
    for _ in range(3):
        world.anyone.get("/")
    world.clock.advance(seconds=30)
    told = world.anyone.get("/healthz").json
    assert (told["uptime_s"], told["req_per_min"], told["error_rate"]) == (30.0, 4, 0.0)
    assert told["last_metrics_update"] == "2024-06-01T12:00:00Z"
    world.clock.advance(seconds=61)
    assert world.anyone.get("/healthz").json["req_per_min"] == 0


def test_the_audit_is_for_administrators(ada: Client, ben: Client) -> None:  # noqa: ARG001  # Ada comes first
    ben.get("/logs/activity").failed("forbidden")


def test_the_audit_is_listed_newest_first_with_exactly_the_promised_fields(ada: Client) -> None:
    told = ada.get("/logs/activity").went(200).json
    assert {name: told[name] for name in ("total", "limit", "offset")} == {
        "total": 2,
        "limit": 100,
        "offset": 0,
    }
    assert [item["event_type"] for item in told["items"]] == ["auth.login", "auth.register"]
    assert told["items"][1] == {
        "id": 1,
        "timestamp": "2024-06-01T12:00:00Z",
        "user_id": 1,
        "event_type": "auth.register",
        "message": "User registered",
        "context": {"username": "ada", "is_admin": True},
        "level": "info",
    }


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 4),
        ("event_type=auth.login", 2),
        ("event_type=nothing", 0),
        ("user_id=2", 2),
        ("user_id=99999999999999999999999", 0),
        ("level=info", 4),
        ("level=warning", 0),
        ("start=2024-06-01T12:30:00Z", 2),
        ("end=2024-06-01T12:30:00Z", 2),
        ("start=2024-06-01T12:00:00%2B00:00&end=2024-06-01T13:00:00Z", 2),
        ("start=2024-06-01T14:00:00%2B01:00", 2),
        ("start=2024-06-01", 4),
        ("user_id=2&event_type=auth.login", 1),
    ],
)
def test_the_audit_is_filtered(serve: Serve, query: str, total: int) -> None:
    world = serve(jwt_exp_minutes=120)
    ada = world.person("ada")
    world.clock.advance(hours=1)
    world.person("ben")
    assert ada.get(f"/logs/activity?{query}").went(200).json["total"] == total


def test_the_audit_is_paged(ada: Client) -> None:
    for name in ("a", "b", "c"):
        ada.add_activity(name).went(201)
    told = ada.get("/logs/activity?limit=2&offset=1").json
    assert (told["total"], told["limit"], told["offset"]) == (5, 2, 1)
    assert [item["context"]["name"] for item in told["items"]] == ["b", "a"]
    assert ada.get("/logs/activity?limit=9999").json["limit"] == 500


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "offset=-1",
        "user_id=x",
        "user_id=-1",
        "start=yesterday",
        "end=2024-13-01",
        "start=0001-01-01T00:00%2B01:00",
    ],
)
def test_a_wrong_query_of_the_audit_is_told(ada: Client, query: str) -> None:
    ada.get(f"/logs/activity?{query}").failed("invalid_query")


def test_audit_rows_of_a_deleted_user_stay(ada: Client, ben: Client) -> None:
    ben.delete("/user").went(200)
    kinds = [one["event_type"] for one in ada.get(f"/logs/activity?user_id={ben.id}").json["items"]]
    assert kinds == ["user.delete", "auth.login", "auth.register"]


EVENTS: list[tuple[str, str, Step]] = [
    ("user.update", "info", lambda one: one.patch("/user", {"display_name": "x"}).went(200)),
    ("auth.logout", "info", lambda one: one.post("/logout").went(200)),
    ("user.delete", "info", lambda one: one.delete("/user").went(200)),
    ("activity.create", "info", lambda one: one.add_activity("New").went(201)),
    ("activity.create_failed", "warning", lambda one: one.add_activity("Running").failed("conflict")),
    ("activity.update", "info", lambda one: one.put("/activities/1", {"goal": 2}).went(200)),
    ("activity.deactivate", "info", lambda one: one.patch("/activities/1/deactivate").went(200)),
    ("activity.activate", "info", lambda one: one.patch("/activities/2/activate").went(200)),
    ("activity.delete", "info", lambda one: one.delete("/activities/2").went(200)),
    ("entry.delete", "info", lambda one: one.delete("/entries/1").went(200)),
    ("entry.delete_missing", "warning", lambda one: one.delete("/entries/99").failed("not_found")),
    ("day.finalize", "info", lambda one: one.post("/finalize_day", {}).went(200)),
    ("import.csv", "info", lambda one: one.upload("date,activity\n2024-06-01,Running\n").went(200)),
    ("import.csv_failed", "warning", lambda one: one.upload("no header\n").failed("invalid_input")),
    (
        "wearable.ingest",
        "info",
        lambda one: one.post(
            "/ingest/wearable/batch",
            {
                "source_app": "app",
                "device_id": "watch",
                "tz": "UTC",
                "records": [
                    {
                        "type": "steps",
                        "start": "2024-06-01T10:00:00Z",
                        "end": "2024-06-01T11:00:00Z",
                        "fields": {"count": 5},
                        "dedupe_key": "k",
                    }
                ],
            },
        ).went(201),
    ),
]


@pytest.mark.parametrize(("event_type", "level", "step"), EVENTS, ids=[event[0] for event in EVENTS])
def test_each_change_has_its_one_audit_row(
    ada: Client,  # noqa: ARG001  # the last administrator stays
    ben: Client,
    event_type: str,
    level: str,
    step: Step,
) -> None:
    ben.add_activity("Running").went(201)
    ben.add_activity("Off").went(201)
    ben.patch("/activities/2/deactivate").went(200)
    ben.add_entry().went(201)
    before = len(ben.world.audit())
    step(ben)
    rows = ben.world.audit()[before:]
    assert [(row["event_type"], row["user_id"], row["level"]) for row in rows] == [
        (event_type, ben.id, level)
    ]


@pytest.mark.parametrize(
    "step",
    [
        lambda one: one.add_entry(value=1).went(201),
        lambda one: one.add_entry("Running", "2024-05-01").went(200),
        lambda one: one.get("/today").went(200),
        lambda one: one.get("/entries").went(200),
        lambda one: one.get("/export/csv?limit=all").went(200),
        lambda one: one.patch("/activities/1/activate").went(200),
        lambda one: one.put("/activities/1", {}).failed("invalid_input"),
        lambda one: one.put("/activities/99", {"goal": 1}).failed("not_found"),
    ],
)
def test_adding_and_reading_and_what_changes_nothing_is_not_audited(ada: Client, step: Step) -> None:
    ada.add_activity().went(201)
    ada.add_entry(day="2024-05-01").went(201)
    before = ada.world.audit()
    step(ada)
    assert ada.world.audit() == before


def test_accounts_are_audited_too(ada: Client) -> None:
    anyone = ada.world.anyone
    anyone.post("/register", {"username": "ADA", "password": PASSWORD}).failed("conflict")
    anyone.post("/login", {"username": "ada", "password": "wrong"}).failed("invalid_credentials")
    anyone.post("/login", {"username": "nobody", "password": "wrong"}).failed("invalid_credentials")
    rows = [(row["event_type"], row["user_id"], row["level"]) for row in ada.world.audit()]
    assert rows == [
        ("auth.register", 1, "info"),
        ("auth.login", 1, "info"),
        ("auth.register_failed", None, "warning"),
        ("auth.login_failed", 1, "warning"),
        ("auth.login_failed", None, "warning"),
    ]


def test_an_administrators_deletion_is_noted_under_their_name(ada: Client, ben: Client) -> None:
    ada.delete(f"/users/{ben.id}").went(200)
    row = ada.world.audit("user.delete")[0]
    assert row["user_id"] == ada.id
    assert row["context"] == {"account_id": ben.id, "username": "ben"}


def test_a_failure_under_an_idempotency_key_is_noted_too(ada: Client) -> None:
    ada.add_activity().went(201)
    ada.with_headers(Idempotency_Key="k").add_activity().failed("conflict")
    assert len(ada.world.audit("activity.create_failed")) == 1


def test_every_request_has_its_line_in_the_log(serve: Serve) -> None:
    world = serve()
    ada = world.person("ada")
    world.log.lines.clear()
    ada.get("/today?date=2024-06-01", {"X-Request-ID": "my-id"}).went(200)
    world.anyone.delete("/entries/77")
    world.anyone.get("/no/such/path")
    seen = [
        {name: line[name] for name in ("id", "method", "route", "status", "user")} for line in world.log.lines
    ]
    assert seen[0] == {"id": "my-id", "method": "GET", "route": "/today", "status": 200, "user": 1}
    assert [(one["route"], one["status"], one["user"]) for one in seen[1:]] == [
        ("/entries/{id:int}", 401, None),
        ("", 404, None),
    ]
    assert all(line["duration_ms"] >= 0 for line in world.log.lines)
    assert ADDRESS not in str(world.log.lines)


def test_a_request_that_a_stopping_server_cuts_off_is_told_that_it_may_have_been_done(ada: Client) -> None:
    free = threading.Event()

    async def cut_off() -> Reply:
        busy = asyncio.create_task(ada.world.mosaic.lanes.run(Lane.WRITE, lambda: free.wait(60)))
        asking = asyncio.create_task(ada.asking("POST", "/finalize_day", {}))
        for _ in range(100):
            await asyncio.sleep(0)
        asking.cancel()
        reply = await asking
        free.set()
        await busy
        return reply

    reply = ada.world.runner.run(cut_off()).failed("service_unavailable")
    assert "may have been carried out" in reply.json["error"]["message"]
    assert ada.world.log.lines[-1]["status"] == 503


def test_the_applications_life_begins_with_tidying_and_ends_with_closing(ada: Client) -> None:
    world = ada.world
    world.clock.advance(days=366)
    said: list[str] = []
    begun = asyncio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message["type"])
        begun.set()

    async def live() -> int:
        orders: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        orders.put_nowait({"type": "lifespan.startup"})
        life = asyncio.ensure_future(world.app({"type": "lifespan", "state": {}}, orders.get, send))
        await begun.wait()
        left = await world.mosaic.lanes.run(Lane.WRITE, lambda: len(world.audit("auth.register")))
        orders.put_nowait({"type": "lifespan.shutdown"})
        await life
        return left

    assert world.runner.run(live()) == 0
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
