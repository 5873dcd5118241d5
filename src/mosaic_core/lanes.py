"""Where use cases run, so that none delays the others."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol, TypeVar

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
    """A write of very many rows. Short ones need not wait for more than one of these."""
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


class Lanes(Protocol):
    """Runs use cases where it suits the store: on the event loop or in threads."""

    async def run(self, lane: Lane, use_case: Callable[[], T], *, party: str = "", name: str = "") -> T:
        """Run the use case in the lane; return what it returns, raise what it raises.

        `party` is for whom it runs: parties that wait in a lane are served in turn, and where hashes are
        waited for, so are the names within a party. What one party and name runs in a lane for threads runs
        in order, one after the other. Raises ServiceUnavailable when too much of that party and name waits in
        that lane already, or too many parties do; or where a thread is needed after `close`.
        """
        ...

    def close(self) -> None:
        """Finish what is under way, if that does not take long, and end the threads."""
        ...


class InlineLanes(Lanes):
    """Runs everything at once where it is asked for, for programs without an event loop to keep free."""

    async def run(  # the port's
        self,
        lane: Lane,  # noqa: ARG002
        use_case: Callable[[], T],
        *,
        party: str = "",  # noqa: ARG002
        name: str = "",  # noqa: ARG002
    ) -> T:
        """Run the use case."""
        return use_case()

    def close(self) -> None:
        """Do nothing."""
