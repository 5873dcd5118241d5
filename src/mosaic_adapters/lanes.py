"""Where use cases run: short reads on the event loop, writes in groups, heavy work in a pool of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from mosaic_adapters.fair_queue import FairQueue
from mosaic_adapters.jobs import Job, Threads, call_in, new_job
from mosaic_adapters.pool import Pool
from mosaic_core.errors import SerializationFailure, ServiceUnavailable, TakesLong
from mosaic_core.lanes import Lane, Lanes
from mosaic_core.store import Store

T = TypeVar("T")

_GROUP = 128
"""At most so many writes share a commit."""
_TURNS = 8
"""After so many turns of the event loop without another write there is a quiet moment."""
_LONG_TURN_SECONDS = 0.001
_LONGEST_GATHERING_SECONDS = 0.02
_PARTIES_WRITING = 1024
"""More people than write at the same moment; one turn of each is eight commits."""
_WRITES_WAITING = 256
"""Per party: more than its clients have connections."""
_PARTIES = 64
"""More people than have long work done at the same moment."""
_LONG_READS_WAITING = 64
_BRIEF_WAITING = 64
_HEAVY_WAITING = 64
"""Per party: clients repeat requests that are still waiting, and every repeat deserves its answer."""
_PARTIES_HASHING = 256
"""One turn of each takes five seconds, as long as a login may take at most; only a botnet is more parties."""
_NAMES_HASHING = 8
"""Per party: enough for a family or a small company behind one address, and all that a flood of made-up
names gets."""
_HASHES_WAITING = 20
"""Per name: twice what the brake on logins lets through at once."""
_BACKUPS_WAITING = 8
_CLOSING_SECONDS = 2.0
_NICE = 10
"""Of threads that nobody waits for impatiently. Where the processors are busy, the event loop and the writer
get one first: as much as ten such threads."""


class _Writer:
    """The one thread that writes, in groups.

    A group is what waits when the writer wakes, parties in turn where that is more than a group may be. A
    long write is a group by itself, and behind it short ones have their turn before the next. The writer
    wakes when the event loop has brought no more writes for a moment, not at the first one: clients that were
    answered together tend to come again together, one large group costs far less than two small ones, and the
    writer and the event loop do not take the interpreter from each other. So there are three moments at which
    somebody must see to it that the writer wakes:

    - a write comes while the writer is idle: `run` starts the gathering, a task that waits for the quiet
      moment, unless one is under way;
    - writes came while a group was being written: whoever answers that group, in the event loop, starts it;
    - an event loop ends before its gathering does: then nobody tells, so the writer never sleeps for long
      while something waits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: FairQueue[Job] = FairQueue(_PARTIES_WRITING, 1, _WRITES_WAITING)
        self._long_jobs: FairQueue[Job] = FairQueue(_PARTIES_WRITING, 1, _WRITES_WAITING)
        self._is_turn_of_long = False
        self._queueing = threading.Lock()
        self._wake = threading.Event()
        self._gathering: asyncio.Task[None] | None = None
        self._is_writing = False
        self._is_closing = False
        self.threads = Threads(self._write_groups, "mosaic-writer")

    async def run(self, use_case: Callable[[], T], party: str, *, is_long: bool) -> T:
        self.threads.start()
        job = new_job(use_case)
        jobs = self._long_jobs if is_long else self._jobs
        with self._queueing:
            has_room = jobs.put(job, party)
        if not has_room:
            raise ServiceUnavailable("Too many writes are waiting", {"retry_after": 1})
        if not self._is_writing:
            self._gather(job.loop)
        result: T = await job.future
        return result

    def _waiting(self) -> int:
        return len(self._jobs) + len(self._long_jobs)

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
            while waiting != self._waiting() < _GROUP and time.perf_counter() < end:
                waiting = self._waiting()
                await _some_turns()
        finally:
            self._wake.set()

    def _write_groups(self) -> None:
        while self._waiting() or not self._is_closing:
            self._wake.wait(_LONGEST_GATHERING_SECONDS if self._waiting() else None)
            self._wake.clear()
            if self._waiting():
                self._write_group()

    def _write_group(self) -> None:
        group = self._next_group()
        self._is_writing = True
        self._run_all(group)
        self._is_writing = False
        self._answer(group)

    def _next_group(self) -> list[Job]:
        group: list[Job] = []
        with self._queueing:
            is_long = self._long_jobs and (self._is_turn_of_long or not self._jobs)
            jobs, most = (self._long_jobs, 1) if is_long else (self._jobs, _GROUP)
            while len(group) < most and (turn := jobs.take()) is not None:
                group.append(turn[1])
        self._is_turn_of_long = not is_long
        return group

    def _run_all(self, group: list[Job]) -> None:
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

    def _answer(self, group: list[Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in group:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, jobs in by_loop.items():
            call_in(loop, partial(self._answer_all, loop, jobs))

    def _answer_all(self, loop: asyncio.AbstractEventLoop, jobs: Iterable[Job]) -> None:
        for job in jobs:
            job.answer()
        if self._waiting():
            self._gather(loop)


class LocalLanes(Lanes):
    """Lanes for a store on this machine.

    Short reads run at once, on the event loop; one that is not short after all is given up there, after some
    milliseconds, and joins the long reads, which have two threads. Writes that come together share one
    transaction, each in a savepoint of its own, and one commit; all are answered after it. A failing use
    case undoes its own part alone, a failing commit fails all. Heavy work has two threads, and brief work
    two more. Passwords are hashed one after the other: each takes 19 MiB. Backups are made one after the
    other, in a thread of their own. Checks of the store have one too, for they hang when a disk does.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writer = _Writer(store)
        self._pools = {
            Lane.LONG_READ: Pool(
                FairQueue(_PARTIES, 1, _LONG_READS_WAITING),
                "mosaic-long-read-1",
                "mosaic-long-read-2",
                niceness=_NICE,
            ),
            Lane.BRIEF: Pool(FairQueue(_PARTIES, 1, _BRIEF_WAITING), "mosaic-brief-1", "mosaic-brief-2"),
            Lane.HEAVY: Pool(
                FairQueue(_PARTIES, 1, _HEAVY_WAITING), "mosaic-heavy-1", "mosaic-heavy-2", niceness=_NICE
            ),
            Lane.HASHING: Pool(
                FairQueue(_PARTIES_HASHING, _NAMES_HASHING, _HASHES_WAITING), "mosaic-hashing"
            ),
            Lane.BACKUP: Pool(FairQueue(_PARTIES, 1, _BACKUPS_WAITING), "mosaic-backups", niceness=_NICE),
            Lane.CHECK: Pool(FairQueue(1, 1, 1), "mosaic-check", niceness=_NICE),
        }
        self._is_closing = False

    async def run(self, lane: Lane, use_case: Callable[[], T], *, party: str = "", name: str = "") -> T:
        """Run a short read at once, anything else in a thread of its lane."""
        if lane is Lane.READ:
            try:
                with self._store.hurried():
                    return use_case()
            except TakesLong:
                lane = Lane.LONG_READ
        if self._is_closing:
            raise ServiceUnavailable("Mosaic is stopping", {"retry_after": 10})
        if lane in {Lane.WRITE, Lane.LONG_WRITE}:
            return await self._writer.run(use_case, party, is_long=lane is Lane.LONG_WRITE)
        return await self._pools[lane].run(use_case, party, name)

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        lanes: list[_Writer | Pool] = [self._writer, *self._pools.values()]
        for lane in lanes:
            lane.close()
        end = time.monotonic() + _CLOSING_SECONDS
        for lane in lanes:
            lane.threads.join(end)


async def _some_turns() -> None:
    """Let the event loop turn a few times, fewer if that takes long."""
    end = time.perf_counter() + _LONG_TURN_SECONDS
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        if time.perf_counter() > end:
            break
