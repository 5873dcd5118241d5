"""Counts in this process's memory."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from mosaic_core.tally import Counted, Tally


class LockedTally(Tally):
    """Counts under a lock: adding to a number is two steps for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._amounts = dict.fromkeys(Counted, 0.0)

    def add(self, counted: Counted, amount: float = 1) -> None:
        """Count that much more."""
        with self._lock:
            self._amounts[counted] += amount

    def so_far(self) -> Mapping[Counted, float]:
        """Return how much of each there has been."""
        with self._lock:
            return dict(self._amounts)


@contextmanager
def timed(tally: Tally, times: Counted, seconds: Counted) -> Iterator[None]:
    """Count one more of the `times`, and the `seconds` that it takes."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        tally.add(times)
        tally.add(seconds, time.perf_counter() - begun)
