"""One answer for all requests that arrived together."""

import asyncio
from collections.abc import Callable


class OncePerTurn:
    """Asks at most once in a turn of an event loop; outside of one, each time.

    What runs in one turn was received before the turn began. So an answer got within the turn is as fresh as
    each of its requests may expect.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._asked_in: asyncio.AbstractEventLoop | None = None
        self._answer = 0

    def __call__(self) -> int:
        """Return the answer; within one turn, the same one again."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._ask()
        if loop is not self._asked_in:
            self._answer = self._ask()
            self._asked_in = loop
            loop.call_soon(self._end_turn)
        return self._answer

    def _end_turn(self) -> None:
        self._asked_in = None
