"""Where use cases run: short reads on the event loop, writes in groups, heavy work in a pool of its own."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from attrs import define

from mosaic_core.errors import SerializationFailure, ServiceUnavailable
from mosaic_core.lanes import Lane, Lanes
from mosaic_core.store import Store, run_again

T = TypeVar("T")

_GROUP = 128
"""At most so many writes share a commit."""
_TURNS = 8
"""After so many turns of the event loop without another write there is a quiet moment."""
_LONG_TURN_SECONDS = 0.001
_LONGEST_GATHERING_SECONDS = 0.02
_WRITES_WAITING = 1024
_HEAVY_WAITING = 64
_HASHES_WAITING = 64
_BACKUPS_WAITING = 8
_CLOSING_SECONDS = 2.0


@define(eq=False)
class _Job:
    use_case: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        """Run the use case inside the transaction of a group."""
        self._run(self.use_case)

    def run_alone(self) -> None:
        """Run the use case outside of any transaction; again, if the store fails to put it in a row."""
        self.error = None
        self._run(partial(run_again, self.use_case))

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self.result = work()
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
            job.run_alone()
            _call_in(job.loop, job.answer)
        return True


class _Writer:
    """The one thread that writes, in groups.

    A group is what waits when the writer wakes. It wakes when the event loop has brought no more writes for a
    moment, not at the first one: clients that were answered together tend to come again together, one large
    group costs far less than two small ones, and the writer and the event loop do not take the interpreter
    from each other. So there are three moments at which somebody must see to it that the writer wakes:

    - a write comes while the writer is idle: `run` starts the gathering, a task that waits for the quiet
      moment, unless one is under way;
    - writes came while a group was being written: whoever answers that group, in the event loop, starts it;
    - an event loop ends before its gathering does: then nobody tells, so the writer never sleeps for long
      while something waits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Event()
        self._gathering: asyncio.Task[None] | None = None
        self._is_writing = False
        self._is_closing = False
        self.threads = _Threads(self._write_groups, "mosaic-writer")

    async def run(self, use_case: Callable[[], T]) -> T:
        if len(self._jobs) >= _WRITES_WAITING:
            raise ServiceUnavailable("Too many writes are waiting", {"retry_after": 1})
        self.threads.start()
        job = _new_job(use_case)
        self._jobs.append(job)
        if not self._is_writing:
            self._gather(job.loop)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Let the thread end when it has written what waits."""
        self._is_closing = True
        self._wake.set()

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the gathering of that loop, unless it is under way."""
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
        while self._jobs or not self._is_closing:
            self._wake.wait(_LONGEST_GATHERING_SECONDS if self._jobs else None)
            self._wake.clear()
            if self._jobs:
                self._write_group()

    def _write_group(self) -> None:
        group = [self._jobs.popleft() for _ in range(min(len(self._jobs), _GROUP))]
        self._is_writing = True
        self._run_all(group)
        self._is_writing = False
        self._answer(group)

    def _run_all(self, group: list[_Job]) -> None:
        try:
            with self._store.write():
                for job in group:
                    job.run()
        except BaseException as error:  # noqa: BLE001  # all that were in the group get it
            for job in group:
                job.error = error
        for job in group:
            if isinstance(job.error, SerializationFailure):
                job.run_alone()

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


class LocalLanes(Lanes):
    """Lanes for a store on this machine.

    Short reads run at once, on the event loop. Writes that come together share one transaction, each in a
    savepoint of its own, and one commit; all are answered after it. A failing use case undoes its own part
    alone, a failing commit fails all. Heavy work has two threads. Passwords are hashed one after the other:
    each takes 19 MiB. Backups are made one after the other, in a thread of their own.
    """

    def __init__(self, store: Store) -> None:
        self._writer = _Writer(store)
        self._heavy = _Pool(_HEAVY_WAITING, "mosaic-heavy-1", "mosaic-heavy-2")
        self._hashing = _Pool(_HASHES_WAITING, "mosaic-hashing")
        self._backups = _Pool(_BACKUPS_WAITING, "mosaic-backups")
        self._in_threads: Mapping[Lane, _Writer | _Pool] = {
            Lane.WRITE: self._writer,
            Lane.HEAVY: self._heavy,
            Lane.HASHING: self._hashing,
            Lane.BACKUP: self._backups,
        }
        self._is_closing = False

    async def run(self, lane: Lane, use_case: Callable[[], T]) -> T:
        """Run a short read at once, anything else in a thread of its lane."""
        if lane is Lane.READ:
            return use_case()
        if self._is_closing:
            raise ServiceUnavailable("The server is stopping", {"retry_after": 10})
        return await self._in_threads[lane].run(use_case)

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        for lane in self._in_threads.values():
            lane.close()
        end = time.monotonic() + _CLOSING_SECONDS
        for lane in self._in_threads.values():
            lane.threads.join(end)


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
