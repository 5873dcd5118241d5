"""Where use cases run."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Lanes(Protocol):
    """Decides where a use case runs, so that none delays the others.

    What is to run in a thread after `close` raises ServiceUnavailable.
    """

    async def read(self, use_case: Callable[[], T]) -> T:
        """Run a short read."""
        ...

    async def write(self, use_case: Callable[[], T]) -> T:
        """Run a write: its changes are durable when this returns."""
        ...

    async def heavy(self, use_case: Callable[[], T]) -> T:
        """Run something that computes or writes for long. Raises ServiceUnavailable when too many wait."""
        ...

    async def hashing(self, use_case: Callable[[], T]) -> T:
        """Run something that hashes a password. Raises ServiceUnavailable when too many wait."""
        ...

    def close(self) -> None:
        """Finish what is under way, if that does not take long, and end the threads."""
        ...


class InlineLanes(Lanes):
    """Runs everything at once where it is asked for, for programs without an event loop to keep free."""

    async def read(self, use_case: Callable[[], T]) -> T:
        """Run the use case."""
        return use_case()

    write = heavy = hashing = read

    def close(self) -> None:
        """Do nothing."""
