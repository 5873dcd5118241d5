"""Threads for work that is waited for."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from mosaic_adapters.fair_queue import FairQueue, Running
from mosaic_adapters.jobs import Job, Threads, answer, new_job
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.lanes import Party

T = TypeVar("T")


class Pool:
    """Threads that serve parties in turn.

    At most `per_party` of them serve one party at a time, and take `at_once` of what it has waiting.
    """

    def __init__(self, queue: FairQueue[Job], *names: str, per_party: int = 1, at_once: int = 1) -> None:
        self._queue = queue
        self._at_once = at_once
        self._running = Running(per_party)
        self._is_closing = False
        self._changed = threading.Condition()
        self.threads = Threads(self._work, *names)

    async def run(self, use_case: Callable[[], T], party: Party) -> T:
        """Run the use case when it is its turn. Raises ServiceUnavailable when the queue has no room."""
        self.threads.start()
        job = new_job(use_case)
        with self._changed:
            has_room = self._queue.put(job, *party)
        if not has_room:
            raise ServiceUnavailable("Too much work is waiting", {"retry_after": 1})
        self._came(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Let the threads end when they have done what waits."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()

    def _came(self, job: Job) -> None:  # noqa: ARG002  # others wait for more of its event loop
        """See to it that a thread takes the job."""
        self._wake()

    def _wake(self) -> None:
        """Wake a thread for each party that waits."""
        with self._changed:
            self._changed.notify(self._queue.parties)

    def _work(self) -> None:
        while self._do_next():
            pass  # and hold on to nothing of it

    def _do_next(self) -> bool:
        turn = self._next()
        if turn is None:
            return False
        party, jobs = turn
        wanted = [job for job in jobs if not job.future.cancelled()]
        done = self._run(party, wanted) if wanted else []
        answer(done)
        with self._changed:
            self._running.end(party)
        return True

    def _run(self, party: str, jobs: Sequence[Job]) -> Sequence[Job]:  # noqa: ARG002  # others take more of it
        """Run what was taken of the party in one turn; return all that ran."""
        for job in jobs:
            job.run_alone()
        return jobs

    def _more(self, party: str, most: int) -> list[Job]:
        """Take what has come of the party by now."""
        with self._changed:
            return [job for job in self._queue.take_of(party, most) if not job.future.cancelled()]

    def _next(self) -> tuple[str, Sequence[Job]] | None:
        """Wait for work whose turn it is; None when there will be no more."""
        with self._changed:
            while (turn := self._queue.take(passing_over=self._running.busy)) is None:
                if self._is_closing:
                    return None
                self._changed.wait()
            party = turn[0]
            self._running.begin(party)
            return party, [turn[1], *self._queue.take_of(party, self._at_once - 1)]
