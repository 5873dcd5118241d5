"""Numbers that every worker of a server writes for itself, and that every worker can read of all."""

import mmap
import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

REGION_BYTES = 2**18
"""What one worker has. Memory is taken for what is written alone."""
_BYTES = 8


class SharedFile:
    """A file without a name, in memory where the system can, that has a region for each worker.

    It is made by the parent, handed to each worker that it starts, and gone with the last of them.
    """

    def __init__(self, regions: int) -> None:
        self._regions = regions
        self._descriptor = _nameless(regions * REGION_BYTES)

    def __reduce__(self) -> tuple[Callable[..., "SharedFile"], tuple[Any, int]]:
        """Be handed to a process that is being started."""
        from multiprocessing.reduction import DupFd  # noqa: PLC0415  # not there on every system

        return _handed, (DupFd(self._descriptor), self._regions)

    def join(self) -> "SharedNumbers":
        """Return the numbers, as seen by this process, which has a region of its own from now on.

        One that ended left its region with all that it had counted; whoever comes next goes on there.
        """
        from fcntl import LOCK_EX, LOCK_NB, lockf  # noqa: PLC0415  # the same

        memory = memoryview(mmap.mmap(self._descriptor, self._regions * REGION_BYTES)).cast("d")
        size = REGION_BYTES // _BYTES
        parts = [memory[start : start + size] for start in range(0, self._regions * size, size)]
        for number, part in enumerate(parts):
            try:
                lockf(self._descriptor, LOCK_EX | LOCK_NB, 1, number)  # until this process ends
            except OSError:
                continue
            return SharedNumbers(part, parts)
        raise RuntimeError("there are more workers than regions")


class SharedNumbers:
    """The numbers of this process, `own`, and those of `every` process, its own among them."""

    def __init__(self, own: "memoryview[float]", every: Sequence["memoryview[float]"]) -> None:
        self.own = own
        self.every = every


def of_this_process() -> SharedNumbers:
    """Return numbers that no other process sees."""
    own = memoryview(mmap.mmap(-1, REGION_BYTES)).cast("d")
    return SharedNumbers(own, [own])


def _handed(descriptor: Any, regions: int) -> SharedFile:  # noqa: ANN401  # multiprocessing's own
    handed = SharedFile.__new__(SharedFile)
    handed._regions, handed._descriptor = regions, descriptor.detach()  # noqa: SLF001  # of the same class
    return handed


def _nameless(size: int) -> int:
    """Return the descriptor of a file of zeros that has no name, and whose room is there already."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("mosaic-numbers")
        os.truncate(descriptor, size)
        return descriptor
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(bytes(size))
        return os.dup(file.fileno())
