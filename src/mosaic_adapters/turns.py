"""One answer for all requests that arrived together."""

import asyncio
import threading
from collections.abc import Callable
from threading import get_ident


class OncePerTurn:
    """Asks at most once in a turn of an event loop; outside of one, each time.

    What runs in one turn was received before the turn began. So an answer got within the turn is as fresh as
    each of its requests may expect.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._answer = 0

    def __call__(self) -> int:
        """Return the answer; within one turn, the same one again."""
        loop = self._loop  # that it still runs here is told faster than which one runs
        if loop is not None and self._thread == get_ident() and loop.is_running():
            return self._answer
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._ask()
        self._answer = self._ask()
        self._loop, self._thread = loop, get_ident()
        loop.call_soon(self._end_turn)
        return self._answer

    def _end_turn(self) -> None:
        self._loop = None


class AskedTogether:
    """Asks for all threads that want to know, one question at a time.

    Whoever comes gets the answer to a question that began after they came; those who come while one is under
    way share the next.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._changed = threading.Condition()
        self._begun = 0
        self._is_asking = False
        self._ended = 0
        self._outcome: int | BaseException = 0

    def __call__(self) -> int:
        """Return the answer; raise what asking raised."""
        with self._changed:
            wanted = self._begun + 1
            while self._is_asking and self._ended < wanted:
                self._changed.wait()
            if self._ended < wanted:
                self._begun += 1
                self._is_asking = True
            else:
                return self._told()
        self._answer()
        with self._changed:
            return self._told()

    def _answer(self) -> None:
        try:
            outcome: int | BaseException = self._ask()
        except BaseException as error:  # noqa: BLE001  # told to all who wait for it
            outcome = error
        with self._changed:
            self._outcome, self._ended, self._is_asking = outcome, self._begun, False
            self._changed.notify_all()

    def _told(self) -> int:
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome
