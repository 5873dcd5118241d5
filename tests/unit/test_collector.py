"""A server looks for garbage when nobody waits, and garbage is freed all the same."""

import asyncio
import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters import allocator
from mosaic_adapters.allocator import Collector, collect_young_ones
from mosaic_adapters.settings import Settings
from mosaic_core.app import Mosaic
from mosaic_http.app import create_app
from mosaic_http.logs import Log, request_log

MINUTE = 60.0
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
    settings = Settings()
    app = create_app(mosaic, settings, request_log(settings, Log(settings)))
    collect_young_ones()

    async def serve() -> None:
        orders: asyncio.Queue[Any] = asyncio.Queue()
        said: asyncio.Queue[Any] = asyncio.Queue()
        orders.put_nowait({"type": "lifespan.startup"})
        life = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, orders.get, said.put))
        await said.get()
        garbage = old_garbage()
        async with asyncio.timeout(PATIENCE):
            while garbage() is not None:  # noqa: ASYNC110  # it is not told, it has to be looked at
                await asyncio.sleep(0.01)
        orders.put_nowait({"type": "lifespan.shutdown"})
        await life

    asyncio.run(serve())
