"""Serves Mosaic as `mosaic serve` does, and keeps watch over its event loops: `beating.py FOLDER serve ...`.

In each process that serves, a heartbeat asks to be woken every few milliseconds. How late it wakes, what the
thread has computed meanwhile and how long it waited for a processor, as Linux tells it (`schedstat`), say
what kept the loop. A second thread looks where it is while that goes on, and writes the longest of each into
a file of the process in the folder (see beats.py).
"""

import asyncio
import os
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import beats
from beats import Longest
from mosaic_http import asgi
from mosaic_http.cli import main
from mosaic_http.shared_memory import WorkersMemory

BEAT_SECONDS = 0.002
LOOK_SECONDS = 0.01
LONG_SECONDS = 0.02
FRAMES = 8

create = asgi.create


def beating(memory: WorkersMemory | None = None) -> Callable[..., Awaitable[None]]:
    """Return the application, with a heart."""
    app = create(memory)
    hearts: list[asyncio.Task[None]] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # as ASGI
        if not hearts:
            heart = _Heart(Path(sys.argv[1]) / f"{os.getpid()}.beats")
            threading.Thread(target=heart.watch, daemon=True).start()
            hearts.append(asyncio.get_running_loop().create_task(heart.beat()))
        await app(scope, receive, send)

    return watched


class _Clocks(NamedTuple):
    """What a thread's time went by: in all, computing, and waiting for a processor."""

    passed: float
    computed: float
    starved: float


class _Heart:
    """The heartbeat of the event loop in this thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = threading.get_ident()
        self._computed = time.pthread_getcpuclockid(self._thread)
        self._schedstat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._began = self._clocks()
        self._longest = Longest()
        self._seen = ""

    async def beat(self) -> None:
        """Beat as long as the loop runs."""
        while True:
            self._seen = ""
            began = self._began
            await asyncio.sleep(BEAT_SECONDS)
            self._began = now = self._clocks()
            computed, starved = now.computed - began.computed, now.starved - began.starved
            held = now.passed - began.passed - BEAT_SECONDS - computed - starved
            this = Longest(computed, starved, held, self._seen, self._seen)
            self._longest = beats.longer([self._longest, this])

    def watch(self) -> None:
        """Look after the loop, in another thread."""
        told = Longest()
        while True:
            time.sleep(LOOK_SECONDS)
            if time.perf_counter() - self._began.passed > LONG_SECONDS:
                self._seen = _where(sys._current_frames().get(self._thread))  # noqa: SLF001  # as documented
            if not self._file.exists():
                self._longest = Longest()
            elif self._longest == told:
                continue
            told = self._longest
            with suppress(OSError):  # no file may be opened any more
                beats.write(self._file, told)

    def _clocks(self) -> _Clocks:
        starved = int(self._schedstat.read_bytes().split()[1]) / 1e9
        return _Clocks(time.perf_counter(), time.clock_gettime(self._computed), starved)


def _where(frame: FrameType | None) -> str:
    frames = reversed(traceback.extract_stack(frame, FRAMES))
    return " < ".join(f"{one.name} ({Path(one.filename).name}:{one.lineno})" for one in frames)


if __name__ == "__main__":
    sys.argv[0] = "mosaic"
    asgi.create = beating
    main(sys.argv[2:])
elif __name__ == "__mp_main__":  # a worker of several
    asgi.create = beating
