"""The system's clock."""

import datetime as dt
import time

from mosaic_core.clock import Clock


class SystemClock(Clock):
    """Tells the time of the machine."""

    def now(self) -> dt.datetime:
        """Return the present instant in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Hold the calling thread for so many seconds."""
        if seconds > 0:
            time.sleep(seconds)
