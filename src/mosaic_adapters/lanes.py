"""Where use cases run: short reads on the event loop, writes in groups, heavy work in a pool of its own."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from attrs import define

from mosaic_core.errors import ServiceUnavailable
from mosaic_core.lanes import Lanes
from mosaic_core.store import Store

T = TypeVar("T")

_GROUP = 128
_TURNS = 8
_LONG_TURN_SECONDS = 0.001
_LONGEST_GATHERING_SECONDS = 0.02
_WRITES_WAITING = 1024
_HEAVY_WAITING = 64
_HASHES_WAITING = 64
_CLOSING_SECONDS = 2.0


@define(eq=False)
class _Job:
    use_case: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.use_case()
        except StopIteration as error:
            self.error = RuntimeError("A use case raised StopIteration, which no future can hold")
            self.error.__cause__ = error
        except BaseException as error:  # noqa: BLE001  # the caller gets it; the thread goes on
            self.error = error

    def answer(self) -> None:
        if self.future.cancelled():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


def _new_job(use_case: Callable[[], Any]) -> _Job:
    loop = asyncio.get_running_loop()
    return _Job(use_case, loop, loop.create_future())


class _Threads:
    """Threads that start with the first work and do not outlive the process."""

    def __init__(self, work: Callable[[], None], *names: str) -> None:
        self._work = work
        self._names = names
        self._started: list[threading.Thread] = []
        self._starting = threading.Lock()

    def start(self) -> None:
        with self._starting:
            if not self._started:
                threads = [
                    threading.Thread(target=self._work, name=name, daemon=True) for name in self._names
                ]
                for thread in threads:
                    thread.start()
                self._started = threads

    def join(self, end: float) -> None:
        for thread in self._started:
            thread.join(max(0.0, end - time.monotonic()))


class _Pool:
    """Threads for work before which not too much other work may wait."""

    def __init__(self, waiting: int, *names: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._most_waiting = waiting
        self._waiting = 0
        self.threads = _Threads(self._work, *names)

    async def run(self, use_case: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise ServiceUnavailable("Too much work is waiting", {"retry_after": 1})
        self.threads.start()
        job = _new_job(use_case)
        self._jobs.put(job)
        self._waiting += 1
        try:
            result: T = await job.future
        finally:
            self._waiting -= 1
        return result

    def close(self) -> None:
        """Let the threads end when they have done what waits."""
        self._jobs.put(None)

    def _work(self) -> None:
        while self._do_next():
            pass  # and hold on to nothing of it

    def _do_next(self) -> bool:
        job = self._jobs.get()
        if job is None:
            self._jobs.put(None)  # for the next thread
            return False
        if not job.future.cancelled():
            job.run()
            _call_in(job.loop, job.answer)
        return True


class LocalLanes(Lanes):
    """Lanes for a store on this machine.

    Writes that come together share one transaction, each in a savepoint of its own, and one commit; all are
    answered after it. A failing use case undoes its own part alone, a failing commit fails all.

    Clients that were answered together tend to come again together. So the writer starts when the event loop
    has brought no more writes for a moment, not at the first one: one large group costs far less than two
    small ones, and the writer and the event loop do not take the interpreter from each other.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Event()
        self._gathering: asyncio.Task[None] | None = None
        self._is_writing = False
        self._is_closing = False
        self._writer = _Threads(self._write_groups, "mosaic-writer")
        self._heavy = _Pool(_HEAVY_WAITING, "mosaic-heavy-1", "mosaic-heavy-2")
        self._hashing = _Pool(_HASHES_WAITING, "mosaic-hashing")

    async def read(self, use_case: Callable[[], T]) -> T:
        """Run a short read on the event loop."""
        return use_case()

    async def write(self, use_case: Callable[[], T]) -> T:
        """Run a write in the writer's thread, together with those that come at the same time."""
        self._require_open()
        if len(self._jobs) >= _WRITES_WAITING:
            raise ServiceUnavailable("Too many writes are waiting", {"retry_after": 1})
        self._writer.start()
        job = _new_job(use_case)
        self._jobs.append(job)
        if not self._is_writing:
            self._gather(job.loop)
        result: T = await job.future
        return result

    async def heavy(self, use_case: Callable[[], T]) -> T:
        """Run something long in the pool."""
        self._require_open()
        return await self._heavy.run(use_case)

    async def hashing(self, use_case: Callable[[], T]) -> T:
        """Run something that hashes a password, one after the other: each takes 19 MiB."""
        self._require_open()
        return await self._hashing.run(use_case)

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        self._wake.set()
        self._heavy.close()
        self._hashing.close()
        end = time.monotonic() + _CLOSING_SECONDS
        for threads in (self._writer, self._heavy.threads, self._hashing.threads):
            threads.join(end)

    def _require_open(self) -> None:
        if self._is_closing:
            raise ServiceUnavailable("The server is stopping", {"retry_after": 10})

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        task = self._gathering
        if task is None or task.done() or task.get_loop() is not loop:
            self._gathering = loop.create_task(self._wake_when_quiet())

    async def _wake_when_quiet(self) -> None:
        """Wake the writer when the turns of the event loop have brought no more writes for a moment."""
        end = time.perf_counter() + _LONGEST_GATHERING_SECONDS
        waiting = -1
        try:
            while waiting != len(self._jobs) < _GROUP and time.perf_counter() < end:
                waiting = len(self._jobs)
                await _some_turns()
        finally:
            self._wake.set()

    def _write_groups(self) -> None:
        """Write a group when an event loop says so, or after a while: that loop may be gone."""
        while self._jobs or not self._is_closing:
            self._wake.wait(_LONGEST_GATHERING_SECONDS if self._jobs else None)
            self._wake.clear()
            if self._jobs:
                self._write_group()

    def _write_group(self) -> None:
        group = [self._jobs.popleft() for _ in range(min(len(self._jobs), _GROUP))]
        self._is_writing = True
        self._run(group)
        self._is_writing = False
        self._answer(group)

    def _run(self, group: list[_Job]) -> None:
        try:
            with self._store.write():
                for job in group:
                    job.run()
        except BaseException as error:  # noqa: BLE001  # all that were in the group get it
            for job in group:
                job.error = error

    def _answer(self, group: list[_Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in group:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, jobs in by_loop.items():
            _call_in(loop, partial(self._answer_all, loop, jobs))

    def _answer_all(self, loop: asyncio.AbstractEventLoop, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            job.answer()
        if self._jobs:
            self._gather(loop)


async def _some_turns() -> None:
    """Let the event loop turn a few times, fewer if that takes long."""
    end = time.perf_counter() + _LONG_TURN_SECONDS
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        if time.perf_counter() > end:
            break


def _call_in(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # a loop that is closed by now has nobody left who waits
        loop.call_soon_threadsafe(action)
