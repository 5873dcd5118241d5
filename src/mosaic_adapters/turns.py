"""Asking once what many requests that came together want to know."""

import asyncio
from collections.abc import Callable


class OncePerTurn:
    """Asks at most once in a turn of an event loop; outside of one, each time.

    What runs in one turn was received before the turn began. So an answer got within the turn is as fresh as
    each of its requests may expect.
    """

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._asked_in: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> bool:
        """Return the answer, or False if this turn has had it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._ask()
        if loop is self._asked_in:
            return False
        answer = self._ask()
        self._asked_in = loop
        loop.call_soon(self._end_turn)
        return answer

    def _end_turn(self) -> None:
        self._asked_in = None
