"""Work in processes of its own, each ended by its id."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_FORK = multiprocessing.get_context("fork")


class ChildError(Exception):
    """A child ended without a result."""


class Child(Generic[T]):
    """A process that works and hands over what its work returns."""

    def __init__(self, name: str, work: Callable[[], T], *, niceness: int = 0) -> None:
        self._name = name
        self._result, told = _FORK.Pipe(duplex=False)
        self._process = _FORK.Process(target=_tell, args=(work, niceness, told), name=name, daemon=True)
        self._process.start()
        told.close()

    @property
    def has_ended(self) -> bool:
        """Whether the process has told its result, or ended without one."""
        return self._result.poll()

    def result(self) -> T:
        """Wait for what the work returns. Raises ChildError if it failed."""
        try:
            found: T = self._result.recv()
        except EOFError:
            raise ChildError(f"{self._name} failed") from None
        return found

    def end(self) -> None:
        """End the process if it has not ended by itself."""
        self._process.terminate()
        self._process.join(5)
        self._process.kill()
        self._process.join()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on an event loop that costs little."""
    import uvloop  # noqa: PLC0415  # only where an event loop runs

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _tell(work: Callable[[], T], niceness: int, told: "Connection") -> None:
    os.nice(niceness)
    told.send(work())
