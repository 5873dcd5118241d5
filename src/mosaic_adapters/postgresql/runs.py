"""Code that waits for the database, run on an event loop that turns meanwhile."""

import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet

T = TypeVar("T")

_MOST_IDLE = 64
"""More carriers than have something to do at the same moment, most of the time."""


async def no_turn() -> None:
    """Let it have its turn at once."""


class Run:
    """A run of some work on an event loop. Where the work waits, it stands still, and the loop turns.

    It was told what others have committed, `elsewhere`, if it knows; before it takes a connection it awaits
    its turn.
    """

    def __init__(
        self,
        work: Callable[[], Any],
        elsewhere: int | None = None,
        take_turn: Callable[[], Awaitable[None]] = no_turn,
    ) -> None:
        self.work = work
        self.elsewhere = elsewhere
        self.take_turn = take_turn

    async def result(self) -> Any:  # noqa: ANN401  # what the work returns
        """Run the work; return what it returns, raise what it raises."""
        idle = _idle.carriers
        carrier = idle.pop() if idle else _Carrier()
        carrier.gr_context = getcurrent().gr_context
        wanted = carrier.switch(self)
        while carrier.carried is not None:
            try:
                answer = await wanted
            except BaseException as error:  # noqa: BLE001  # also the end of the task
                wanted = carrier.throw(error)
            else:
                wanted = carrier.switch(answer)
        if len(idle) < _MOST_IDLE:
            idle.append(carrier)
        return carrier.take_outcome()


class _Carrier(greenlet):
    """Carries out one run after another. To make a carrier takes longer than most of them.

    It holds on to nothing of a run whose outcome was taken.
    """

    def __init__(self) -> None:
        super().__init__(self._carry_out)
        self.carried: Run | None = None
        self._result: Any = None
        self._error: BaseException | None = None

    def take_outcome(self) -> Any:  # noqa: ANN401  # what the work returned
        """Return what the last work returned, raise what it raised."""
        result, error = self._result, self._error
        self._result = self._error = None
        if error is None:
            return result
        try:
            raise error
        finally:
            del error  # whose traceback holds this frame

    def _carry_out(self, run: Run) -> None:
        while True:
            self.carried = run
            del run
            self._run()
            run = _parent(self).switch()

    def _run(self) -> None:
        try:
            self._result = cast("Run", self.carried).work()
        except BaseException as error:  # noqa: BLE001  # whoever awaits the result gets it
            self._error = error
        self.carried = None


class _Idle(threading.local):
    """The carriers of a thread that have nothing to do."""

    def __init__(self) -> None:
        self.carriers: list[_Carrier] = []


_idle = _Idle()


def current_run() -> Run | None:
    """Return the run that this is part of; None in a thread that may wait."""
    current = getcurrent()
    return current.carried if isinstance(current, _Carrier) else None


def awaited(what: Awaitable[T]) -> T:
    """Return what the current run awaits."""
    return cast("T", _parent(getcurrent()).switch(what))


def _parent(one: greenlet) -> greenlet:
    return cast("greenlet", one.parent)
