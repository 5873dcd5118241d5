"""How the process keeps memory that it has freed."""

import ctypes
import platform

_M_ARENA_MAX = -8


def share_freed_memory() -> None:
    """Have all threads take memory from one pool, so that what one has freed serves the others.

    Left alone, glibc keeps a pool for each thread; with the 19 MiB that hashing a password takes and what an
    import needs for a moment, that is half of what a small server holds. With Python's one lock at a time the
    threads do not stand in each other's way.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
