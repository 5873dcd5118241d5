"""The clock: what time it is, and waiting."""

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and lets it pass."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for measuring intervals."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds of `monotonic` have passed; at once for none or fewer."""
        ...


class SystemClock(Clock):
    """The machine's clock: the one thing from outside that the core can get by itself."""

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
