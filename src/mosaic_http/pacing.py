"""Heavy work steps aside for what is more urgent.

Python lets one thread run at a time. One that computes keeps the interpreter for five milliseconds, however
little the event loop wants of it; and the writer gives it away with every row, so that a transaction takes
many times as long beside one that computes, while all other writes wait for it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_WORK_SECONDS = 0.003
_BREATH_SECONDS = 0.0001
"""Sleeping, however briefly, gives the interpreter to whoever waits for it."""

_LONGEST_WAIT_SECONDS = 0.02
"""Among writes that never end, heavy work still gets a little done."""


class Pace:
    """Says when heavy threads may go on: of one application, in one process."""

    def __init__(self) -> None:
        self._writes = 0
        self._turn = threading.local()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let heavy threads wait while a write is under way; on the event loop alone."""
        self._writes += 1
        try:
            yield
        finally:
            self._writes -= 1

    def breathe(self) -> None:
        """Pause if this thread has worked for a moment. To be called between small pieces of work."""
        now = time.perf_counter()
        if now < getattr(self._turn, "ends", 0.0):
            return
        time.sleep(_BREATH_SECONDS)
        while self._writes and time.perf_counter() < now + _LONGEST_WAIT_SECONDS:
            time.sleep(0.001)
        self._turn.ends = time.perf_counter() + _WORK_SECONDS
