"""A clock that tests set."""

import datetime as dt

from mosaic_core.clock import Clock
from mosaic_core.testing.factories import NOON


class FixedClock(Clock):
    """Stands still until it is advanced, or set through `instant`; sleeping advances it."""

    def __init__(self, instant: dt.datetime = NOON) -> None:
        self.instant = instant
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        """Return the instant that it was set to."""
        return self.instant

    def monotonic(self) -> float:
        """Return the seconds by which it was advanced."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Return at once, so many seconds later."""
        if seconds > 0:
            self.advance(seconds=seconds)

    def advance(self, **parts: float) -> None:
        """Let time pass; `parts` are those of a timedelta, such as `hours=2`."""
        passed = dt.timedelta(**parts)
        self.instant += passed
        self.seconds += passed.total_seconds()
