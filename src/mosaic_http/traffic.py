"""What this process has answered lately."""

import datetime as dt
from collections import deque

from mosaic_core.clock import Clock

_WINDOW = 60


class Traffic:
    """Counts answers by second, for the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()
        self._seconds: deque[list[int]] = deque()
        self.last_update: dt.datetime | None = None

    def count(self, status: int) -> None:
        """Count an answer."""
        second = int(self._clock.monotonic())
        if not self._seconds or self._seconds[-1][0] != second:
            self._forget(second)
            self._seconds.append([second, 0, 0])
            self.last_update = self._clock.now()
        self._seconds[-1][1] += 1
        self._seconds[-1][2] += status >= 500

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return self._clock.monotonic() - self._started

    def last_minute(self) -> tuple[int, int]:
        """Return how many answers the last minute saw, and how many of them were failures of the server."""
        self._forget(int(self._clock.monotonic()))
        return sum(one[1] for one in self._seconds), sum(one[2] for one in self._seconds)

    def _forget(self, now: int) -> None:
        while self._seconds and self._seconds[0][0] <= now - _WINDOW:
            self._seconds.popleft()
