"""Memory that the worker processes of one server share."""

import mmap
import os
import tempfile
import weakref
from collections.abc import Sequence
from typing import Any, Self

from attrs import frozen

LOG_BYTES = 2**20
"""What a worker keeps its newest log events in."""
NUMBERS_BYTES = 2**18
"""What a worker counts in. Memory is taken for what is written alone."""


class SharedMemory:
    """Parts of one size, zeros at first: each worker takes one to write into, and all read all of them.

    It is a file without a name: nobody else can open it, and nothing is left behind, however its processes
    end. A part outlives the worker that wrote it, and the next worker takes it over as it is. Two workers
    never have the same part: who takes one locks a byte, and the system unlocks the bytes of a process that
    ends. A worker gets the memory as an argument of its process, however often it is started anew, and keeps
    it: closing the file would unlock it.
    """

    def __init__(self, descriptor: int, parts: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        whole = memoryview(mmap.mmap(descriptor, parts * size))
        self.parts: Sequence[memoryview] = [
            whole[number * size : (number + 1) * size] for number in range(parts)
        ]
        weakref.finalize(self, os.close, descriptor)

    @classmethod
    def make(cls, parts: int, size: int) -> Self:
        """Return new memory."""
        return cls(_nameless_file(parts * size), parts, size)

    def take(self) -> memoryview:
        """Return a part for this process to write; one more, which nobody else reads, if all are taken."""
        import fcntl  # noqa: PLC0415  # not there on every system

        for number, part in enumerate(self.parts):
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            except OSError:
                continue
            return part
        own = memoryview(bytearray(self._size))
        self.parts = [*self.parts, own]
        return own

    def __reduce__(self) -> tuple[Any, ...]:
        """Hand it to a process that is being started."""
        from multiprocessing.reduction import DupFd  # noqa: PLC0415  # not there on every system

        return _handed_over, (DupFd(self._descriptor), len(self.parts), self._size)


@frozen
class WorkersMemory:
    """What the workers of one server share: what they have logged lately, and what they have counted."""

    log: SharedMemory
    numbers: SharedMemory

    @classmethod
    def make(cls, workers: int) -> Self:
        """Return new memory for so many workers, and a log for the parent that several have."""
        logs = workers + 1 if workers > 1 else 1
        return cls(SharedMemory.make(logs, LOG_BYTES), SharedMemory.make(workers, NUMBERS_BYTES))


def _handed_over(descriptor: Any, parts: int, size: int) -> SharedMemory:  # noqa: ANN401  # of the system's kind
    number = descriptor.detach()
    os.set_inheritable(number, False)
    return SharedMemory(number, parts, size)


def _nameless_file(size: int) -> int:
    """Return a descriptor of zeros, in memory or, where no file can lie there, on a disk that has room."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("mosaic")
        os.truncate(descriptor, size)
        return descriptor
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(bytes(size))
        return os.dup(file.fileno())
