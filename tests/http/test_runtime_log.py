"""What the server logged lately, as administrators read it."""

import os
from collections.abc import Iterator

import pytest

from mosaic_http.app import create_app
from mosaic_http.logs import Log, request_log
from support_http import Client, Reply, Serve, World

SECRET = "planted-secret"


@pytest.fixture
def world(serve: Serve) -> Iterator[World]:
    """A server that logs as a real one does."""
    world = serve()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    log = Log(world.settings, nowhere)
    requests = request_log(world.settings, log)
    world.app = create_app(world.mosaic, world.settings, requests, newest_events=log.recent.newest)
    yield world
    os.close(nowhere)


def test_a_request_is_told_with_exactly_the_promised_fields(ada: Client) -> None:
    ada.get("/today", {"X-Request-ID": "my-id"}).went(200)
    told = ada.get("/logs/runtime?limit=1").went(200).json
    assert set(told) == {"logs", "limit"}
    assert told["limit"] == 1
    (event,) = told["logs"]
    assert set(event) == {"timestamp", "level", "logger", "message", "worker"}
    assert (event["level"], event["logger"], event["worker"]) == ("info", "mosaic.requests", os.getpid())
    assert event["message"].startswith("GET /today 200 ")
    assert event["message"].endswith(" ms (user 1, request my-id)")
    assert event["timestamp"].endswith("Z")


def test_the_newest_events_come_first(ada: Client) -> None:
    for path in ("/today", "/user", "/entries"):
        ada.get(path)
    told = [one["message"].split()[1] for one in ada.get("/logs/runtime").json["logs"]]
    assert told == ["/entries", "/user", "/today", "/login", "/register"]


@pytest.mark.parametrize(("query", "limit"), [("", 500), ("?limit=7", 7), ("?limit=501", 500)])
def test_as_many_as_asked_for_are_told_and_500_at_most(ada: Client, query: str, limit: int) -> None:
    for _ in range(510):
        ada.world.anyone.get("/")
    told = ada.get(f"/logs/runtime{query}").went(200).json
    assert (told["limit"], len(told["logs"])) == (limit, limit)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "all"])
def test_a_limit_that_is_no_positive_number_is_told(ada: Client, limit: str) -> None:
    ada.get(f"/logs/runtime?limit={limit}").failed("invalid_query")


def test_only_administrators_read_them(ben: Client) -> None:
    ben.get("/logs/runtime").failed("forbidden")
    ben.world.anyone.get("/logs/runtime").failed("unauthorized")


def test_a_token_needs_the_scope_admin(ada: Client) -> None:
    def by_token(*scopes: str) -> Reply:
        given = ada.post("/tokens", {"name": "watch", "scopes": scopes}).went(201).json
        return ada.world.anyone.get("/logs/runtime", {"Authorization": f"Bearer {given['token']}"})

    by_token("read", "write", "ingest").failed("forbidden")
    by_token("admin").went(200)


def test_what_a_client_wrote_into_paths_and_queries_is_not_in_them(ada: Client) -> None:
    for target in (f"/{SECRET}", f"/today?date={SECRET}", f"/users/{SECRET}", f"/docs/{SECRET}"):
        ada.get(target, {"X-Request-ID": f"{SECRET} "})
    assert SECRET not in ada.get("/logs/runtime").went(200).text
