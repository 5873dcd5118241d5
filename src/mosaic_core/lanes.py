"""Where use cases run, so that none delays the others."""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Lane(Enum):
    """What kind of work a use case is."""

    READ = auto()
    """A short read: a few indexed queries, or something from the cache. One that turns out to be long may be
    given up and run again as a LONG_READ."""
    LONG_READ = auto()
    """A read of one page or view that looks at very many rows."""
    WRITE = auto()
    """A short write; its changes are durable when it has run."""
    LONG_WRITE = auto()
    """A write of very many rows. Short ones wait for no more than one of these."""
    BRIEF = auto()
    """What is known to compute for some tenths of a second at most. It does not wait behind heavy
    work."""
    HEAVY = auto()
    """What computes or reads for long."""
    HASHING = auto()
    """What hashes a password."""
    CHECK = auto()
    """A check of the store, one at a time; it may hang when a disk does."""
    BACKUP = auto()
    """What makes a backup: it may take so long that nothing else is to wait behind it."""
    VERIFYING = auto()
    """What reads a backup as a whole. It may take as long, and no backup is to wait for it."""
    DELIVERY = auto()
    """What asks other machines and may wait for them."""


class Party(NamedTuple):
    """For whom a use case runs: `who`, and where passwords are hashed, under which name.

    `is_doubted` says whether they are in doubt. It is asked whenever their turn could be next, so it must be
    quick.
    """

    who: str = ""
    name: str = ""
    is_doubted: Callable[[], bool] | None = None


ANYBODY = Party()


class Lanes(Protocol):
    """Runs use cases where it suits the store: on the event loop or in threads."""

    reads_at_once: bool = False
    """Whether short reads run on the event loop, so that `read_at_once` may be called there."""

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        """Run the use case in the lane; return what it returns, raise what it raises.

        Parties that wait in a lane are served in turn, and where hashes are waited for, so are the names
        within a party. What one party and name runs in a lane for threads runs in order, one after the other;
        short reads need not. Those in doubt take turns among themselves, and all together have every other
        turn as long as others wait.

        Raises ServiceUnavailable when too much of that party and name waits in that lane already, or too many
        parties do; or where a thread is needed after `close`.
        """
        ...

    def read_at_once(self, use_case: Callable[[], T]) -> T:
        """Run a short read here and now, where `reads_at_once` says that this is the thread for it.

        Raises TakesLong if it turns out to be long: then it is to be run as a LONG_READ.
        """
        return use_case()

    def close(self) -> None:
        """Finish what is under way, if that does not take long, and end the threads."""
        ...


class InlineLanes(Lanes):
    """Runs everything at once where it is asked for, for programs without an event loop to keep free."""

    reads_at_once = True

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:  # noqa: ARG002
        """Run the use case."""
        return use_case()

    def close(self) -> None:
        """Do nothing."""
