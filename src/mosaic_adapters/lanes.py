"""Where use cases run: short reads on the event loop, writes in groups, heavy work in a pool of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from mosaic_adapters.fair_queue import FairQueue
from mosaic_adapters.jobs import Job, Threads, answer, new_job
from mosaic_adapters.pool import Pool
from mosaic_adapters.task_turns import TaskTurns, Turn
from mosaic_adapters.turns import AwaitedTogether, OfLoop
from mosaic_core.entries.model import Meeting
from mosaic_core.errors import SerializationFailure, ServiceUnavailable, TakesLong
from mosaic_core.lanes import ANYBODY, Lane, Lanes, Party
from mosaic_core.store import Foretold, Store

T = TypeVar("T")

_GROUP = 128
"""At most so many writes share a commit."""
_GROUP_OF_PARTY = 32
"""PostgreSQL keeps track of 64 savepoints of a transaction at hand."""
_TURNS = 8
"""After so many turns of the event loop without another write there is a quiet moment."""
_LONG_TURN_SECONDS = 0.001
_LONGEST_GATHERING_SECONDS = 0.02
_PARTIES_WRITING = 1024
"""More people than write at the same moment; one turn of each is eight commits."""
_WRITES_WAITING = 256
"""Per party: more than anybody's programs write at the same moment."""
_PARTIES = 64
"""More people than have long work done at the same moment."""
_LONG_READS_WAITING = 64
_BRIEF_WAITING = 64
_HEAVY_WAITING = 64
"""Per party: clients repeat requests that are still waiting, and every repeat deserves its answer."""
_PARTIES_HASHING = 512
"""Half of them in doubt. One turn of each of those takes five seconds, as long as a login may take at most;
only a botnet is more parties."""
_NAMES_HASHING = 8
"""Per party: enough for a family or a small company behind one address, and all that a flood of made-up
names gets."""
_HASHES_WAITING = 20
"""Per name: twice what the brake on logins lets through at once."""
_BACKUPS_WAITING = 8
_DELIVERIES_WAITING = 2
"""Per party: whoever tests a webhook looks at what became of that before the next time."""
_CLOSING_SECONDS = 2.0

DELIVERY_THREADS = 4
"""A machine that does not answer holds one for some seconds."""


