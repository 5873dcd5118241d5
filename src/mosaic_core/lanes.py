"""Where use cases run, so that none delays the others."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol, TypeVar

T = TypeVar("T")


class Lane(Enum):
    """What kind of work a use case is."""

    READ = auto()
    """A short read: a few indexed queries, or something from the cache."""
    WRITE = auto()
    """A short write; its changes are durable when it has run."""
    HEAVY = auto()
    """What computes or reads for long."""
    HASHING = auto()
    """What hashes a password."""
    BACKUP = auto()
    """What makes a backup: it may take so long that nothing else is to wait behind it."""


class Lanes(Protocol):
    """Runs use cases where it suits the store: on the event loop or in threads."""

    async def run(self, lane: Lane, use_case: Callable[[], T]) -> T:
        """Run the use case in the lane; return what it returns, raise what it raises.

        Raises ServiceUnavailable when too much waits in that lane, or where a thread is needed after `close`.
        """
        ...

    def close(self) -> None:
        """Finish what is under way, if that does not take long, and end the threads."""
        ...


class InlineLanes(Lanes):
    """Runs everything at once where it is asked for, for programs without an event loop to keep free."""

    async def run(self, lane: Lane, use_case: Callable[[], T]) -> T:  # noqa: ARG002  # the port's
        """Run the use case."""
        return use_case()

    def close(self) -> None:
        """Do nothing."""
