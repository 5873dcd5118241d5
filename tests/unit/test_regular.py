"""What a server does by itself goes on, whatever fails."""

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_core.app import Mosaic
from mosaic_core.backups.files import Backup
from mosaic_core.backups.nowhere import NoBackupFiles
from mosaic_core.backups.ports import Archive
from mosaic_core.errors import MosaicError, ServiceUnavailable, StorageFull
from mosaic_core.lanes import Lane
from mosaic_core.testing.tokens import NumberedTokens
from mosaic_core.tokens.model import NewToken
from mosaic_core.webhooks.model import NewWebhook
from mosaic_http.regular import regular_work
from support import PASSWORDS, FixedClock, registered

_SOON = 0.001
_PATIENCE = 60


class Steps(NoBackupFiles):
    """Each backup is one of the steps; after them, all is well."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.left = list(steps)
        self.made: list[Backup] = []

    def make(self, archive: Archive, created_at: dt.datetime, seen: Callable[[int], None]) -> Backup:
        if self.left:
            self.left.pop(0)()
        seen(archive.last_ids().users)
        self.made.append(Backup(f"backup-{len(self.made)}.zip", 1, created_at, "hash"))
        return self.made[-1]


class FarStore(MemoryStore):
    """A store that is out of reach for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[MosaicError] = []

    @contextmanager
    def read(self) -> Iterator[MemoryUnit]:
        if self.failures:
            raise self.failures.pop(0)
        with super().read() as unit:
            yield unit


def a_server(files: Steps, clock: FixedClock, store: MemoryStore | None = None) -> Mosaic:
    """Return a Mosaic for which a backup has been due for long."""
    store = store or MemoryStore()
    mosaic = Mosaic.over(
        store,
        clock=clock,
        backup_files=files,
        passwords=PASSWORDS,
        tokens=NumberedTokens(),
        lanes=LocalLanes(store),
    )
    registered(mosaic, "Ada")
    clock.advance(days=2)
    return mosaic


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not holds():  # noqa: ASYNC110  # it is not told, it has to be looked at
            await asyncio.sleep(_SOON)


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_a_backup_is_made_after_any_failure(clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    files = Steps(failing(StorageFull("There is no room")), failing(ValueError("/home/ada/secret")))
    mosaic = a_server(files, clock)

    async def serve() -> None:
        async with regular_work(mosaic, _SOON):
            await until(lambda: len(files.left) == 1)
            clock.advance(hours=1)
            await until(lambda: not files.left)
            clock.advance(hours=1)
            await until(lambda: len(files.made) == 1)

    asyncio.run(serve())
    mosaic.close()
    assert "no backup made: There is no room" in caplog.text
    assert "no backup made: ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_a_store_that_is_out_of_reach_is_told_once_and_waited_for(
    clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    files, store = Steps(), FarStore()
    mosaic = a_server(files, clock, store)
    store.failures = [ServiceUnavailable("The database cannot be used at present")] * 20

    async def serve() -> None:
        async with regular_work(mosaic, _SOON):
            await until(lambda: len(files.made) == 1)

    asyncio.run(serve())
    mosaic.close()
    for failed in ("no backup made", "no event delivered"):
        assert caplog.text.count(f"{failed}: The database cannot be used at present") <= 1
    assert "The database cannot be used at present" in caplog.text


def test_a_server_stores_when_tokens_were_used_and_delivers_what_waits(clock: FixedClock) -> None:
    mosaic = a_server(Steps(), clock)
    ada = mosaic.sessions.caller("ada")
    token = mosaic.tokens.create(ada, NewToken(name="watch", scopes=("read",)))
    mosaic.webhooks.create(ada, NewWebhook(url="http://example.org/", events=("day.finalized",)))
    mosaic.tokens.authenticate(token.text)
    mosaic.entries.finalize(mosaic.sessions.caller("ada"), None)

    def is_done() -> bool:
        (stored,), (webhook,) = mosaic.tokens.of(ada), mosaic.webhooks.of(ada)
        return stored.last_used_at is not None and webhook.last_error == "This Mosaic sends nothing"

    async def serve() -> None:
        async with regular_work(mosaic, _SOON):
            await until(is_done)

    asyncio.run(serve())
    mosaic.close()


def test_a_long_backup_keeps_nobody_waiting_and_ends_with_the_server(clock: FixedClock) -> None:
    begun, free = threading.Event(), threading.Event()

    def long() -> None:
        begun.set()
        assert free.wait(_PATIENCE)

    files = Steps(long)
    mosaic = a_server(files, clock)

    async def serve() -> None:
        async with regular_work(mosaic, _SOON):
            await until(begun.is_set)
            for lane in (Lane.READ, Lane.WRITE, Lane.HEAVY, Lane.HEAVY, Lane.HASHING):
                await mosaic.lanes.run(lane, lambda: None)

    asyncio.run(serve())
    mosaic.backups.stop()
    free.set()
    mosaic.lanes.close()
    assert not files.made
    with mosaic.store.read() as unit:
        run = unit.backups.run()
        assert run is not None
        assert run.is_over
        assert unit.backups.plan().last_run is None
    mosaic.close()
