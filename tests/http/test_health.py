"""Looking at the store once for all who ask whether it is well."""

import asyncio
import threading

import pytest
from attrs import evolve

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.errors import ServiceUnavailable
from mosaic_http.app import create_app
from support_http import Client, Reply, World
from support_server import patiently


class LookedAt(MemoryStore):
    """A store that counts the looks at it, and holds them up while a test wants it to."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.is_well = True
        self.answers = threading.Event()
        self.answers.set()

    def check(self) -> None:
        self.looks += 1
        assert self.answers.wait(60)
        if not self.is_well:
            raise ServiceUnavailable("Damaged")


@pytest.fixture
def store(world: World) -> LookedAt:
    made = LookedAt()
    world.app = create_app(evolve(world.mosaic, store=made), world.settings, world.log)
    return made


def checks(world: World, number: int) -> list[int]:
    replies = world.together(world.anyone.asking("GET", "/healthz") for _ in range(number))
    return [reply.status for reply in replies]


def test_200_who_ask_at_once_share_one_look(world: World, store: LookedAt) -> None:
    assert checks(world, 200) == [200] * 200
    assert store.looks == 1


def test_a_look_holds_for_a_second_however_it_went(world: World, store: LookedAt) -> None:
    store.is_well = False
    assert checks(world, 1) == [503]
    store.is_well = True
    world.clock.advance(seconds=0.9)
    assert (checks(world, 1), store.looks) == ([503], 1)
    world.clock.advance(seconds=0.1)
    assert (checks(world, 1), store.looks) == ([200], 2)


def test_a_look_that_hangs_is_a_failed_one_for_all_who_ask_until_it_ends(
    world: World, store: LookedAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_http.health._PATIENCE_SECONDS", 0.1)
    store.answers.clear()
    assert checks(world, 200) == [503] * 200
    world.clock.advance(seconds=60)
    assert (checks(world, 200), store.looks) == ([503] * 200, 1)
    store.answers.set()
    for _ in patiently():
        if checks(world, 1) == [200]:
            return
    raise AssertionError("the store is well and not called so")


def test_a_cache_that_does_not_work_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CachetoolsCache, "works", lambda _: False)
    told = world.anyone.get("/healthz").went(503).json
    assert (told["db_ok"], told["cache_ok"]) == (True, False)


def test_looks_take_no_place_from_imports_and_exports(ada: Client, store: LookedAt) -> None:
    async def scenario() -> list[Reply]:
        looks = [asyncio.create_task(ada.world.anyone.asking("GET", "/healthz")) for _ in range(200)]
        await asyncio.sleep(0)
        replies = [
            await asyncio.wait_for(ada.asking("GET", target), 60)
            for target in ("/export/json?limit=all", "/wearable/raw")
        ]
        store.answers.set()
        return replies + await asyncio.gather(*looks)

    store.answers.clear()
    assert {reply.status for reply in ada.world.runner.run(scenario())} == {200}
