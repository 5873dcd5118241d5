"""Who is served in which turn of the event loop, where more came than one turn should serve."""

import asyncio
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

_AT_ONCE = 12
"""So many requests are served in five to ten milliseconds. More would make everybody wait for longer turns,
fewer would make more turns, each of which asks the system what came."""

_CREDIT = 4.0
"""So many requests of somebody who asked little lately go before all others: a page that loads."""

REQUEST = 1.0
PART = 0.125
"""What a request and a part of a body cost, and each besides by its size."""

_UNIT_BYTES = 2**20
"""To take so much of a body costs about as much as to answer a small request."""

_MOST_PARTIES = 10_000
"""So many are remembered, at 200 bytes each, before those that are owed nothing are forgotten."""


class Waiting(Protocol):
    """Something that waits for its turn."""

    def go_on(self) -> bool:
        """Do what waited; return False if there is nothing to do any more."""
        ...


class Rounds:
    """Shares the turns of an event loop out to parties.

    What costs as much as `at_once` requests is served in one turn, and the rest waits for the next ones, in
    the order of fair queueing: as if parties took turns, each with one request, and whoever asks less than
    the others goes first. So a party that is busy on many connections makes its own wait, and hardly anybody
    else's.
    """

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._at_once = at_once
        self._waiting: list[tuple[float, int, float, Waiting]] = []
        self._numbers = count()
        self._round = 0.0
        self._next_round: dict[str, float] = {}
        self._served = 0.0

    @property
    def is_crowded(self) -> bool:
        """Return whether anybody waits."""
        return bool(self._waiting)

    def _charge(self, party: str, cost: float) -> float:
        """Count something that came from the party; return in which round it is due."""
        due = max(self._next_round.get(party, 0.0), self._round - _CREDIT)
        self._next_round[party] = due + cost
        return due

    def admits(self, one: Waiting, party: str, kind: float, size: int) -> bool:
        """Return whether it may go on at once; otherwise it is told to when it is its turn.

        It is of that kind (REQUEST or PART), and has so many bytes.
        """
        cost = kind + size / _UNIT_BYTES
        due = self._charge(party, cost)
        if self._served < self._at_once:
            self._count(cost)
            return True
        heappush(self._waiting, (due, next(self._numbers), cost, one))
        return False

    def _count(self, cost: float) -> None:
        if not self._served:
            asyncio.get_running_loop().call_soon(self._begin_turn)
        self._served += cost

    def _begin_turn(self) -> None:
        self._served = 0.0
        if not self._waiting:
            self._next_round.clear()  # nobody has waited for anybody
        elif len(self._next_round) > _MOST_PARTIES:
            self._forget()
        while self._waiting and self._served < self._at_once:
            due, _, cost, one = heappop(self._waiting)
            self._round = max(self._round, due)
            if one.go_on():
                self._count(cost)

    def _forget(self) -> None:
        first = self._round - _CREDIT
        self._next_round = {party: due for party, due in self._next_round.items() if due > first}
