"""A server looks for garbage when nobody waits, and what is freed goes back to the machine."""

import asyncio
import gc
import os
import platform
import subprocess
import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters import allocator
from mosaic_adapters.allocator import Collector, Releaser, collect_young_ones, resident
from mosaic_adapters.settings import Settings
from mosaic_core.app import Mosaic
from mosaic_http.app import create_app
from mosaic_http.logs import Log, request_log

MINUTE = 60.0
KIB, MIB = 2**10, 2**20
PATIENCE = 60
A_SERVER = """
import gc
from mosaic_http.asgi import create
create()
print(gc.get_threshold()[2], gc.get_freeze_count())
"""


class Circle:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


class Process:
    """A collector, and what its process has computed by when."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.computed = 50.0
        self.collector = Collector(lambda: self.now, lambda: self.computed)

    def serve(self, seconds: float, share: float) -> None:
        """Let time pass, in which the process computes for that share of it."""
        for _ in range(int(seconds)):
            self.now += 1.0
            self.computed += share
            self.collector.look()


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def old_garbage() -> "weakref.ref[Circle]":
    """Return what refers to a circle that became garbage when it was old."""
    circle = Circle()
    gc.collect(1)  # it survives and is old
    return weakref.ref(circle)


def test_old_garbage_is_freed_in_a_quiet_moment() -> None:
    collect_young_ones()
    process, garbage = Process(), old_garbage()
    process.serve(MINUTE - 1, 0.01)
    assert garbage() is not None
    process.serve(1, 0.01)
    assert garbage() is None


def test_a_busy_server_waits_for_the_quiet_moment() -> None:
    collect_young_ones()
    process, garbage = Process(), old_garbage()
    process.serve(3 * MINUTE, 0.5)
    assert garbage() is not None
    process.serve(1, 0.01)
    assert garbage() is None


def test_a_server_that_is_always_busy_frees_garbage_every_five_minutes() -> None:
    collect_young_ones()
    process = Process()
    for _ in range(2):
        garbage = old_garbage()
        process.serve(5 * MINUTE - 1, 0.5)
        assert garbage() is not None
        process.serve(1, 0.5)
        assert garbage() is None


def test_however_many_objects_grow_old_no_collection_looks_at_all_of_them() -> None:
    collect_young_ones()
    old = old_garbage()
    kept = [[number] for number in range(1_000_000)]
    assert old() is not None
    del kept


def test_garbage_that_is_young_is_freed_at_once() -> None:
    collect_young_ones()
    young = weakref.ref(Circle())
    kept = [[number] for number in range(1_000)]
    assert young() is None
    del kept


def test_a_server_leaves_old_objects_to_its_collector(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", A_SERVER],
        env=os.environ | {"MOSAIC_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    rarely, frozen = map(int, told)
    assert rarely > 1_000_000
    assert frozen > 10_000


def test_an_application_looks_for_garbage_as_long_as_it_serves(
    mosaic: Mosaic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocator, "_SECONDS", 0.0)
    monkeypatch.setattr(allocator, "_MOST_SECONDS", 0.0)
    collect_young_ones()

    async def serve() -> None:
        async with serving(mosaic):
            garbage = old_garbage()
            async with asyncio.timeout(PATIENCE):
                while garbage() is not None:  # noqa: ASYNC110  # it is not told, it has to be looked at
                    await asyncio.sleep(0.01)

    asyncio.run(serve())


@asynccontextmanager
async def serving(mosaic: Mosaic) -> AsyncIterator[None]:
    """Have an application live during the block."""
    settings = Settings()
    app = create_app(mosaic, settings, request_log(settings, Log(settings)))
    orders: asyncio.Queue[Any] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    orders.put_nowait({"type": "lifespan.startup"})
    life = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, orders.get, said.put))
    await said.get()
    yield
    orders.put_nowait({"type": "lifespan.shutdown"})
    await life


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries give back by themselves")
def test_an_application_gives_back_what_a_burst_of_requests_took(mosaic: Mosaic) -> None:
    async def serve() -> None:
        async with serving(mosaic):
            taken = [bytes([1]) * (64 * KIB) for _ in range(1024)]
            last = taken.pop()  # below it, glibc keeps everything
            held = resident()
            taken.clear()
            async with asyncio.timeout(PATIENCE):
                while resident() > held - 32 * MIB:  # noqa: ASYNC110  # it has to be looked at
                    await asyncio.sleep(0.01)
            del last

    asyncio.run(serve())


class Heap:
    """What a process holds, in MiB, of which some can be given back; and how often that was done."""

    def __init__(self, held: int) -> None:
        self.held = held
        self.free = 0
        self.times = 0
        self.releaser = Releaser(lambda: self.held * MIB, self._release)

    def grow(self, size: int, *, free: int = 0) -> None:
        """Hold so much more, some of which is free, and look."""
        self.held += size
        self.free += free
        self.releaser.look()

    def _release(self) -> None:
        self.held -= self.free
        self.free = 0
        self.times += 1


def test_memory_is_given_back_when_the_process_has_grown() -> None:
    heap = Heap(50)
    heap.grow(20, free=15)
    assert heap.held == 55


def test_a_process_that_hardly_grows_keeps_its_memory_at_hand() -> None:
    heap = Heap(50)
    for _ in range(3):
        heap.grow(2, free=2)
    assert heap.times == 0
    heap.grow(2, free=2)
    assert heap.times == 1


def test_memory_in_use_is_not_looked_through_again() -> None:
    heap = Heap(50)
    heap.grow(20)
    heap.grow(0)
    heap.grow(1)
    assert heap.times == 1


def test_growth_counts_from_the_least_that_was_held() -> None:
    heap = Heap(50)
    heap.grow(-20)
    heap.grow(10, free=10)
    assert heap.held == 30
