"""Heavy work steps aside for what is more urgent.

Python lets one thread run at a time. One that computes keeps the interpreter for five milliseconds, however
little the event loop wants of it; and the writer gives it away with every row, so that a transaction takes
many times as long beside one that computes, while all other writes wait for it.

Not all that computes can be cut into small pieces, so the five milliseconds become a fifth of one. The
event loop gives the interpreter away before each thing that it handles, some fifty in a busy turn, and waits
as long for it each time beside a thread that computes.
"""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

_WORK_SECONDS = 0.003
_BREATH_SECONDS = 0.0001
"""Sleeping, however briefly, gives the interpreter to whoever waits for it."""

_SWITCH_SECONDS = 0.0002
"""Each of some thousand switches a second costs microseconds, and they happen only while threads compete.
With a whole millisecond, a busy loop beside one thread that computes answers little more than half."""

_LOOK_SECONDS = 0.001
_LONGEST_WAIT_SECONDS = 0.02
"""Among writes that never end, heavy work still gets a little done."""


def switch_sooner() -> None:
    """Let no thread of this process keep the interpreter for long while another wants it."""
    sys.setswitchinterval(_SWITCH_SECONDS)


class _Writing:
    """A `with` block that a generator would make for each write anew; it counts who is in it."""

    def __init__(self) -> None:
        self.writes = 0

    def __enter__(self) -> None:
        self.writes += 1

    def __exit__(self, *_: object) -> None:
        self.writes -= 1


class Pace:
    """Says when heavy threads may go on: of one application, in one process."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._writing = _Writing()
        self._turn = threading.local()

    def writing(self) -> AbstractContextManager[None]:
        """Let heavy threads wait while a write is under way; on the event loop alone."""
        return self._writing

    def breathe(self) -> None:
        """Pause if this thread has worked for a moment. To be called between small pieces of work."""
        now = self._clock()
        if now < getattr(self._turn, "ends", 0.0):
            return
        self._sleep(_BREATH_SECONDS)
        while self._writing.writes and self._clock() < now + _LONGEST_WAIT_SECONDS:
            self._sleep(_LOOK_SECONDS)
        self._turn.ends = self._clock() + _WORK_SECONDS
