"""Where the work of a request runs."""

import asyncio
import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
from attrs import evolve

from mosaic_core.entries.model import Meeting
from mosaic_core.lanes import ANYBODY, Lane, Lanes, Party
from mosaic_core.store import Foretold
from mosaic_http.app import PATHS, create_app
from mosaic_http.replays import lane_under_key
from support_http import Client, World, settings_for
from support_lanes import RecordingLanes

T = TypeVar("T")


@pytest.mark.parametrize(
    ("method", "target", "lane"),
    [
        ("GET", "/today", Lane.READ),
        ("GET", "/export/json?limit=500", Lane.READ),
        ("POST", "/finalize_day", Lane.WRITE),
        ("PATCH", "/user", Lane.WRITE),
        ("GET", "/wearable/raw", Lane.LONG_READ),
        ("GET", "/logs/activity", Lane.LONG_READ),
        ("GET", "/wearable/trends?window=30", Lane.READ),
        ("GET", "/wearable/trends?from=2014-01-01&to=2024-01-01", Lane.LONG_READ),
        ("GET", "/entries?limit=500&offset=2000&activity=Running", Lane.READ),
        ("GET", "/entries?offset=2001", Lane.LONG_READ),
        ("GET", "/entries?category=Health", Lane.LONG_READ),
        ("GET", "/activities?offset=2001", Lane.LONG_READ),
        ("GET", "/export/csv?limit=501", Lane.LONG_READ),
        ("GET", "/export/csv?limit=1&offset=2001", Lane.LONG_READ),
    ],
)
def test_who_calls_is_found_out_in_the_lane_of_reads_before_anything_else_runs(
    ada: Client, method: str, target: str, lane: Lane
) -> None:
    world = ada.world
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    said = {"display_name": "Ada"} if method == "PATCH" else {}
    ada.ask(method, target, said).went(200)
    assert lanes.ran == [Lane.READ, lane]


class HearingLanes(RecordingLanes):
    """Lanes that keep what is known of use cases beforehand."""

    heard: ClassVar[list[Meeting]] = []

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        if isinstance(use_case, Foretold):
            self.heard.extend(use_case.meetings)
        return await super().run(lane, use_case, party)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "key"}])
def test_it_is_known_beforehand_where_an_entry_is_to_be_written(
    ada: Client, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ada.world
    lanes = HearingLanes(world.mosaic.lanes)
    monkeypatch.setattr(HearingLanes, "heard", [])
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    said = {"activity": " Run ", "date": "2026-01-02"}
    answer = ada.ask("POST", "/add_entry", said, headers=headers).went(201).json
    assert lanes.heard == [Meeting(answer["entry"]["user_id"], "Run", dt.date(2026, 1, 2))]


@pytest.mark.parametrize("path", PATHS)
def test_what_changes_something_never_runs_on_the_event_loop(path: str) -> None:
    for method, operation in PATHS[path].items():
        if method != "GET" and path not in {"/login", "/logout"}:  # whose preparations write
            assert operation.lane in {Lane.WRITE, lane_under_key}


class ThreadedLanes(Lanes):
    """Lanes for a store across a network: nothing runs on the event loop."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    async def run(self, lane: Lane, use_case: Callable[[], T], *_: object) -> T:  # noqa: ARG002  # all are alike
        def noted() -> T:
            self.threads.add(threading.get_ident())
            return use_case()

        return await asyncio.to_thread(noted)

    def close(self) -> None:
        """There is nothing to close."""


def test_everything_can_run_in_threads(tmp_path: Path) -> None:
    world = World(settings_for("memory", tmp_path))
    lanes = ThreadedLanes()
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    ada = world.person("ada")
    ada.add_entry().went(201)
    ada.upload("date,activity,value\n2024-06-02,Running,1\n").went(200)
    for target in ("/today?date=2024-06-01", "/stats/progress", "/export/csv?limit=all", "/wearable/raw"):
        ada.get(target).went(200)
    ada.post("/logout").went(200)
    ada.get("/user").failed("unauthorized")
    world.close()
    assert lanes.threads
    assert threading.get_ident() not in lanes.threads
