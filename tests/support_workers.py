"""Processes that share memory with the one that tests."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from mosaic_http.recent_events import RecentEvents
from mosaic_http.shared_memory import SharedMemory

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["support_workers"])


class Worker:
    """A process that does something with the memory, tells what came of it, and then only waits."""

    def __init__(self, work: Callable[[SharedMemory, Any], Any], memory: SharedMemory, given: object) -> None:
        self._pipe, theirs = _FORKING.Pipe()
        self._process = _FORKING.Process(target=_live, args=(work, memory, given, theirs))
        self._process.start()
        theirs.close()
        self.told: Any = self._pipe.recv()

    def kill(self) -> None:
        """End it as a loss of power would."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _live(
    work: Callable[[SharedMemory, Any], Any],
    memory: SharedMemory,
    given: Any,  # noqa: ANN401  # whatever the work takes
    pipe: Connection,
) -> None:
    pipe.send(work(memory, given))
    pipe.recv()


def write(memory: SharedMemory, said: bytes) -> int | None:
    """Write that into a part of the memory; return the part's number, or None if it is no part."""
    part = memory.take()
    part[: len(said)] = said
    return next((number for number, one in enumerate(memory.parts) if one[0] == said[0]), None)


def log(memory: SharedMemory, lines: list[bytes]) -> None:
    """Log these events."""
    RecentEvents(memory).add(lines)
