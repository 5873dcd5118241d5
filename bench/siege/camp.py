"""What an attacker has at hand, and how an attack's outcome is counted."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from siege import wire
from siege.wire import Line

PATIENCE = 40.0
"""Longer than any wait that the server allows by default."""

PROXY = "127.9.0.1"
"""The address of the proxy that the besieged server trusts."""


@dataclass
class Camp:
    """Where one attack stands: its target, its accounts, and what it has met so far.

    `tokens` are of the attack's own accounts; `owner` is the name of somebody else's. The server has so many
    `workers`, each of which may open so many `handles`: 0 for as many as the machine allows. `tally` counts
    how requests ended: by status, or in words where no answer came. `faults` says what should not have
    happened.
    """

    number: int
    port: int
    owner: str
    tokens: Sequence[str]
    is_short: bool
    workers: int
    handles: int
    tally: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    serial: "itertools.count[int]" = field(default_factory=itertools.count)

    def source(self, number: int = 0) -> str:
        """Return one of the attack's addresses; the first 250 are in networks (/24) of their own."""
        return f"127.{100 + self.number}.{number % 250}.{1 + number // 250}"

    @property
    def most_logins(self) -> int:
        """How many logins one client may try in the course of a siege: each worker counts ten a minute."""
        return 20 * self.workers

    def few(self, number: int) -> int:
        """Return how many hands or connections to use: a third of them in the short form."""
        return max(1, number // 3) if self.is_short else number

    @asynccontextmanager
    async def line(self, source: str = "", *, receive_buffer: int = 0) -> AsyncIterator[Line]:
        """Open a connection, from the attack's first address unless told otherwise."""
        async with wire.line(self.port, source or self.source(), receive_buffer=receive_buffer) as opened:
            yield opened

    async def ask(self, request: bytes, source: str = "") -> int:
        """Send one request on a connection of its own; return the answer's status."""
        async with self.line(source) as line:
            return (await line.ask(request)).status

    async def hands(
        self, number: int, work: Callable[[int], Awaitable[int | str]], *, pause: float = 0.0
    ) -> None:
        """Do the work with so many hands at once, each again and again until the siege ends.

        The work gets the hand's number and returns a status, or words for an end that is as good as one.
        """
        async with asyncio.TaskGroup() as group:
            for hand in range(number):
                group.create_task(self._repeat(partial(work, hand), pause))

    async def _repeat(self, work: Callable[[], Awaitable[int | str]], pause: float) -> None:
        while True:
            try:
                outcome = await self._outcome(work)
            except asyncio.CancelledError:
                self.tally["under way"] += 1
                raise
            self.tally[str(outcome)] += 1
            await asyncio.sleep(pause)

    async def _outcome(self, work: Callable[[], Awaitable[int | str]]) -> int | str:
        try:
            async with asyncio.timeout(PATIENCE):
                return await work()
        except asyncio.IncompleteReadError:
            return "closed"
        except TimeoutError:
            return "no answer"
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "reset"
