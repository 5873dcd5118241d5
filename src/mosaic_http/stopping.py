"""How the server runs and ends: within ten seconds of SIGINT or SIGTERM, whatever its threads do.

What was acknowledged is durable by then, and what a thread has not finished is undone at the next start.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType
from typing import NoReturn

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.server import Server
from uvicorn.supervisors import Multiprocess

from mosaic_http.handles import ears

_Handler = Callable[[int, FrameType | None], object]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 5
"""How long running requests may still take."""

_EARS = 32
"""The event loop takes one connection per socket and turn, first come, first served; these are so many ways
to the same queue. Whoever is connected waits for a fair turn, so that it is better to take many soon."""

_LONGEST_SECONDS = 8.5
"""After the running requests, threads have two seconds, and then the store closes. What is left of the ten is
for a machine that is busy, and for giving back the memory of a large request."""


def run(config: Config, listener: socket.socket) -> None:
    """Serve on the socket until a signal comes; then end the process, with status 0 however many workers."""
    for number in _SIGNALS:
        signal.signal(number, _leave)
    sockets = [listener, *(listener.dup() for _ in range(ears(_EARS) - 1))]
    if config.workers == 1:
        Server(config).run(sockets=sockets)
        return
    parent = _Parent(config, sockets=sockets)
    parent.run()
    if any(process.exitcode == STARTUP_FAILURE for process in parent.processes):
        sys.exit(STARTUP_FAILURE)


def end_in_time() -> None:
    """Make this serving process end in time after a signal, and soon after the death of its parent.

    To be called from the main thread, when the server handles signals already.
    """
    begin = _deadline(_leave)
    for number in _SIGNALS:
        handle = signal.getsignal(number)
        if callable(handle):
            signal.signal(number, _both(begin, handle))
    parent = multiprocessing.parent_process()
    if parent is not None:
        _start("mosaic-orphan", lambda: _follow(parent.join))


class _Parent(Multiprocess):
    """uvicorn's, but a signal reaches the workers at once, and none of them outlasts the deadline."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._end = threading.Event()
        self._end.set()
        self._begin = _deadline(self._kill)
        for number in _SIGNALS:
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        """Handle a signal. It may have interrupted a wait, so that setting an event here could block."""
        self._begin()
        self.should_exit = self._end
        for process in self.processes:
            if process.exitcode is None and process.pid is not None:
                os.kill(process.pid, signal.SIGTERM)

    def _kill(self) -> None:
        for process in self.processes:
            process.process.kill()
        _leave()


def _deadline(end: Callable[[], None]) -> Callable[[], None]:
    """Return what makes `end` be called after a while, and may be called in the middle of anything."""
    begun: SimpleQueue[None] = SimpleQueue()  # the one queue that a signal may interrupt anywhere

    def wait() -> None:
        begun.get()
        time.sleep(_LONGEST_SECONDS)
        end()

    _start("mosaic-deadline", wait)
    return lambda: begun.put(None)


def _start(name: str, work: Callable[[], None]) -> None:
    threading.Thread(target=work, name=name, daemon=True).start()


def _both(begin: Callable[[], None], handle: _Handler) -> _Handler:
    def handler(number: int, frame: FrameType | None) -> None:
        begin()
        handle(number, frame)

    return handler


def _follow(join: Callable[[], None]) -> None:
    """Wait for the end of the parent, and end as if it had asked for that."""
    join()
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(*_: object) -> NoReturn:
    """End at once, with success: the interpreter would wait for threads that no longer count.

    Nothing is flushed, which could wait as well: what is printed and logged goes out line by line.
    """
    os._exit(0)
