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
        if self.is_answered():
            return self._answer
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._ask()
        self._answer = self._ask()
        self._loop, self._thread = loop, get_ident()
        loop.call_soon(self._end_turn)
        return self._answer

    def is_answered(self) -> bool:
        """Return whether it has an answer of this very turn."""
        loop = self._loop  # that it still runs here is told faster than which one runs
        return loop is not None and self._thread == get_ident() and loop.is_running()

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
            answer = loop.create_future()
            here.waiting.append(answer)
            if here.asking is None:
                here.asking = loop.create_task(self._ask_for_all(here))
            here.answer = await answer
            here.told = task
            loop.call_soon(here.end_turn)
        return here.answer

    async def _ask_for_all(self, here: "_Questions") -> None:
        try:
            while here.waiting:
                waiting, here.waiting = here.waiting, []
                await self._answer(waiting)
        finally:
            here.asking = None

    async def _answer(self, waiting: list["asyncio.Future[int]"]) -> None:
        try:
            answer = await self._ask()
        except Exception as error:  # noqa: BLE001  # told to all who wait
            for one in waiting:
                if not one.done():
                    one.set_exception(error)
        else:
            for one in waiting:
                if not one.done():
                    one.set_result(answer)


class _Questions:
    """The questions of one event loop: who waits for the next, and who was told an answer in this turn."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[int]] = []
        self.asking: asyncio.Task[None] | None = None
        self.told: asyncio.Task[Any] | None = None
        self.answer = 0

    def end_turn(self) -> None:
        self.told = None