class _Gathering:
    """Tells when the turns of an event loop have brought no more writes for a moment."""

    def __init__(self, waiting: Callable[[], int], tell: Callable[[], object]) -> None:
        self._waiting = waiting
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start in that loop, unless it is under way there."""
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._tell_when_quiet())

    async def _tell_when_quiet(self) -> None:
        end = time.perf_counter() + _LONGEST_GATHERING_SECONDS
        waiting = -1
        try:
            while waiting != self._waiting() < _GROUP and time.perf_counter() < end:
                waiting = self._waiting()
                await _some_turns()
        finally:
            self._tell()


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
        self._gathering = _Gathering(self._waiting, self._wake.set)
        self._is_writing = False
        self._is_closing = False
        self.threads = Threads(self._write_groups, "mosaic-writer")

    def run(self, use_case: Callable[[], T], party: str, *, is_long: bool) -> "asyncio.Future[T]":
        self.threads.start()
        job = new_job(use_case)
        jobs = self._long_jobs if is_long else self._jobs
        with self._queueing:
            has_room = jobs.put(job, party)
        if not has_room:
            raise ServiceUnavailable("Too many writes are waiting", {"retry_after": 1})
        if not self._is_writing:
            self._gathering.start(job.loop)
        return job.future

    def close(self) -> None:
        """Let the thread end when it has written what waits."""
        self._is_closing = True
        self._wake.set()

    def _waiting(self) -> int:
        return len(self._jobs) + len(self._long_jobs)

    def _write_groups(self) -> None:
        while self._waiting() or not self._is_closing:
            self._wake.wait(_LONGEST_GATHERING_SECONDS if self._waiting() else None)
            self._wake.clear()
            if self._waiting():
                self._write_group()

    def _write_group(self) -> None:
        group = self._next_group()
        self._is_writing = True
        _run_together(self._store, group)
        self._is_writing = False
        answer(group, self._gather_rest)

    def _next_group(self) -> list[Job]:
        group: list[Job] = []
        with self._queueing:
            is_long = self._long_jobs and (self._is_turn_of_long or not self._jobs)
            jobs, most = (self._long_jobs, 1) if is_long else (self._jobs, _GROUP)
            while len(group) < most and (turn := jobs.take()) is not None:
                group.append(turn[1])
        self._is_turn_of_long = not is_long
        return group

    def _gather_rest(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting():
            self._gathering.start(loop)


class _WritingPool(Pool):
    """Threads that write: what waits of one party, or comes while that is written, shares a transaction.

    They wake when the event loop has brought no more writes for a moment, as the one that writes to a local
    store does.
    """

    def __init__(self, store: Store, *names: str) -> None:
        super().__init__(FairQueue(_PARTIES_WRITING, 1, _WRITES_WAITING), *names, at_once=_GROUP_OF_PARTY)
        self._store = store
        self._gathering = _Gathering(lambda: len(self._queue), self._wake)

    def _came(self, job: Job) -> None:
        self._gathering.start(job.loop)

    def _run(self, party: str, jobs: Sequence[Job]) -> Sequence[Job]:
        group = list(jobs)
        _run_together(self._store, group, lambda: self._more(party, _GROUP_OF_PARTY - len(group)))
        return group


def _run_together(store: Store, group: list[Job], more: Callable[[], list[Job]] = list) -> None:
    """Run the group in one transaction, each job in a savepoint; what loses a race runs again, alone.

    What there is `more`, once the group has run, joins it before the commit, unless the last one
    failed: the transaction may be lost, which is no concern of those that have not begun.
    """
    try:
        with store.write() as unit:
            unit.expect(_meetings(group))
            for job in group:  # which grows
                job.run()
                if job is group[-1] and job.error is None:
                    joining = more()
                    unit.expect(_meetings(joining))
                    group += joining
    except BaseException as error:  # noqa: BLE001  # all that were in it get it
        for job in group:
            job.error = error
    for job in group:
        if isinstance(job.error, SerializationFailure):
            job.run_alone()


def _meetings(jobs: Iterable[Job]) -> Iterator[Meeting]:
    """Yield what is known of what the jobs will ask."""
    for job in jobs:
        if isinstance(job.use_case, Foretold):
            yield from job.use_case.meetings


class _Pooled(Lanes):
    """Lanes of which all but some are small pools of threads, the same for every store.

    Long reads, brief and heavy work have two threads each. Passwords are hashed one after the other: each
    takes 19 MiB. Backups are made one after the other, in a thread of their own, and read as a whole in
    another one. What asks other machines has four threads. Checks of the store have one too, for they hang
    when a disk does.
    """

    def __init__(self, pools: Mapping[Lane, Pool]) -> None:
        self._pools = {
            **pools,
            Lane.LONG_READ: Pool(FairQueue(_PARTIES, 1, _LONG_READS_WAITING), *_threads("long-read", 2)),
            Lane.BRIEF: Pool(FairQueue(_PARTIES, 1, _BRIEF_WAITING), *_threads("brief", 2)),
            Lane.HEAVY: Pool(FairQueue(_PARTIES, 1, _HEAVY_WAITING), *_threads("heavy", 2)),
            Lane.HASHING: Pool(
                FairQueue(_PARTIES_HASHING, _NAMES_HASHING, _HASHES_WAITING), "mosaic-hashing"
            ),
            Lane.BACKUP: Pool(FairQueue(_PARTIES, 1, _BACKUPS_WAITING), "mosaic-backups"),
            Lane.VERIFYING: Pool(FairQueue(_PARTIES, 1, _BACKUPS_WAITING), "mosaic-verifying"),
            Lane.DELIVERY: Pool(
                FairQueue(_PARTIES, 1, _DELIVERIES_WAITING), *_threads("delivery", DELIVERY_THREADS)
            ),
            Lane.CHECK: Pool(FairQueue(1, 1, 1), "mosaic-check"),
        }
        self._is_closing = False

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        """Run the use case in a thread of its lane."""
        if self._is_closing:
            raise ServiceUnavailable("Mosaic is stopping", {"retry_after": 10})
        return await self._pools[lane].run(use_case, party)

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        self._close(self._pools.values())

    def _close(self, lanes: "Collection[_Writer | Pool]") -> None:
        for lane in lanes:
            lane.close()
        end = time.monotonic() + _CLOSING_SECONDS
        for lane in lanes:
            lane.threads.join(end)


class LocalLanes(_Pooled):
    """Lanes for a store on this machine.

    Short reads run at once, on the event loop; one that is not short after all is given up there, after some
    milliseconds, and joins the long reads. Writes that come together share one transaction, each in a
    savepoint of its own, and one commit; all are answered after it. A failing use case undoes its own part
    alone, a failing commit fails all. A long write has a transaction of its own. All else has pools of
    threads.
    """

    reads_at_once = True

    def __init__(self, store: Store) -> None:
        self._hurry = store.hurried()
        self._writer = _Writer(store)
        super().__init__({})

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        """Run a short read at once, anything else in a thread of its lane."""
        if lane is Lane.READ:
            try:
                return self.read_at_once(use_case)
            except TakesLong:
                lane = Lane.LONG_READ
        if (lane is Lane.WRITE or lane is Lane.LONG_WRITE) and not self._is_closing:
            return await self._writer.run(use_case, party.who, is_long=lane is Lane.LONG_WRITE)
        return await super().run(lane, use_case, party)

    def read_at_once(self, use_case: Callable[[], T]) -> T:
        """Run a short read, which is given up if it turns out to be long."""
        with self._hurry:
            return use_case()

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        self._close([self._writer, *self._pools.values()])


class NetworkLanes(_Pooled):
    """Lanes for a store across a network, which is waited for.

    Reads run on the event loop, where the store can be waited for there: it is asked once for all that come
    together what others have committed, what is at hand is answered at once, and the rest takes turns at the
    connections. What the store leaves to a thread runs in one, from its beginning. Reads on the event loop,
    reads in threads and writes in threads are half as many each as the store has connections. Reads of one
    party may take all of these but one. Writes of different parties run side by side, each in a
    transaction of its own; those of one party, which would wait for each other, share one, each in a
    savepoint of its own, as with `LocalLanes`. What loses a race runs again.
    """

    def __init__(self, store: Store, connections: int) -> None:
        threads = max(1, connections // 2)
        reading = Pool(
            FairQueue(_PARTIES_WRITING, 1, _WRITES_WAITING),
            *_threads("read", threads),
            per_party=max(1, threads - 1),
        )
        self._store = store
        self._asked = AwaitedTogether(self._ask)
        self._turns = OfLoop(
            lambda: TaskTurns(
                FairQueue(_PARTIES_WRITING, 1, _WRITES_WAITING), threads, per_party=max(1, threads - 1)
            )
        )
        super().__init__({Lane.READ: reading, Lane.WRITE: _WritingPool(store, *_threads("write", threads))})

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        """Run the use case in a thread of its lane, unless it is a read that the event loop can wait for.

        A long write is one like others, for few wait for it.
        """
        if lane is Lane.READ and not self._is_closing:
            self._store.require_answers()
            elsewhere = await self._asked()
            with suppress(TakesLong), Turn(self._turns(), party.who) as turn:
                return await self._store.awaited(use_case, elsewhere, turn.take)
            use_case = partial(self._informed, elsewhere, use_case)
        lane = Lane.WRITE if lane is Lane.LONG_WRITE else lane
        return await super().run(lane, use_case, party)

    def close(self) -> None:
        """Finish what is under way and end the threads; what takes too long ends with the process."""
        self._is_closing = True
        self._close(self._pools.values())

    async def _ask(self) -> int:
        """Ask what others have committed: on the event loop, or where that cannot be, in a thread."""
        try:
            return await self._store.awaited_elsewhere()
        except TakesLong:
            return await super().run(Lane.READ, self._store.elsewhere)

    def _informed(self, elsewhere: int, use_case: Callable[[], T]) -> T:
        with self._store.told(elsewhere):
            return use_case()


def _threads(name: str, number: int) -> list[str]:
    """Return the names of so many threads."""
    return [f"mosaic-{name}-{one}" for one in range(1, number + 1)]


async def _some_turns() -> None:
    """Let the event loop turn a few times, fewer if that takes long."""
    end = time.perf_counter() + _LONG_TURN_SECONDS
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        if time.perf_counter() > end:
            break
