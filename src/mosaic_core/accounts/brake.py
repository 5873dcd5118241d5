"""Slowing down the guessing of passwords."""

from collections import OrderedDict

from mosaic_core.clock import Clock

_FREE_FAILURES = 10
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
_MEMORY_SECONDS = 900.0
_NAMES = 10_000


class LoginBrake:
    """Counts failed logins in a row by name, known or not, in this process.

    From the tenth on, each login under the name waits: half a second, doubled with every further failure up
    to 8 s. Waiting is all: the right password is always let in, so that nobody can lock an owner out. A
    success, or a quarter of an hour without failure, ends it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def delay(self, username: str) -> float:
        """Return how many seconds the next login under that name has to wait."""
        excess = self._count(username.casefold()) - _FREE_FAILURES
        if excess < 0:
            return 0.0
        return min(_FIRST_DELAY * 2.0 ** min(excess, 10), _LONGEST_DELAY)

    def failed(self, username: str) -> None:
        """Count a failure; the names that failed longest ago are forgotten when there are too many."""
        key = username.casefold()
        count = self._count(key) + 1
        self._failures.pop(key, None)
        self._failures[key] = (count, self._clock.monotonic())
        if len(self._failures) > _NAMES:
            self._failures.popitem(last=False)

    def succeeded(self, username: str) -> None:
        """Forget the failures of that name."""
        self._failures.pop(username.casefold(), None)

    def _count(self, key: str) -> int:
        count, last = self._failures.get(key, (0, 0.0))
        return count if self._clock.monotonic() - last < _MEMORY_SECONDS else 0
