"""Threads for long work."""

import threading
from collections.abc import Callable
from typing import TypeVar

from mosaic_adapters.fair_queue import FairQueue
from mosaic_adapters.jobs import Job, Threads, call_in, new_job
from mosaic_core.errors import ServiceUnavailable

T = TypeVar("T")


class Pool:
    """Threads for long work that serve parties in turn, at most one thread per party at a time."""

    def __init__(self, queue: FairQueue[Job], *names: str, niceness: int = 0) -> None:
        self._queue = queue
        self._busy: set[str] = set()
        self._is_closing = False
        self._changed = threading.Condition()
        self.threads = Threads(self._work, *names, niceness=niceness)

    async def run(self, use_case: Callable[[], T], party: str, name: str) -> T:
        """Run the use case when it is its turn. Raises ServiceUnavailable when the queue has no room."""
        self.threads.start()
        job = new_job(use_case)
        with self._changed:
            has_room = self._queue.put(job, party, name)
            self._changed.notify()
        if not has_room:
            raise ServiceUnavailable("Too much work is waiting", {"retry_after": 1})
        result: T = await job.future
        return result

    def close(self) -> None:
        """Let the threads end when they have done what waits."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()

    def _work(self) -> None:
        while self._do_next():
            pass  # and hold on to nothing of it

    def _do_next(self) -> bool:
        turn = self._next()
        if turn is None:
            return False
        party, job = turn
        if not job.future.cancelled():
            job.run_alone()
            call_in(job.loop, job.answer)
        with self._changed:
            self._busy.discard(party)
        return True

    def _next(self) -> tuple[str, Job] | None:
        """Wait for work whose turn it is; None when there will be no more."""
        with self._changed:
            while (turn := self._queue.take(passing_over=self._busy)) is None:
                if self._is_closing:
                    return None
                self._changed.wait()
            self._busy.add(turn[0])
            return turn
