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
        self.limit = limit
        self.seconds = seconds
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, client: str) -> float:
        """Count a call and return 0; or count nothing and return the seconds until the next one may come."""
        now = self._clock.monotonic()
        calls = self._calls.get(client)
        if calls is None:
            calls = self._calls[client] = deque(maxlen=self.limit)
        elif len(calls) == self.limit and (wait := calls[0] + self.seconds - now) > 0:
            return wait
        calls.append(now)
        self._calls.move_to_end(client)
        self._forget(now - self.seconds)
        return 0.0

    def left(self, client: str) -> float:
        """Return the seconds until the client's next call may come; count nothing."""
        now = self._clock.monotonic()
        calls = self._calls.get(client)
        is_full = calls is not None and len(calls) == self.limit
        until = calls[0] + self.seconds if calls is not None and is_full else now
        return max(until, self._refused.get(client, now)) - now

    def refuse(self, client: str, seconds: float) -> None:
        """Let the client's next call come in so many seconds, whatever was counted here."""
        self._refused[client] = self._clock.monotonic() + seconds
        self._refused.move_to_end(client)
        if len(self._refused) > _CLIENTS:
            self._refused.popitem(last=False)

    def _forget(self, before: float) -> None:
        """Forget clients whose calls count no longer, and the first of too many."""
        while len(self._calls) > _CLIENTS or next(iter(self._calls.values()))[-1] <= before:
            self._calls.popitem(last=False)
