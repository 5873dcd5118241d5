"""Where there are no cameras."""

from collections.abc import AsyncGenerator, Sequence

from mosaic_core.errors import CameraUnreachable, Forbidden, Unauthorized
from mosaic_core.streams.model import Camera, StreamCounts, Ticket
from mosaic_core.streams.ports import Cameras, Tickets


class NoCameras(Cameras):
    """Reaches none."""

    async def addresses(self, host: str) -> Sequence[str]:  # noqa: ARG002  # the port's
        """Return no addresses."""
        return ()

    async def watch(self, camera: Camera) -> AsyncGenerator[bytes, None]:  # noqa: ARG002  # the port's
        """Raise CameraUnreachable."""
        raise CameraUnreachable("This Mosaic reaches no cameras")
        yield b""

    def counts(self) -> StreamCounts:
        """Return zeros."""
        return StreamCounts()

    async def close(self) -> None:
        """Do nothing."""


class NoTickets(Tickets):
    """Gives no tickets and knows none."""

    def new_id(self) -> str:
        """Raise Forbidden."""
        raise Forbidden("This Mosaic gives no tickets")

    def seal(self, ticket: Ticket) -> str:  # noqa: ARG002  # the port's
        """Raise Forbidden."""
        raise Forbidden("This Mosaic gives no tickets")

    def open(self, sealed: str) -> Ticket:  # noqa: ARG002  # the port's
        """Raise Unauthorized."""
        raise Unauthorized("The ticket is not valid")
