"""Use cases on their way through threads and back to the event loop that waits for them."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define

from mosaic_core.store import run_again


@define(eq=False)
class Job:
    """A use case that a thread is to run, and the future of who waits for it."""

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
        """Give whoever waits the result or the error; in their event loop, and once.

        The job keeps neither: the error's traceback leads to the job, which would be kept for good by it.
        """
        future, error = self.future, self.error
        del self.future, self.error
        if future.cancelled():
            return
        if error is None:
            future.set_result(self.result)
        else:
            future.set_exception(error)


def new_job(use_case: Callable[[], Any]) -> Job:
    """Return a job for whose end this event loop can wait."""
    loop = asyncio.get_running_loop()
    return Job(use_case, loop, loop.create_future())


class Threads:
    """Threads that start with the first work and do not outlive the process."""

    def __init__(self, work: Callable[[], None], *names: str) -> None:
        self._work = work
        self._names = names
        self._started: list[threading.Thread] = []
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the threads, unless they are started."""
        with self._starting:
            if not self._started:
                threads = [
                    threading.Thread(target=self._work, name=name, daemon=True) for name in self._names
                ]
                for thread in threads:
                    thread.start()
                self._started = threads

    def join(self, end: float) -> None:
        """Wait until the threads have ended, but not beyond that moment of the monotonic clock."""
        for thread in self._started:
            thread.join(max(0.0, end - time.monotonic()))


def answer(jobs: Iterable[Job], then: Callable[[asyncio.AbstractEventLoop], object] = lambda _: None) -> None:
    """Answer the jobs, in one call of each event loop, which does something `then`."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, some in by_loop.items():
        _call_in(loop, partial(_answer_in, loop, some, then))


def _answer_in(
    loop: asyncio.AbstractEventLoop,
    jobs: Iterable[Job],
    then: Callable[[asyncio.AbstractEventLoop], object],
) -> None:
    for job in jobs:
        job.answer()
    then(loop)


def _call_in(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Run the action in the event loop, from another thread."""
    with suppress(RuntimeError):  # a loop that is closed by now has nobody left who waits
        loop.call_soon_threadsafe(action)
