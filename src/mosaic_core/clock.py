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
        """Return the seconds of a clock that never goes back, for measuring intervals."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block until that many seconds of `monotonic` have passed; not at all for 0 or less."""
        ...


class SystemClock(Clock):
    """The machine's clock, the only outside resource that the core uses by default."""

    def now(self) -> dt.datetime:
        """Return the present instant in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for that many seconds."""
        if seconds > 0:
            time.sleep(seconds)
