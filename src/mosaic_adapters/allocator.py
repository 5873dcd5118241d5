"""How the process keeps memory that it has freed, and when it looks for what it can free."""

import ctypes
import gc
import os
import platform

_M_ARENA_MAX = -8
_NEW_OBJECTS = 50_000
"""Among so many one is looked for that only refers to itself; Python would look among 700."""


def share_freed_memory() -> None:
    """Have all threads take memory from one pool, so that what one has freed serves the others.

    Left alone, glibc keeps a pool for each thread; with the 19 MiB that hashing a password takes and what an
    import needs for a moment, that is half of what a small server holds. With Python's one lock at a time the
    threads do not stand in each other's way.

    To be called before there is any thread, for a pool that is there stays. Workers have a thread before they
    run any code of ours: they, and all that this process starts, are told by a variable.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        os.environ["MALLOC_ARENA_MAX"] = "1"


def collect_rarely() -> None:
    """Leave out what is loaded when garbage is looked for, and look less often.

    Work that makes very many objects makes hardly any that refer to each other in circles, and spent a fifth
    of its time on looking for them.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
