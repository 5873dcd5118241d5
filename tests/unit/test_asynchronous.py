"""Mosaic for programs with an event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.memory import MemoryStore
from mosaic_adapters.sqlite import SqliteStore
from mosaic_adapters.sqlite.unit import SqliteUnit
from mosaic_core import AsyncMosaic, Batch, Mosaic, Page, PauseChange, RuleChange, TrendWanted
from support import TODAY, FixedClock


def inline(_: Path) -> Mosaic:
    return Mosaic.over(MemoryStore(), clock=FixedClock())


def threaded(folder: Path) -> Mosaic:
    store = SqliteStore(folder / "mosaic.db")
    return Mosaic.over(store, clock=FixedClock(), lanes=LocalLanes(store))


@pytest.mark.parametrize("make", [inline, threaded])
def test_a_person_does_everything_that_the_other_one_does(
    make: Callable[[Path], Mosaic], tmp_path: Path
) -> None:
    record = '{"type": "steps", "start": "2024-06-01T08:00:00Z", "dedupe_key": "1", "fields": {"steps": 40}}'
    batch = Batch(source_app="app", device_id="watch", tz="UTC", records=[record])

    async def live() -> None:
        async with AsyncMosaic(make(tmp_path)) as mosaic:
            ada = await mosaic.person("ada", timezone="UTC")
            assert (await ada.add("Running", 0.5, note="5 km")).is_new
            assert (await ada.add_activity("Reading", "Learning", goal=1.0)).is_new
            assert (await ada.finalize()).created == 1
            assert [row.name for row in await ada.today()] == ["Reading", "Running"]
            assert [one.activity for one in await ada.entries(page=Page(1))] == ["Reading"]
            assert len(await ada.entries(first=TODAY, last=TODAY)) == 2
            assert (await ada.progress()).goal_completion_today == 50.0
            assert (await ada.ingest(batch)).accepted == 1
            assert (await ada.wearable_day()).steps == 40
            assert (await ada.trend(TrendWanted())).values[-1].value == 40
            assert "5 km" in "".join([piece async for piece in ada.export_csv()])
            reading, _ = sorted(await ada.activities(), key=lambda one: one.name)
            await ada.change_activity(reading.id, category="Books")
            assert (await ada.activity(reading.id)).category == "Books"
            typo = (await ada.add("Readng", 1.0)).entry
            assert (await ada.change_entry(typo.id, value=2.0)).value == 2.0
            assert await ada.entry(typo.id) == evolve(typo, value=2.0)
            known = {one.name: one.id for one in await ada.activities()}
            assert (await ada.merge(known["Readng"], reading.id)).merged == 1
            assert (await ada.import_csv(["date,activity\n", "2024-06-01,Running\n"])).updated == 1
            assert sorted(one.name for one in (await ada.agenda()).items) == ["Reading", "Running"]
            pause = await ada.pause(TODAY, reason="Flu")
            pause = await ada.change_pause(pause.id, PauseChange(reason="Cold"))
            assert await ada.pauses() == [pause]
            assert (await ada.history(reading.id)).days[-1].value == 2.0
            await ada.delete_pause(pause.id)
            rule = (await ada.fill("Reading", "steps", at_least=5, first=TODAY)).rule
            assert not (await ada.change_rule(rule.id, RuleChange(enabled=False))).rule.enabled
            assert [one.activity for one in await ada.rules()] == ["Reading"]
            await ada.delete_rule(rule.id)
            await ada.deactivate(reading.id)
            await ada.activate(reading.id)
            await ada.deactivate(reading.id)
            await ada.delete_activity(reading.id)
            assert len(await ada.activities(inactive=True)) == 1
            await ada.delete_entry((await ada.entries(page=Page(1)))[0].id)
            assert len(await ada.entries()) == 1

    asyncio.run(live())


def test_an_export_that_is_cancelled_while_a_piece_is_made_is_closed_behind_it(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(SqliteStore):
        """Its exports wait in the middle of a piece."""

        @contextmanager
        def read(self) -> Iterator[SqliteUnit]:
            with super().read() as unit:
                begun.set()
                go_on.wait(60)
                yield unit

    async def leave() -> None:
        async with AsyncMosaic(threaded(tmp_path)) as mosaic:
            ada = await mosaic.person("ada")
            await ada.add("Running", 1)
        store = Slow(tmp_path / "mosaic.db")
        slow = Mosaic.over(store, clock=FixedClock(), lanes=LocalLanes(store))
        go_on.set()
        async with AsyncMosaic(slow) as mosaic:
            ada = await mosaic.person("ada")
            begun.clear()
            go_on.clear()
            reading = asyncio.ensure_future(anext(ada.export_csv()))
            await asyncio.to_thread(begun.wait, 60)
            reading.cancel()
            await asyncio.sleep(0)
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert not (await ada.add("Running", 2)).is_new

    asyncio.run(leave())


def test_an_export_that_nobody_reads_to_its_end_is_closed(tmp_path: Path) -> None:
    async def leave() -> None:
        async with AsyncMosaic(threaded(tmp_path)) as mosaic:
            ada = await mosaic.person("ada")
            await ada.add("Running", 1)
            export = ada.export_csv()
            assert (await anext(export)).startswith("dataset,")
            await export.aclose()
            assert not (await ada.add("Running", 2)).is_new

    asyncio.run(leave())
