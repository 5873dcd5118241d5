"""The clock: what time it is, and waiting."""

import datetime as dt
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
