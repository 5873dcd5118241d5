"""What all servers of one installation have in common beside the store."""

from collections.abc import Sequence
from typing import Protocol

FAILURE_SECONDS = 900
"""A quarter of an hour without a failure, and the failures under a name are forgotten."""


class Commons(Protocol):
    """Counts and values that servers share, and that may be lost at any time.

    It is a help and no more. It may be away: then it says so at once, or after a short wait, and each server
    counts for itself until it is back. It never raises, and threads may share it.
    """

    is_elsewhere: bool = False
    """Whether asking it may mean waiting for another machine."""

    async def call(self, name: str, client: str, limit: int, seconds: int) -> float | None:
        """Count a call of a client under that name over all servers; for event loops.

        Return 0 if it is one of at most `limit` in any so many `seconds`; else count nothing, and return how
        many seconds are left until the next one may come. None says that nobody knows.
        """
        ...

    def failures(self, keys: Sequence[str]) -> Sequence[int] | None:
        """Return how often there was a failure under each key; None says that nobody knows."""
        ...

    def failed(self, keys: Sequence[str]) -> None:
        """Count a failure under each key; it is forgotten after FAILURE_SECONDS without another."""
        ...

    def forget_failures(self, keys: Sequence[str]) -> None:
        """Forget the failures under the keys."""
        ...

    def value(self, key: str) -> bytes | None:
        """Return the value that a server kept under the key; None if there is none."""
        ...

    def keep(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value for so many seconds, if that can be done; nobody waits for it."""
        ...

    def works(self) -> bool:
        """Return whether it can be reached and does what it should."""
        ...

    def unanswered(self) -> int:
        """Return how many questions of this process had no answer in time."""
        ...

    async def leave(self) -> None:
        """Release the connections that `call` has made in this event loop."""
        ...

    def close(self) -> None:
        """Release all other connections."""
        ...


class NoCommons(Commons):
    """Knows nothing: for a server that is alone, and whose own counts are all."""

    async def call(self, name: str, client: str, limit: int, seconds: int) -> float | None:  # noqa: ARG002  # the port's
        """Return None."""
        return None

    def failures(self, keys: Sequence[str]) -> Sequence[int] | None:  # noqa: ARG002  # the port's
        """Return None."""
        return None

    def failed(self, keys: Sequence[str]) -> None:
        """Do nothing."""

    def forget_failures(self, keys: Sequence[str]) -> None:
        """Do nothing."""

    def value(self, key: str) -> bytes | None:  # noqa: ARG002  # the port's
        """Return None."""
        return None

    def keep(self, key: str, value: bytes, seconds: float) -> None:
        """Do nothing."""

    def works(self) -> bool:
        """Return that nothing is amiss."""
        return True

    def unanswered(self) -> int:
        """Return 0."""
        return 0

    async def leave(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
