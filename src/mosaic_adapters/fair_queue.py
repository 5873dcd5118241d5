"""A queue that serves parties in turn, so that none can fill it for the others."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """What waits, by party and by name within the party.

    Parties take turns, and so do the names within a party: nobody waits for more than one turn of each other
    party, however much that party has waiting. Parties in doubt take turns among themselves: as long as
    others wait, those have every other turn.

    At most `parties` parties may wait, and one in doubt may join no more than half as many. Each may have at
    most `names` names, each with at most `items` items; anything beyond that is refused and takes nobody
    else's place. Threads that share a queue need a lock.
    """

    def __init__(self, parties: int, names: int, items: int) -> None:
        self._most_parties = parties
        self._most_names = names
        self._most_items = items
        self._waiting: OrderedDict[str, OrderedDict[str, deque[T]]] = OrderedDict()
        self._doubts: dict[str, Callable[[], bool]] = {}
        self._is_turn_of_doubted = False
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def parties(self) -> int:
        """How many parties wait."""
        return len(self._waiting)

    def put(self, item: T, party: str, name: str = "", is_doubted: Callable[[], bool] | None = None) -> bool:
        """Add the item to the end of the party's and the name's line; return False if there is no room.

        `is_doubted` says whether the party is in doubt. It is asked again at every turn, so it must be quick.
        """
        names = self._waiting.get(party) or OrderedDict()
        line = names.get(name) or deque()
        if len(line) >= self._most_items or (not line and len(names) >= self._most_names):
            return False
        most_parties = self._most_parties // 2 if is_doubted and is_doubted() else self._most_parties
        if not names and len(self._waiting) >= most_parties:
            return False
        line.append(item)
        names[name] = line
        self._waiting[party] = names
        if is_doubted is not None:
            self._doubts[party] = is_doubted
        self._length += 1
        return True

    def take(self, passing_over: Collection[str] = ()) -> tuple[str, T] | None:
        """Return the item whose turn it is, and its party; None if nothing waits but for those passed over.

        The turn of a party that is passed over stays where it is.
        """
        party = self._next(passing_over)
        if party is None:
            return None
        self._is_turn_of_doubted = not self._is_doubted(party)
        names = self._waiting.pop(party)
        name, line = names.popitem(last=False)
        item = line.popleft()
        self._length -= 1
        if line:
            names[name] = line
        if names:
            self._waiting[party] = names
        else:
            self._doubts.pop(party, None)
        return party, item

    def take_of(self, party: str, most: int) -> list[T]:
        """Return what waits of the party under its first name, at most so many items, out of turn."""
        names = self._waiting.get(party, OrderedDict())
        name, line = next(iter(names.items()), ("", deque()))
        items = [line.popleft() for _ in range(min(most, len(line)))]
        self._length -= len(items)
        if items and not line:
            del names[name]
        if items and not names:
            del self._waiting[party]
            self._doubts.pop(party, None)
        return items

    def _next(self, passing_over: Collection[str]) -> str | None:
        """Return the party whose turn it is: of those whose turn it is, the one that has waited longest."""
        if not passing_over and not self._doubts:
            return next(iter(self._waiting), None)
        waiting = (one for one in self._waiting if one not in passing_over)
        first = next(waiting, None)
        if first is None or not self._doubts or self._is_doubted(first) is self._is_turn_of_doubted:
            return first
        return next((one for one in waiting if self._is_doubted(one) is self._is_turn_of_doubted), first)

    def _is_doubted(self, party: str) -> bool:
        is_doubted = self._doubts.get(party)
        return is_doubted is not None and is_doubted()


class Running:
    """How much runs of each party. One of which `most` runs is `busy`: the rest of it waits."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._numbers: Counter[str] = Counter()
        self.busy: set[str] = set()

    def begin(self, party: str) -> None:
        """Note that something of the party begins."""
        self._numbers[party] += 1
        if self._numbers[party] >= self._most:
            self.busy.add(party)

    def end(self, party: str) -> None:
        """Note that something of the party ends."""
        self._numbers[party] -= 1
        if not self._numbers[party]:
            del self._numbers[party]
        self.busy.discard(party)
