"""What streams need from outside."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from mosaic_core.streams.model import Camera, StreamCounts, Ticket


class Cameras(Protocol):
    """Reaches cameras. Used on one event loop."""

    async def addresses(self, host: str) -> Sequence[str]:
        """Return the addresses that the host has now, none if there is no such host; each asked for once.

        A host may be an address in any spelling that the system understands.
        """
        ...

    def watch(self, camera: Camera) -> AsyncGenerator[bytes, None]:
        """Yield the camera's pictures, each a whole JPEG, from the first one that comes.

        All who watch one camera share one connection to it. Who is slow misses pictures and delays nobody.
        A camera that was there and drops out is tried again while somebody watches, and pictures go on.
        Nothing but the camera's addresses is contacted. Closing the generator ends the watching.

        Raises CameraUnauthorized when the camera refuses the credentials, CameraTimeout when there is no
        first picture in time, CameraUnreachable for any other reason why there is none, ServiceUnavailable
        when all places are taken.
        """
        ...

    def counts(self) -> StreamCounts:
        """Return what this process has streamed."""
        ...

    async def close(self) -> None:
        """End all streams: nothing of them is left. Watching raises ServiceUnavailable from now on."""
        ...


class Tickets(Protocol):
    """Makes tickets that nobody else can make or read."""

    def new_id(self) -> str:
        """Return a text that never comes twice."""
        ...

    def seal(self, ticket: Ticket) -> str:
        """Return the ticket as a text for a query string."""
        ...

    def open(self, sealed: str) -> Ticket:
        """Return a ticket that was sealed here, expired or used or not. Raises Unauthorized for any other."""
        ...
