"""Watching cameras: who may open which, tickets, and what the audit tells."""

from collections.abc import AsyncGenerator
from ipaddress import ip_address
from typing import Any

from attrs import frozen

from mosaic_core.accounts.model import Session
from mosaic_core.accounts.sessions import SessionService
from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import CameraUnreachable, Forbidden, MosaicError, Unauthorized
from mosaic_core.policy import Policy
from mosaic_core.store import Store
from mosaic_core.streams.allowed import AllowedHosts, plain
from mosaic_core.streams.model import Camera, CameraAddress, CameraWanted, StreamCounts, Ticket
from mosaic_core.streams.ports import Cameras, Tickets
from mosaic_core.tokens.service import TokenService, is_personal

TICKET_SECONDS = 60

_MOST_ADDRESSES = 4
"""A host has one address, or one of each kind."""


@frozen
class StreamService:
    """The use cases of streams. Those that reach out are awaited, on the event loop of the streams."""

    store: Store
    clock: Clock
    audit: AuditTrail
    sessions: SessionService
    personal: TokenService
    cameras: Cameras
    tickets: Tickets
    policy: Policy

    async def watch(self, caller: Caller, address: CameraAddress) -> AsyncGenerator[bytes, None]:
        """Return the pictures of a camera that the caller may open, to be closed by whoever asked.

        An administrator may open any. Others may open what the operator has allowed: the host is looked up
        once, its addresses are judged, in whatever spelling they come, and only those that are allowed are
        ever contacted. Raises Forbidden, or CameraUnreachable if an administrator's host does not exist.
        """
        return self.cameras.watch(await self._judged(caller, address))

    def give_ticket(self, token: str, wanted: CameraWanted) -> str:
        """Return a ticket with which the holder of the token may look at a camera once, within a minute.

        It is for places that cannot send a token, such as a page's image. It is worth no more than the token:
        it ends with it. Nothing of it is stored until it is used.
        """
        expires_at = int(self.clock.now().timestamp()) + TICKET_SECONDS
        return self.tickets.seal(
            Ticket(id=self.tickets.new_id(), token=token, wanted=wanted, expires_at=expires_at)
        )

    def present(self, sealed: str) -> tuple[Session, Ticket]:
        """Return whose the ticket is, by what the store says now, and what it stands for; it is not used yet.

        Raises Unauthorized if it is not ours, too old, or its owner's token is not valid any more.
        """
        ticket = self.tickets.open(sealed)
        if ticket.expires_at <= self.clock.now().timestamp():
            raise Unauthorized("The ticket's time has run out")
        known = self.personal if is_personal(ticket.token) else self.sessions
        return known.authenticate(ticket.token), ticket

    def use(self, caller: Caller, ticket: Ticket) -> None:
        """Use a ticket up. Raises Unauthorized if somebody has done so before, in whichever process."""
        with self.store.write() as unit:
            if unit.users.is_revoked(ticket.id):
                raise Unauthorized("The ticket was used before")
            unit.users.revoke(caller.user_id, ticket.id, ticket.expires_at)

    def started(self, caller: Caller, address: CameraAddress, **more: Any) -> AuditEvent:  # noqa: ANN401  # any JSON
        """Return the audit event of somebody who begins to watch."""
        return self._event("stream.start", "Stream started", "info", caller, address, **more)

    def stopped(self, caller: Caller, address: CameraAddress, seconds: float, frames: int) -> AuditEvent:
        """Return the audit event of somebody who has stopped watching."""
        told = {"seconds": round(seconds, 1), "frames": frames}
        return self._event("stream.stop", "Stream stopped", "info", caller, address, **told)

    def failed(self, caller: Caller, address: CameraAddress, error: MosaicError) -> AuditEvent:
        """Return the audit event of a stream that did not come about."""
        return self._event("stream.failed", "Stream failed", "warning", caller, address, code=error.code)

    def counts(self) -> StreamCounts:
        """Return what this process has streamed."""
        return self.cameras.counts()

    async def close(self) -> None:
        """End all streams."""
        await self.cameras.close()

    async def _judged(self, caller: Caller, address: CameraAddress) -> Camera:
        found = [plain(one) for one in await self.cameras.addresses(address.host)]
        if not caller.is_admin:
            found = await self._allowed(address.host, found)
        elif not found:
            raise CameraUnreachable("There is no such host")
        if not found:
            raise Forbidden("Only administrators may open this camera")
        return Camera(
            scheme=address.scheme,
            addresses=tuple(sorted(set(found), key=lambda one: (":" in one, one))[:_MOST_ADDRESSES]),
            port=address.port,
            target=address.target,
            username=address.username,
            password=address.password,
            host=address.host,
        )

    async def _allowed(self, host: str, found: list[str]) -> list[str]:
        """Return those of the host's addresses that are in an allowed network or an allowed host's."""
        allowed = AllowedHosts.of(self.policy.stream_allowed_hosts)
        if allowed.allow_name(host):
            return found
        theirs = [one for one in found if allowed.allow_address(ip_address(one))]
        for name in sorted(allowed.names) if found and not theirs else ():
            named = {plain(one) for one in await self.cameras.addresses(name)}
            theirs += [one for one in found if one in named]
        return theirs

    def _event(  # the parts of an event
        self,
        event_type: str,
        message: str,
        level: str,
        caller: Caller,
        address: CameraAddress,
        **more: Any,  # noqa: ANN401  # any JSON
    ) -> AuditEvent:
        told = {"host": address.host, "path": address.path, **more}
        return self.audit.event(event_type, message, caller.user_id, level, told)
