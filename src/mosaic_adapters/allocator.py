"""How the process holds on to memory."""

import ctypes
import platform

_M_MMAP_THRESHOLD = -3
_LARGE = 2**20


def return_large_blocks() -> None:
    """Have blocks from 1 MiB on go back to the system as soon as they are freed.

    Left alone, glibc keeps such blocks for each thread after the first was freed; with the 19 MiB that
    hashing a password takes, in several threads, that is most of what a small server needs in all.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
