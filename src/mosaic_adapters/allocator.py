"""How the process keeps memory that it has freed, and when it looks for what it can free."""

import ctypes
import gc
import mmap
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

_HAS_GLIBC = platform.libc_ver()[0] == "glibc"

_M_ARENA_MAX = -8
_WORTH_RELEASING = 8 * 2**20
"""What is given back has to be taken anew when it is needed again: half a millisecond for each MiB."""

_NEW_OBJECTS = 50_000
"""Among so many one is looked for that only refers to itself; Python would look among 700."""

_NEVER = 2**31 - 1
_SECONDS = 60.0
"""So long old garbage may lie around, if there is a quiet moment then."""

_MOST_SECONDS = 300.0
"""So long it may if there is none."""

_QUIET = 0.05
"""In a quiet moment the process computes for less than that part of the time."""


def share_freed_memory() -> None:
    """Have all threads take memory from one pool, so that what one has freed serves the others.

    Left alone, glibc keeps a pool for each thread; with the 19 MiB that hashing a password takes and what an
    import needs for a moment, that is half of what a small server holds. With Python's one lock at a time the
    threads do not stand in each other's way.

    To be called before there is any thread, for a pool that is there stays. Workers have a thread before they
    run any code of ours: they, and all that this process starts, are told by a variable.
    """
    if _HAS_GLIBC:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        os.environ["MALLOC_ARENA_MAX"] = "1"


def collect_rarely() -> None:
    """Leave out what is loaded when garbage is looked for, and look less often.

    Work that makes very many objects makes hardly any that refer to each other in circles, and spent a fifth
    of its time on looking for them.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def collect_young_ones() -> None:
    """Have Python look for garbage among young objects alone; what is there by now stays for good.

    Python looks through the old ones, too, whenever there are a quarter more of them: among many connections
    that is every few seconds, in the middle of some request, and all wait for a tenth of a second. There is
    next to nothing to find: few things refer to themselves in a circle, and most of those end young.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _NEVER)


class Collector:
    """Looks through the old objects for garbage: in a quiet moment, or at last, if there is none, in any."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, computed: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._computed = computed
        self._looked = self._collected = clock()
        self._computed_before = computed()

    def look(self) -> None:
        """Collect if it is time. To be called every second or so, where nothing is being done."""
        now, computed = self._clock(), self._computed()
        is_quiet = computed - self._computed_before < _QUIET * (now - self._looked)
        self._looked, self._computed_before = now, computed
        if now - self._collected >= (_SECONDS if is_quiet else _MOST_SECONDS):
            gc.collect()
            self._collected = now


def resident() -> int:
    """Return how much memory the process holds, in bytes; 0 where that is not told."""
    try:
        pages = Path("/proc/self/statm").read_bytes().split()[1]
    except OSError:
        return 0
    return int(pages) * mmap.PAGESIZE


def release_free() -> None:
    """Give all memory that is free back to the machine, where glibc keeps it. It takes a few milliseconds."""
    if _HAS_GLIBC:
        ctypes.CDLL(None).malloc_trim(0)


class Releaser:
    """Gives memory that was freed back to the machine whenever the process has grown.

    glibc keeps for good what lies below anything that is still in use, and the 19 MiB of the last password:
    after a burst of requests that is most of what they took.
    """

    def __init__(
        self, held: Callable[[], int] = resident, release: Callable[[], object] = release_free
    ) -> None:
        self._held = held
        self._release = release
        self._least = held()

    def look(self) -> None:
        """Give back what is free if the process has grown. To be called every second or so."""
        held = self._held()
        self._least = min(self._least, held)
        if held - self._least >= _WORTH_RELEASING:
            self._release()
            self._least = self._held()
