"""Counts in this process's memory."""

import time
from collections.abc import Mapping
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

    def add_taken(self, times: Counted, seconds: Counted, taken: float) -> None:
        """Count one more of the `times`, and the `seconds` that it has taken."""
        with self._lock:
            self._amounts[times] += 1
            self._amounts[seconds] += taken

    def so_far(self) -> Mapping[Counted, float]:
        """Return how much of each there has been."""
        with self._lock:
            return dict(self._amounts)


class timed:  # noqa: N801  # used like a function
    """Count one more of the `times`, and the `seconds` that the block takes."""

    def __init__(self, tally: Tally, times: Counted, seconds: Counted) -> None:
        self._tally = tally
        self._times = times
        self._seconds = seconds
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._tally.add_taken(self._times, self._seconds, time.perf_counter() - self._begun)
