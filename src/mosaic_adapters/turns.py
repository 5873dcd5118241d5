"""One answer for all requests that arrived together."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import get_ident
from typing import Any, Generic, TypeVar

T = TypeVar("T")


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


class OfLoop(Generic[T]):
    """Something of which each event loop has its own. Only that of the last loop is kept."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: tuple[asyncio.AbstractEventLoop, T] | None = None

    def __call__(self) -> T:
        """Return what the running loop has."""
        loop, kept = asyncio.get_running_loop(), self._kept
        if kept is None or kept[0] is not loop:
            kept = self._kept = loop, self._make()
        return kept[1]


class AwaitedTogether:
    """Asks for all tasks of an event loop that want to know, one question at a time.

    A task gets the answer to a question that began after it came. It may rely on that until it waits for
    something: what it does in the same turn of the event loop was asked of it before the question.
    """

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        self._ask = ask
        self._of_loop = OfLoop(_Questions)

    async def __call__(self) -> int:
        """Return the answer; raise what asking raised."""
        here, task = self._of_loop(), asyncio.current_task()
        if task is not here.told:
            loop = asyncio.get_running_loop()
            if here.next is None:
                here.next = loop.create_task(self._answered(here))
            here.answer = await asyncio.shield(here.next)
            here.told = task
            loop.call_soon(here.end_turn)
        return here.answer

    async def _answered(self, here: "_Questions") -> int:
        async with here.asking:
            here.next = None
            return await self._ask()


class _Questions:
    """The questions of one event loop: the next one, and which task was told the answer in this turn."""

    def __init__(self) -> None:
        self.asking = asyncio.Lock()
        self.next: asyncio.Task[int] | None = None
        self.told: asyncio.Task[Any] | None = None
        self.answer = 0

    def end_turn(self) -> None:
        self.told = None
