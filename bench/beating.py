"""Serves Mosaic as `mosaic serve` does, and keeps watch over the event loop: `beating.py FILE serve ...`.

A heartbeat asks to be woken every few milliseconds. How late it wakes tells how long the loop stood still: it
ran something long, waited for the interpreter, or the machine gave it no core. The last is subtracted, as
Linux tells it (`schedstat`), so that a busy machine is not taken for a busy server. The file gets the longest
stall since it was last emptied, in milliseconds.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mosaic_http import asgi
from mosaic_http.cli import main
from mosaic_http.shared_memory import WorkersMemory

BEAT_SECONDS = 0.002

create = asgi.create


def beating(memory: WorkersMemory | None = None) -> Callable[..., Awaitable[None]]:
    """Return the application, with a heart."""
    app = create(memory)
    hearts: list[asyncio.Task[None]] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # as ASGI
        if not hearts:
            hearts.append(asyncio.get_running_loop().create_task(_beat(Path(sys.argv[1]))))
        await app(scope, receive, send)

    return watched


async def _beat(told: Path) -> None:
    longest = 0.0
    waiting = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    while True:
        begun, without_core = time.perf_counter(), _without_core(waiting)
        await asyncio.sleep(BEAT_SECONDS)
        late = time.perf_counter() - begun - BEAT_SECONDS - (_without_core(waiting) - without_core)
        longest = _kept(told, longest, late)


def _kept(told: Path, longest: float, late: float) -> float:
    """Return the longest stall since the file was last taken away, and write it there."""
    if told.exists() and late <= longest:
        return longest
    longest = max(longest, late) if told.exists() else late
    fresh = told.with_suffix(".new")
    fresh.write_text(f"{longest * 1000:.1f}")
    fresh.replace(told)
    return longest


def _without_core(schedstat: Path) -> float:
    return int(schedstat.read_bytes().split()[1]) / 1e9


if __name__ == "__main__":
    asgi.create = beating
    sys.argv[0] = "mosaic"
    main(sys.argv[2:])
