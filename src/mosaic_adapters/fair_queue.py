"""A queue that serves parties in turn, so that none can fill it for the others."""

from collections import OrderedDict, deque
from collections.abc import Container
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """What waits, by party and by name within the party.

    Parties take turns, and so do the names within a party: nobody waits for more than one turn of each other
    party, however much that party has waiting. At most `parties` parties may wait, each with at most `names`
    names, each with at most `items` items; anything beyond that is refused and takes nobody else's place.
    Threads that share a queue need a lock.
    """

    def __init__(self, parties: int, names: int, items: int) -> None:
        self._most_parties = parties
        self._most_names = names
        self._most_items = items
        self._waiting: OrderedDict[str, OrderedDict[str, deque[T]]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, item: T, party: str, name: str = "") -> bool:
        """Add the item to the end of the party's and the name's line; return False if there is no room."""
        names = self._waiting.get(party, OrderedDict())
        line = names.get(name, deque())
        if len(line) >= self._most_items or (not line and len(names) >= self._most_names):
            return False
        if not names and len(self._waiting) >= self._most_parties:
            return False
        line.append(item)
        names[name] = line
        self._waiting[party] = names
        self._length += 1
        return True

    def take(self, passing_over: Container[str] = ()) -> tuple[str, T] | None:
        """Return the item whose turn it is, and its party; None if nothing waits but for those passed over.

        The turn of a party that is passed over stays where it is.
        """
        party = next((one for one in self._waiting if one not in passing_over), None)
        if party is None:
            return None
        names = self._waiting.pop(party)
        name, line = names.popitem(last=False)
        item = line.popleft()
        self._length -= 1
        if line:
            names[name] = line
        if names:
            self._waiting[party] = names
        return party, item
