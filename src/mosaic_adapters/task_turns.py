"""Turns of tasks at what only a few of them may do at once."""

import asyncio
from typing import Self

from mosaic_adapters.fair_queue import FairQueue, Running
from mosaic_core.errors import ServiceUnavailable


class TaskTurns:
    """The turns of the tasks of one event loop: at most so many at once, and `per_party` of a party's.

    Parties that wait are served in turn.
    """

    def __init__(self, waiting: "FairQueue[asyncio.Future[None]]", most: int, per_party: int) -> None:
        self._waiting = waiting
        self._free = most
        self._running = Running(per_party)

    async def take(self, party: str) -> None:
        """Return when it is the party's turn. Raises ServiceUnavailable when there is no room to wait."""
        if self._free and party not in self._running.busy:  # whoever waits is of a busy party
            self._begin(party)
            return
        mine = asyncio.get_running_loop().create_future()
        if not self._waiting.put(mine, party):
            raise ServiceUnavailable("Too much work is waiting", {"retry_after": 1})
        self._serve()
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                self.end(party)
            raise

    def end(self, party: str) -> None:
        """End a turn of the party's."""
        self._free += 1
        self._running.end(party)
        self._serve()

    def _serve(self) -> None:
        while self._free and (turn := self._waiting.take(passing_over=self._running.busy)) is not None:
            party, waits = turn
            if not waits.cancelled():
                self._begin(party)
                waits.set_result(None)

    def _begin(self, party: str) -> None:
        self._free -= 1
        self._running.begin(party)


class Turn:
    """A turn that a task may take, once. It ends with the block."""

    def __init__(self, turns: TaskTurns, party: str) -> None:
        self._turns = turns
        self._party = party
        self._is_taken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_taken:
            self._turns.end(self._party)

    async def take(self) -> None:
        """Wait for the turn, unless it is taken. Raises ServiceUnavailable when there is no room to wait."""
        if not self._is_taken:
            await self._turns.take(self._party)
            self._is_taken = True
