"""Tickets that tell nothing to whoever sees them."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from attrs import asdict

from mosaic_adapters.sealing import AesSealing
from mosaic_core.errors import Unauthorized
from mosaic_core.streams.model import CameraWanted, Ticket
from mosaic_core.streams.ports import Tickets

_PURPOSE = b"mosaic stream ticket 1"


class SealedTickets(Tickets):
    """Encrypts tickets with a key that all workers have, so that each opens what another has sealed.

    Nothing has to be kept before a ticket is used: neither a camera's password nor a token lies in the
    database, its log or a backup.
    """

    def __init__(self, secret: bytes) -> None:
        self._sealing = AesSealing(secret, _PURPOSE)

    def new_id(self) -> str:
        """Return 144 random bits as text, told from the ids of tokens by its beginning."""
        return "ticket-" + secrets.token_urlsafe(18)

    def seal(self, ticket: Ticket) -> str:
        """Return the ticket, encrypted."""
        sealed = self._sealing.seal(msgspec.json.encode(asdict(ticket)), _PURPOSE)
        return urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, sealed: str) -> Ticket:
        """Return the ticket; Unauthorized if it was not sealed with the same secret."""
        try:
            text = self._sealing.open(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), _PURPOSE)
        except ValueError:
            text = None
        if text is None:
            raise Unauthorized("The ticket is not valid")
        told = msgspec.json.decode(text)
        return Ticket(**{**told, "wanted": CameraWanted(**told["wanted"])})
