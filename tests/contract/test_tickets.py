"""Sealed tickets keep what every way of making tickets promises."""

from base64 import urlsafe_b64decode
from collections.abc import Callable

import pytest

from mosaic_adapters.streams.tickets import SealedTickets
from mosaic_core.streams.ports import Tickets
from mosaic_core.testing import TicketsContract
from mosaic_core.testing.contracts.streams import TICKET


class TestSealedTickets(TicketsContract):
    @pytest.fixture
    def make_tickets(self) -> Callable[[bytes], Tickets]:
        return SealedTickets

    def test_nothing_of_it_is_in_the_bytes(self, tickets: Tickets) -> None:
        sealed = tickets.seal(TICKET)
        data = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        for told in ("token", "rtsp", "Specht", "Storch"):
            assert told.encode() not in data
