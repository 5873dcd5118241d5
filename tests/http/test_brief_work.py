"""Small files and exports, which wait for no large ones."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.lanes import Lane, Party
from mosaic_core.wearables.large import MOST_RECORDS
from mosaic_http.app import create_app
from support_http import Client, Reply, World, form
from support_lanes import RecordingLanes
from wearable_records import heart

Asked = Coroutine[Any, Any, Reply]

SMALL = "date,activity,value\n2024-06-01,Running,1\n"
LARGE = "date,activity,value,note\n" + "".join(
    f"{2010 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02},Running,1,{'x' * 100}\n" for n in range(3000)
)


def importing(who: Client, rows: str) -> Asked:
    body, headers = form(rows)
    return who.asking("POST", "/import_csv", body=body, headers=headers)


def sending(who: Client, records: int = 20) -> Asked:
    said = [heart(f"k{n}", f"2024-06-01T{n // 3600:02}:{n // 60 % 60:02}:00") for n in range(records)]
    batch = {"source_app": "App", "device_id": "w", "tz": "UTC", "records": said}
    return who.asking("POST", "/ingest/wearable/batch", batch)


def exporting(who: Client, kind: str = "json") -> Asked:
    return who.asking("GET", f"/export/{kind}?limit=all")


@asynccontextmanager
async def heavy_threads_held(world: World) -> AsyncIterator[None]:
    """Keep both threads for heavy work busy."""
    reached, opened = threading.Barrier(3), threading.Event()

    def hold() -> None:
        reached.wait(60)
        assert opened.wait(60)

    held = [
        asyncio.create_task(world.mosaic.lanes.run(Lane.HEAVY, hold, Party(f"party{number}")))
        for number in range(2)
    ]
    await asyncio.to_thread(reached.wait, 60)
    try:
        yield
    finally:
        opened.set()
        await asyncio.gather(*held)


@pytest.mark.parametrize(
    "small",
    [
        lambda who: importing(who, SMALL),
        lambda who: importing(who, "x"),
        sending,
        exporting,
        lambda who: exporting(who, "csv"),
    ],
)
@pytest.mark.parametrize(
    "large", [lambda who: importing(who, LARGE), lambda who: sending(who, MOST_RECORDS + 1)]
)
def test_what_is_small_is_answered_while_what_is_large_waits_for_a_thread(
    ada: Client, ben: Client, small: Callable[[Client], Asked], large: Callable[[Client], Asked]
) -> None:
    async def scenario() -> tuple[int, bool, int]:
        async with heavy_threads_held(ada.world):
            waiting = asyncio.create_task(large(ben))
            answered = await asyncio.wait_for(small(ada), 60)
            was_waiting = not waiting.done()
        return answered.status, was_waiting, (await waiting).status

    status, was_waiting, later = ada.world.runner.run(scenario())
    assert status < 500
    assert was_waiting
    assert later < 300


def test_an_export_of_many_rows_is_heavy(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.upload(SMALL).went(200)
    world = ada.world
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    for rows, lane in ((2, Lane.BRIEF), (1, Lane.HEAVY)):
        monkeypatch.setattr("mosaic_http.brief._ROWS", rows)
        lanes.ran.clear()
        ada.get("/export/csv?limit=all").went(200)
        assert lanes.ran == [Lane.READ, Lane.READ, lane]
