"""Counting how often each of many clients called lately."""

from collections import OrderedDict, deque

from mosaic_core.clock import Clock

_CLIENTS = 10_000
"""So many are remembered: 7 MB at 0.7 kB each."""


class SlidingWindow:
    """Lets each client call `limit` times in any so many `seconds`.

    It counts on the monotonic clock: a wall clock that is set back must not make a used-up limit last. The
    clients whose last counted call is longest ago are forgotten when there are too many.
    """

    def __init__(self, clock: Clock, limit: int, seconds: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self.limit = limit
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, client: str) -> float:
        """Count a call and return 0; or count nothing and return the seconds until the next one may come."""
        now = self._clock.monotonic()
        calls = self._calls.get(client)
        if calls is None:
            calls = self._calls[client] = deque(maxlen=self.limit)
        elif len(calls) == self.limit and (wait := calls[0] + self._seconds - now) > 0:
            return wait
        calls.append(now)
        self._calls.move_to_end(client)
        self._forget(now - self._seconds)
        return 0.0

    def _forget(self, before: float) -> None:
        """Forget clients whose calls count no longer, and the first of too many."""
        while len(self._calls) > _CLIENTS or next(iter(self._calls.values()))[-1] <= before:
            self._calls.popitem(last=False)
